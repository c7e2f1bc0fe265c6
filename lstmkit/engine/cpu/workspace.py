"""Buffers that are used again: memory fresh from the system costs a page fault every four KiB."""

import torch
from torch import Tensor

KEPT_BYTES = 1 << 28


def empty(*shape: int) -> Tensor:
    """Returns a tensor in the engine's own type, whatever torch's defaults are set to."""
    return torch.empty(shape, dtype=torch.float32, device="cpu")


def zeros(*shape: int) -> Tensor:
    """Returns zeros in the engine's own type."""
    return torch.zeros(shape, dtype=torch.float32, device="cpu")


_free: dict[int, list[Tensor]] = {}
_kept = [0]


class Lease:
    """A buffer of floats, given back when nobody holds the lease any more.

    Args:
        floats: Its size.

    Attributes:
        tensor: The buffer; it holds whatever was there.
    """

    __slots__ = ("tensor",)

    def __init__(self, floats: int) -> None:
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
        made.tensor = tensor
        return made

    def take(self) -> Tensor:
        """Hands the buffer over for good."""
        taken, self.tensor = self.tensor, self.tensor[:0]
        return taken

    @property
    def address(self) -> int:
        """Where it lies."""
        return self.tensor.data_ptr()

    def __del__(self) -> None:
        """Keeps the buffer for the next lease of its size, while there is room."""
        floats = self.tensor.numel()
        if floats and _kept[0] + 4 * floats <= KEPT_BYTES:
            _free.setdefault(floats, []).append(self.tensor)
            _kept[0] += 4 * floats


def clear() -> None:
    """Gives all memory that is kept back to the system."""
    _free.clear()
    _kept[0] = 0
