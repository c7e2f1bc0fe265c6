"""Where a call finds the maps and vectors, and packed weights that serve until these change."""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from lstmkit.engine.cpu.program import MapPlace, Program
from lstmkit.engine.cpu.workspace import Lease
from lstmkit.engine.scan import Weights

NONE = (0, 0)
# products forward and backward read weights in different orders
Direction = Literal["forward", "backward"]


def rows(tensor: Tensor) -> Tensor:
    """Returns a tensor whose last axis is dense: itself, or a copy."""
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


def places(maps: tuple[MapPlace, ...], stored: Mapping[str, Tensor | None]) -> list[int]:
    """Returns address and distance of rows of each map in matrices stored together."""
    values: list[int] = []
    for place in maps:
        matrix = place.constant if place.stem is None else stored[place.stem]
        if matrix is None:
            values += NONE
        else:
            pitch = matrix.stride(0)
            values += [matrix.data_ptr() + 4 * pitch * place.row, pitch]
    return values


@dataclass(frozen=True, eq=False, slots=True)
class Packed:
    """Weights in the engine's order.

    Attributes:
        room: The buffer that holds them.
        weights: Their type.
        versions: Versions of the parameters when they were packed; none if they have none.
        fingerprint: Some of their bits at that time, because a change through `.data` leaves the
            version as it was.
    """

    room: Lease
    weights: Weights
    versions: list[int] | None = None
    fingerprint: int = 0


@dataclass(eq=False, slots=True)
class Learned:
    """The learned numbers of one call, as the engine reads them.

    Attributes:
        tensors: The stored parameters by name, kept alive.
        numbers: Addresses of maps and vectors.
        packed: Weights that a call has packed, for the next one, by direction.
    """

    tensors: Mapping[str, Tensor]
    numbers: ctypes.Array[ctypes.c_int64]
    packed: dict[Direction, Packed] = field(default_factory=dict)

    @property
    def address(self) -> int:
        """Where the numbers lie."""
        return ctypes.addressof(self.numbers)

    def packing(
        self, program: Program, floats: int, weights: Weights, direction: Direction
    ) -> tuple[Packed, bool]:
        """Returns packed weights, and whether they are there already.

        Where they are not, the call packs them and then puts them into `packed`: no sooner,
        because another thread may call in the meantime.
        """
        try:
            versions = [tensor._version for tensor in self.tensors.values()]
        except RuntimeError:
            return Packed(Lease(floats), weights), False  # made in inference mode, without versions
        fingerprint = program.library.lstmkit_fingerprint(program.handle, self.numbers)
        kept = self.packed.get(direction)
        if (
            kept is not None
            and kept.fingerprint == fingerprint
            and kept.versions == versions
            and (kept.weights is weights or kept.weights == weights)
            and kept.room.floats == floats
        ):
            return kept, True
        return Packed(Lease(floats), weights, versions, fingerprint), False


_known: WeakIdKeyDictionary = WeakIdKeyDictionary()


def learned(program: Program, stored: Mapping[str, Tensor]) -> Learned:
    """Describes stored parameters to the engine.

    Args:
        program: The cell of given sizes.
        stored: Parameters by name.

    Returns:
        The description, that of the last call where nothing has moved.
    """
    first = next(iter(stored.values()))
    if not isinstance(first, nn.Parameter):
        return _describe(program, stored)
    key = (id(program), *[tensor.data_ptr() for tensor in stored.values()])
    found = _known.get(first)
    if found is not None and found[0] == key:
        made: Learned = found[1]
        return made
    made = _describe(program, stored)
    if all(tensor.is_contiguous() for tensor in stored.values()):
        # kept by its first parameter; the others live as long as their layer
        _known[first] = (key, made)
    return made


def _describe(program: Program, stored: Mapping[str, Tensor]) -> Learned:
    dense = {
        name: rows(tensor.detach()) if tensor.dim() == 2 else tensor.detach().contiguous()
        for name, tensor in stored.items()
    }
    values = places(program.maps, dense)
    values += [dense[name].data_ptr() for name in program.vectors]
    return Learned(dense, (ctypes.c_int64 * len(values))(*values))
