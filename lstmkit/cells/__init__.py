"""The catalogue: one published cell a file, its equations as printed and the facts beside them."""

from collections.abc import Mapping
from os import PathLike
from types import MappingProxyType

from lstmkit.cells.coupled import COUPLED
from lstmkit.cells.elman import ELMAN
from lstmkit.cells.full_gate_recurrence import FULL_GATE_RECURRENCE
from lstmkit.cells.gru import GRU
from lstmkit.cells.layer_norm import LAYER_NORM
from lstmkit.cells.lookup import look_up
from lstmkit.cells.lstm import LSTM
from lstmkit.cells.lstm1997 import LSTM1997
from lstmkit.cells.multiplicative import MULTIPLICATIVE
from lstmkit.cells.no_forget_gate import NO_FORGET_GATE
from lstmkit.cells.no_input_activation import NO_INPUT_ACTIVATION
from lstmkit.cells.no_input_gate import NO_INPUT_GATE
from lstmkit.cells.no_output_activation import NO_OUTPUT_ACTIVATION
from lstmkit.cells.no_output_gate import NO_OUTPUT_GATE
from lstmkit.cells.no_peepholes import NO_PEEPHOLES
from lstmkit.cells.peephole import PEEPHOLE
from lstmkit.cells.projected import PROJECTED
from lstmkit.cells.slstm import SLSTM
from lstmkit.engine import Cell

CATALOGUE: Mapping[str, Cell] = MappingProxyType(
    {
        cell.name: cell
        for cell in (
            LSTM,
            LSTM1997,
            PEEPHOLE,
            NO_INPUT_GATE,
            NO_FORGET_GATE,
            NO_OUTPUT_GATE,
            NO_INPUT_ACTIVATION,
            NO_OUTPUT_ACTIVATION,
            NO_PEEPHOLES,
            COUPLED,
            FULL_GATE_RECURRENCE,
            PROJECTED,
            LAYER_NORM,
            MULTIPLICATIVE,
            SLSTM,
            GRU,
            ELMAN,
        )
    }
)


def find(cell: "str | Cell | PathLike[str]") -> Cell:
    """Finds a cell by name, or reads one of your own.

    Args:
        cell: A name in the catalogue (`"peephole"`), a published abbreviation (`"CIFG"`), both
            in upper or lower case; a text of equations; the path of a file that holds such a
            text, as a `Path`; or a cell, which is returned as it is.

    Returns:
        The cell, its text read and found to be one.

    Raises:
        CellError: No cell has this name, the text is not a cell, or the file cannot be read.

    Example:
        >>> find("CIFG").name
        'coupled'
        >>> find("h = tanh(W @ x + U @ h[-1] + b)").equations.states
        ('h',)
    """
    return look_up(cell, CATALOGUE)


__all__ = ["CATALOGUE", "find"]
