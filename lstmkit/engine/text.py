"""Equations written back in the notation that they are read from."""

from collections.abc import Sequence

from lstmkit.engine.printer import Level, Printer, Written
from lstmkit.engine.tree import Line, Node, Product


class _Text(Printer):
    def name(self, name: str) -> str:
        return name

    def previous(self, name: str) -> str:
        return f"{name}[-1]"

    def mapped(self, map_: str, operand: str) -> str:
        return f"{map_} @ {operand}"

    def mapped_operand(self, operand: Node) -> str:
        # Python reads A @ B @ x as (A @ B) @ x
        text = self.text(operand, Level.ATOM)
        return self.bracketed(text) if isinstance(operand, Product) else text

    def number(self, value: float) -> Written:
        return repr(value), Level.ATOM if value >= 0 else Level.SUM

    def product(self, left: Node, right: Node) -> Written:
        written = f"{self.text(left, Level.TIMES)} * {self.text(right, Level.TIMES)}"
        return written, Level.TIMES

    def call(self, function: str, arguments: Sequence[Node]) -> Written:
        if function in {"repeat", "block_sum"}:
            # a text says it by which quantities a block shares
            return self.write(arguments[0])
        return super().call(function, arguments)

    def _derived(self, *_: object, **__: object) -> str:
        raise AssertionError("derived equations have no text")

    adjoint = arriving = gradient = summed = transposed = square = power_of_ten = _derived


def to_text(lines: Sequence[Line]) -> str:
    r"""Writes equations in the notation of a cell's text, so that `read` reads them again.

    Args:
        lines: Equations, for instance `read(text).lines`.

    Returns:
        One line for each equation.

    Example:
        >>> from lstmkit.engine import read
        >>> to_text(read("h = tanh(W@x + (U @ h[-1]))").lines)
        'h = tanh(W @ x + U @ h[-1])'
    """
    printer = _Text()
    return "\n".join(" = ".join(printer.line(line, "values")) for line in lines)
