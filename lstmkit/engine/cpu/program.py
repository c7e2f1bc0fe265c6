"""A cell of given sizes, ready to run: its program in the engine, and one call after another."""

import ctypes
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from lstmkit.engine.cpu.description import describe
from lstmkit.engine.cpu.library import cell_functions, engine
from lstmkit.engine.equations import Equations
from lstmkit.engine.layout import Layout, Sizes
from lstmkit.engine.lower.arrays import traced
from lstmkit.engine.lower.normal import Constant
from lstmkit.engine.lower.schedule import schedule
from lstmkit.engine.ruled import Given, givens, ruled
from lstmkit.engine.scan import Weights
from lstmkit.engine.tree import Name

# types of weights, numbered as in native/call.h
PRECISIONS = ("float32", "bfloat16", "int8")
BLOCK = 16  # units that lie side by side, as in native/cell.h


def whole(units: int) -> int:
    """Returns a number of units rounded up to whole blocks."""
    return -(-units // BLOCK) * BLOCK


def float_bits(value: float) -> int:
    """Returns the bits of a number in single precision as a whole number."""
    return int.from_bytes(struct.pack("<f", value), "little")


def precision_numbers(weights: Weights, states: Sequence[str]) -> tuple[int, ...]:
    """Describes the type of weights to the engine."""
    number = PRECISIONS.index(weights.kind)
    if weights.kind != "int8":
        return (number,)
    return number, *(float_bits(weights.largest.get(state, 1.0)) for state in states)


def numbers(values: Sequence[int]) -> bytes:
    """Returns whole numbers as the engine reads them."""
    return struct.pack(f"{len(values)}q", *values)


@dataclass(frozen=True, slots=True)
class MapPlace:
    """Where a map is stored: rows of a stored parameter, or a constant.

    Attributes:
        stem: Name of the stored parameter; None for a constant.
        row: Its first row there.
        constant: The constant matrix.
    """

    stem: str | None
    row: int
    constant: Tensor | None


class Program:
    """A cell of given sizes in the engine.

    Args:
        layout: The cell and how its parameters are stored.
        sizes: Sizes of a layer.
        under_rules: With what a layer adds to the equations.

    Raises:
        CompilerError: The engine or the cell's functions cannot be had.
    """

    def __init__(self, layout: Layout, sizes: Sizes, *, under_rules: bool) -> None:
        own = layout.equations
        self.equations: Equations = ruled(own) if under_rules else own
        self.givens: tuple[Given, ...] = givens(own) if under_rules else ()
        self.sizes = sizes
        plan = schedule(self.equations)
        described = describe(self.equations, sizes, cell_functions(self.equations))
        self.library = engine()
        self.handle = self.library.lstmkit_program(numbers(described))
        self.states = plan.equations.states
        self.vectors = tuple(plan.equations.vectors)
        self.width = sizes.of(plan.equations.sizes["h"])
        self.widths = tuple(sizes.of(plan.equations.sizes[name]) for name in self.states)
        self.pitch = whole(self.width)
        self.traced = {n: sizes.of(plan.widths[n]) for n in traced(self.equations)}
        self.maps = tuple(_places(layout, sizes, plan.equations.maps, plan.normal.constants))
        self.learned_maps = tuple(
            place if place.stem is not None else MapPlace(None, 0, None) for place in self.maps
        )
        self.recurrent_bytes = sum(
            4 * sizes.of(learned.rows) * sizes.of(learned.columns)
            for learned in plan.equations.maps.values()
            if learned.operand != Name("x")
        )
        # multiply-adds of a row in one step, twice
        self.work = sum(
            2 * sizes.of(learned.rows) * sizes.of(learned.columns)
            for learned in plan.equations.maps.values()
        )
        self._needs: dict[tuple[int, ...], tuple[int, int, int]] = {}

    def needs(self, *of: int) -> tuple[int, int, int]:
        """Returns the floats of saved values, scratch and packed weights that a call needs.

        Args:
            of: Batch, steps, threads, whether in training, whether backward, the number of the
                weights' type in `PRECISIONS`, and whether threads have memory of their own.
        """
        if of not in self._needs:
            found = (ctypes.c_int64 * 3)()
            self.library.lstmkit_sizes(self.handle, numbers(of), found)
            if len(self._needs) > 64:
                self._needs.clear()
            self._needs[of] = (found[0], found[1], found[2])
        return self._needs[of]

    def __del__(self) -> None:
        """Gives the engine's memory back."""
        if getattr(self, "handle", None):
            self.library.lstmkit_forget(self.handle)


@lru_cache(maxsize=128)
def program(layout: Layout, sizes: Sizes, *, under_rules: bool) -> Program:
    """Returns the program of a cell of given sizes, made once."""
    return Program(layout, sizes, under_rules=under_rules)


def _places(
    layout: Layout, sizes: Sizes, maps: Mapping[str, object], constants: Mapping[str, Constant]
) -> list[MapPlace]:
    stored = {}
    for group in layout.groups:
        row = 0
        for name, rows in zip(group.maps, layout.rows(group, sizes), strict=True):
            stored[name] = MapPlace(group.stem, row, None)
            row += rows
    return [
        MapPlace(None, 0, _matrix(constants[name], sizes)) if name in constants else stored[name]
        for name in maps
    ]


def _matrix(constant: Constant, sizes: Sizes) -> Tensor:
    rows, columns = sizes.of(constant.rows), sizes.of(constant.columns)
    if constant.pattern == "identity":
        return torch.eye(rows, columns, dtype=torch.float32)
    within = torch.eye(min(rows, columns), dtype=torch.float32).repeat_interleave(
        sizes.block_size, 0
    )
    return (within if constant.pattern == "repeat" else within.mT).contiguous()
