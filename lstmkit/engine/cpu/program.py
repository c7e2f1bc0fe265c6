"""A cell of given sizes, ready to run: its program in the engine, and one call after another."""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from lstmkit.engine.cpu.description import describe
from lstmkit.engine.cpu.library import cell_functions, engine
from lstmkit.engine.cpu.pool import pool
from lstmkit.engine.equations import Equations
from lstmkit.engine.layout import Layout, Sizes
from lstmkit.engine.lower.normal import Constant
from lstmkit.engine.lower.schedule import schedule

BLOCK = 16
Numbers = ctypes.Array[ctypes.c_int64]


def numbers(values: list[int]) -> Numbers:
    """Returns whole numbers as the engine reads them."""
    return (ctypes.c_int64 * len(values))(*values)


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

    Raises:
        CompilerError: The engine or the cell's functions cannot be had.
    """

    def __init__(self, layout: Layout, sizes: Sizes) -> None:
        self.equations: Equations = layout.equations
        self.sizes = sizes
        plan = schedule(layout.equations)
        described = describe(layout.equations, sizes, cell_functions(layout.equations))
        self.library = engine()
        self.handle = self.library.lstmkit_program(numbers(described))
        self.states = plan.equations.states
        self.vectors = tuple(plan.equations.vectors)
        self.width = sizes.of(plan.equations.sizes["h"])
        self.widths = tuple(sizes.of(plan.equations.sizes[name]) for name in self.states)
        self.maps = tuple(_places(layout, sizes, plan.equations.maps, plan.normal.constants))

    def sizes_of(
        self, batch: int, steps: int, threads: int, *, training: bool, backward: bool
    ) -> list[int]:
        """Returns the floats of saved values, scratch and packed weights that a call needs."""
        found = numbers([0, 0, 0])
        of = numbers([batch, steps, threads, int(training), int(backward)])
        self.library.lstmkit_sizes(self.handle, of, found)
        return list(found)

    def __del__(self) -> None:
        """Gives the engine's memory back."""
        if getattr(self, "handle", None):
            self.library.lstmkit_forget(self.handle)


@lru_cache(maxsize=128)
def program(layout: Layout, sizes: Sizes) -> Program:
    """Returns the program of a cell of given sizes, made once."""
    return Program(layout, sizes)


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
        return torch.eye(rows, columns)
    within = torch.eye(min(rows, columns)).repeat_interleave(sizes.block_size, 0)
    return (within if constant.pattern == "repeat" else within.mT).contiguous()


__all__ = ["BLOCK", "MapPlace", "Numbers", "Program", "numbers", "pool", "program"]
