"""Buffers that are used again: memory fresh from the system costs a page fault every four KiB."""

import ctypes
import mmap

import torch
from torch import Tensor

KEPT_BYTES = 1 << 28
# buffers of at least this size lie on large pages where the system has them: tiles read many rows
# at once, each on a page of its own, and a processor remembers the places of few pages
LARGE_BYTES = 1 << 21
_LARGE_PAGES = getattr(mmap, "MADV_HUGEPAGE", None)
# what makes tensors of the engine's own type soonest, whatever torch's defaults are set to
_FLOATS = torch.empty(0, dtype=torch.float32, device="cpu")
new, new_strided = _FLOATS.new_empty, _FLOATS.new_empty_strided
_advise = None if _LARGE_PAGES is None else ctypes.CDLL(None).madvise


def empty(*shape: int) -> Tensor:
    """Returns a tensor in the engine's own type, on large pages where it is large."""
    made = new(shape)
    if _advise is not None and made.nbytes >= LARGE_BYTES:
        first = -(-made.data_ptr() // mmap.PAGESIZE) * mmap.PAGESIZE
        size = made.data_ptr() + made.nbytes - first
        # advice only, so that a refusal changes nothing
        _advise(ctypes.c_void_p(first), ctypes.c_size_t(size), _LARGE_PAGES)
    return made


def zeros(*shape: int) -> Tensor:
    """Returns zeros in the engine's own type."""
    return _FLOATS.new_zeros(shape)


_free: dict[int, list[Tensor]] = {}
_kept = [0]


class Lease:
    """A buffer of floats, given back when nobody holds the lease any more.

    Args:
        floats: Its size.

    Attributes:
        tensor: The buffer; it holds whatever was there.
        floats: Its size; 0 when it is handed over.
    """

    __slots__ = ("floats", "tensor")

    def __init__(self, floats: int) -> None:
        # not asked of the tensor when it goes: somebody may trace what tensors are asked then
        self.floats = floats
        try:
            # asked for without looking first, because another thread may look too
            self.tensor: Tensor = _free[floats].pop()
        except (KeyError, IndexError):
            self.tensor = empty(floats)
        else:
            _kept[0] -= 4 * floats

    @classmethod
    def of(cls, tensor: Tensor) -> "Lease":
        """Leases a buffer that somebody else has made."""
        made = cls.__new__(cls)
        made.tensor, made.floats = tensor, tensor.numel()
        return made

    def take(self) -> Tensor:
        """Hands the buffer over for good."""
        self.floats = 0
        return self.tensor

    @property
    def address(self) -> int:
        """Where it lies."""
        return self.tensor.data_ptr()

    def __del__(self) -> None:
        """Keeps the buffer for the next lease of its size; sizes that came back longest ago go."""
        floats = self.floats
        if not 0 < 4 * floats <= KEPT_BYTES:
            return
        while _kept[0] + 4 * floats > KEPT_BYTES:
            oldest = next(iter(_free), 0)
            if not oldest:
                break
            _kept[0] -= 4 * oldest * len(_free.pop(oldest, ()))
        same = _free.pop(floats, [])
        same.append(self.tensor)
        _free[floats] = same  # at the end, as the newest
        _kept[0] += 4 * floats


def clear() -> None:
    """Gives all memory that is kept back to the system."""
    _free.clear()
    _kept[0] = 0
