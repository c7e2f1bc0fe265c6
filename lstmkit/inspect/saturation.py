"""Saturation: the share of time that each gate is shut or open, and units that never change."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from lstmkit.engine import Cell
from lstmkit.engine.tree import Binary, Call, Name, Negative, Node, Number
from lstmkit.inspect.traces import Trace

Range = tuple[float, float]

# how near to an end of its range a value counts as saturated (Karpathy, Johnson and Li 2015)
END = 0.1
ALWAYS = 0.99
STILL = 0.01
_SQUASHED: dict[str, Range] = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


@dataclass(frozen=True, eq=False)
class Saturation:
    """How much of the time each unit of a squashed quantity lies at an end of its range.

    Attributes:
        name: Of the quantity.
        range: The ends: 0 and 1 for a gate, -1 and 1 for a tanh.
        shut: For each unit the share of steps in the lowest tenth of the range: a gate is shut.
        open: The same for the highest tenth: a gate is open.
    """

    name: str
    range: Range
    shut: Float[np.ndarray, " units"]
    open: Float[np.ndarray, " units"]

    @property
    def is_gate(self) -> bool:
        """Whether the quantity lies between 0 and 1."""
        return self.range == (0.0, 1.0)

    @property
    def always_shut(self) -> list[int]:
        """Units in the lowest tenth for at least 99 % of the steps."""
        return np.flatnonzero(self.shut >= ALWAYS).tolist()

    @property
    def always_open(self) -> list[int]:
        """Units in the highest tenth for at least 99 % of the steps."""
        return np.flatnonzero(self.open >= ALWAYS).tolist()


def gate_saturation(trace: Trace) -> list[Saturation]:
    """Measures how saturated every squashed quantity of a layer is.

    Quantities whose equation ends in a sigmoid or tanh are bounded, and so are differences of
    these from a number, such as `1 - i`; all others have no ends to lie at.

    Args:
        trace: What a layer computed.

    Returns:
        A value for each bounded quantity, in the order of the cell's text.
    """
    found = []
    for name, (low, high) in ranges(trace.cell).items():
        values = trace.steps(name)
        margin = END * (high - low)
        shut = (values < low + margin).double().mean(0)
        opened = (values > high - margin).double().mean(0)
        found.append(Saturation(name, (low, high), shut.cpu().numpy(), opened.cpu().numpy()))
    return found


def dead_units(trace: Trace, within: float = STILL) -> list[int]:
    """Lists the units that say the same at every step of every row.

    Args:
        trace: What a layer computed.
        within: Largest difference between two values of h that counts as none.

    Returns:
        Numbers of the units, ascending.
    """
    h = trace.steps("h")
    if not len(h):
        return []
    still = h.amax(0) - h.amin(0) < within
    return torch.nonzero(still)[:, 0].tolist()


def ranges(cell: Cell) -> dict[str, Range]:
    """Finds the quantities of a cell that are bounded by a squashing function.

    Example:
        >>> from lstmkit.cells import find
        >>> ranges(find("coupled"))["f"], ranges(find("lstm")).get("c")
        ((0.0, 1.0), None)
    """
    found: dict[str, Range] = {}
    for line in cell.equations.lines:
        bounds = _range(line.expression, found)
        if bounds is not None:
            found[line.name] = bounds
    return found


def _range(node: Node, known: dict[str, Range]) -> Range | None:
    match node:
        case Call(function, _):
            return _SQUASHED.get(function)
        case Name(name):
            return known.get(name)
        case Negative(operand):
            bounds = _range(operand, known)
            return None if bounds is None else (-bounds[1], -bounds[0])
        case Binary("-", Number(value), right):
            bounds = _range(right, known)
            return None if bounds is None else (value - bounds[1], value - bounds[0])
    return None
