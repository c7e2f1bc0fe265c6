"""Runs every law on a cell and says in words which hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from os import PathLike

import torch

from lstmkit.cells import find
from lstmkit.engine import Cell
from lstmkit.nn.laws import LAWS, LawBrokenError, Subject
from lstmkit.nn.lstm import LSTM

INPUT_SIZE, HIDDEN_SIZE = 3, 4


@dataclass(frozen=True)
class CellReport:
    """What the laws say about a cell; printed, it is a table in words.

    Attributes:
        cell: The cell.
        broken: For each law that does not hold, how it is broken.
    """

    cell: Cell
    broken: Mapping[str, str]

    @property
    def ok(self) -> bool:
        """Whether every law holds."""
        return not self.broken

    def __str__(self) -> str:
        """Says what the cell is, law by law, and the verdict."""
        equations = self.cell.equations
        lines = [
            f"{self.cell.name}: state {', '.join(equations.states)}; "
            f"maps {', '.join(equations.maps) or 'none'}; "
            f"vectors {', '.join(equations.vectors) or 'none'}"
        ]
        for name, law in LAWS.items():
            sentence = (law.__doc__ or name).split("\n")[0]
            lines.append(f"  {'BROKEN' if name in self.broken else 'holds '}  {sentence}")
            if name in self.broken:
                lines.append(f"          {self.broken[name]}")
        count = len(LAWS) - len(self.broken)
        lines.append(f"{count} of {len(LAWS)} laws hold.")
        return "\n".join(lines)


def check_cell(cell: str | Cell | PathLike[str]) -> CellReport:
    """Runs the laws on a cell: a text of your own, or one of the catalogue.

    The laws are what every layer of this library promises: that step by step equals the whole
    sequence, that padding and neighbours never change a row, that gradients are right, that long
    sequences stay finite, and so on. They run on small random layers in about two seconds and
    leave the random state of torch as it was.

    Args:
        cell: A text of equations, the path of a file with one, a name, or a `Cell`.

    Returns:
        A report; `report.ok` is True when every law holds, `print(report)` shows them all.

    Raises:
        CellError: The text is not a cell; the message shows the line and the remedy.

    Example:
        >>> check_cell("h = tanh(W @ x + U @ h[-1] + b)").ok
        True
    """
    found = find(cell)
    input_size = HIDDEN_SIZE if found.equations.reads_x_by_unit else INPUT_SIZE
    subject = Subject(partial(LSTM, cell=found), input_size, HIDDEN_SIZE)
    broken: dict[str, str] = {}
    with torch.random.fork_rng(devices=[]):
        for name, law in LAWS.items():
            torch.manual_seed(0)
            try:
                law(subject)
            except LawBrokenError as wrong:
                broken[name] = str(wrong)
    return CellReport(found, broken)
