"""Equations as an aligned environment for LaTeX, MathJax and KaTeX."""

import re
from collections.abc import Collection, Sequence

from lstmkit.engine.printer import Kind, Level, Printer, Written
from lstmkit.engine.tree import Line, Node

FUNCTIONS = {
    "sigmoid": r"\sigma",
    "tanh": r"\tanh",
    "exp": r"\exp",
    "log": r"\log",
    "logsigmoid": r"\log\sigma",
    "max": r"\max",
    "min": r"\min",
}
GREEK = re.compile(
    "alpha|beta|epsilon|zeta|eta|iota|kappa|mu|nu|rho|tau|chi"
    "|[gG]amma|[dD]elta|[tT]heta|[lL]ambda|[xX]i|[pP]i|[sS]igma|[uU]psilon|[pP]hi|[pP]si|[oO]mega"
)


class _Latex(Printer):
    """The notation of papers; quantities of a step carry the index t."""

    times = r"\odot"
    number_times = r" \cdot "
    minus = "-"
    outer = r"\otimes"

    def __init__(self, quantities: Collection[str]) -> None:
        self.quantities = frozenset(quantities) | {"x"}

    def name(self, name: str) -> str:
        return symbol(name, "t" if name in self.quantities else "")

    def previous(self, name: str) -> str:
        return symbol(name, "t-1")

    def adjoint(self, name: str) -> str:
        return rf"\delta {symbol(name, 't')}"

    def arriving(self, name: str, *, previous: bool = False) -> str:
        return rf"\delta^{{+}} {symbol(name, 't-1' if previous else 't')}"

    def gradient(self, name: str) -> str:
        return rf"\partial {symbol(name)}"

    def summed(self, text: str) -> str:
        return rf"\sum_{{t}} {text}"

    def transposed(self, map_: str) -> str:
        return rf"{map_}^{{\top}}"

    def square(self, text: str) -> str:
        return rf"{text}^{{2}}"

    def power_of_ten(self, exponent: int) -> str:
        return f"10^{{{exponent}}}"

    def function(self, function: str) -> str:
        words = function.replace("_", r"\_")
        return FUNCTIONS.get(function, rf"\operatorname{{{words}}}")

    def bracketed(self, text: str) -> str:
        tall = r"\frac" in text
        return rf"\left({text}\right)" if tall else f"({text})"

    def quotient(self, left: Node, right: Node) -> Written:
        return rf"\frac{{{self.text(left)}}}{{{self.text(right)}}}", Level.ATOM

    def call(self, function: str, arguments: Sequence[Node]) -> Written:
        match function, [self.text(argument) for argument in arguments]:
            case "abs", [inside]:
                return rf"\left|{inside}\right|", Level.ATOM
            case "sqrt", [inside]:
                return rf"\sqrt{{{inside}}}", Level.ATOM
            case "step", [inside]:
                return rf"\left[{inside} > 0\right]", Level.ATOM
            case "at_least", [first, second]:
                return rf"\left[{first} \ge {second}\right]", Level.ATOM
        return super().call(function, arguments)


def symbol(name: str, time: str = "") -> str:
    r"""Writes a name as a symbol with its indices.

    Args:
        name: As in the text of a cell; what follows an underscore is an index.
        time: Index of the step, or nothing.

    Returns:
        Mathematics without dollar signs.

    Example:
        >>> symbol("W_f"), symbol("h", "t-1"), symbol("i_log", "t"), symbol("beta")
        ('W_{f}', 'h_{t-1}', 'i_{\\mathrm{log},t}', '\\beta')
    """
    stem, *indices = [part for part in name.split("_") if part]
    letters = stem.rstrip("0123456789")
    digits = stem.removeprefix(letters)
    indices = [*([digits] if digits else []), *(_word(index, 2) for index in indices)]
    below = ",".join([*indices, *([time] if time else [])])
    return _word(letters, 1) + (f"_{{{below}}}" if below else "")


def _word(word: str, longest: int) -> str:
    if GREEK.fullmatch(word):
        return f"\\{word}"
    return word if len(word) <= longest or word.isdecimal() else rf"\mathrm{{{word}}}"


def expression(node: Node) -> str:
    r"""Writes one expression, its names without an index of time.

    Args:
        node: The expression.

    Returns:
        Mathematics without dollar signs.

    Example:
        >>> from lstmkit.engine.tree import Binary, Name, Number
        >>> expression(Binary("/", Name("b_i"), Number(2.0)))
        '\\frac{b_{i}}{2}'
    """
    return _Latex(()).text(node)


def to_latex(
    lines: Sequence[Line], kind: Kind = "values", quantities: Collection[str] | None = None
) -> str:
    r"""Writes equations as an `aligned` environment, to stand between dollar signs.

    It needs amsmath and amssymb at most, and MathJax and KaTeX show it as it is.

    Args:
        lines: Equations, for instance `read(text).lines` or `derive(equations).lines`.
        kind: What the left sides are, as in `to_unicode`.
        quantities: Names that carry the index t; None takes those that the lines define.

    Returns:
        The environment, one row for each equation.

    Example:
        >>> from lstmkit.engine import read
        >>> print(to_latex(read("h = tanh(W @ x + U @ h[-1] + b)").lines))
        \begin{aligned}
        h_{t} &= \tanh(W x_{t} + U h_{t-1} + b)
        \end{aligned}
    """
    if quantities is None:
        quantities = [line.name for line in lines]
    printer = _Latex(quantities)
    rows = [" &= ".join(printer.line(line, kind)) for line in lines]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(rows), r"\end{aligned}"])
