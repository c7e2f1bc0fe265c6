"""Equations as aligned text for terminals."""

from collections.abc import Sequence

from lstmkit.engine.printer import Kind, Level, Printer, Written
from lstmkit.engine.tree import Line, Node

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
FUNCTIONS = {
    "sigmoid": "σ",
    "logsigmoid": "log σ",
}


class _Unicode(Printer):
    """The notation of papers as far as one line of a terminal can show it.

    What carries no mark belongs to this step, and has the name that the text gives it.
    """

    times = "⊙"
    number_times = "·"
    minus = "−"
    outer = "⊗"

    def name(self, name: str) -> str:
        return "xₜ" if name == "x" else name

    def previous(self, name: str) -> str:
        return f"{name}ₜ₋₁"

    def adjoint(self, name: str) -> str:
        return f"δ{name}"

    def arriving(self, name: str, *, previous: bool = False) -> str:
        return f"δ⁺{name}ₜ₋₁" if previous else f"δ⁺{name}"

    def gradient(self, name: str) -> str:
        return f"∂{name}"

    def summed(self, text: str) -> str:
        return f"Σₜ {text}"

    def transposed(self, map_: str) -> str:
        return f"{map_}ᵀ"

    def square(self, text: str) -> str:
        return f"{text}²"

    def power_of_ten(self, exponent: int) -> str:
        return "10" + str(exponent).translate(SUPERSCRIPTS)

    def function(self, function: str) -> str:
        return FUNCTIONS.get(function, function)

    def call(self, function: str, arguments: Sequence[Node]) -> Written:
        match function, [self.text(argument) for argument in arguments]:
            case "abs", [inside]:
                return f"|{inside}|", Level.ATOM
            case "step", [inside]:
                return f"[{inside} > 0]", Level.ATOM
            case "at_least", [first, second]:
                return f"[{first} ≥ {second}]", Level.ATOM
        return super().call(function, arguments)


def to_unicode(lines: Sequence[Line], kind: Kind = "values") -> str:
    r"""Writes equations as aligned text.

    `⊙` multiplies unit by unit, `hₜ₋₁` is of the step before, and what carries no mark of time
    is of this step. In derived lines `δc` is the gradient of the loss with respect to c,
    `δ⁺c` the part of it that arrives from the step after (for h also from the loss), `[a ≥ b]`
    is 1 where it holds and else 0, and `⊗` is the outer product.

    Args:
        lines: Equations, for instance `read(text).lines` or `derive(equations).lines`.
        kind: What the left sides are: `"values"` of quantities; `"adjoints"`; `"carries"`, what
            arrives at a state of the step before; or `"gradients"` of parameters.

    Returns:
        One line for each equation, the equals signs below one another.

    Example:
        >>> from lstmkit.engine import read
        >>> print(to_unicode(read("z = sigmoid(W @ x)\nh = z * h[-1]").lines))
        z = σ(W xₜ)
        h = z ⊙ hₜ₋₁
    """
    printer = _Unicode()
    sides = [printer.line(line, kind) for line in lines]
    width = max((len(left) for left, _ in sides), default=0)
    return "\n".join(f"{left:{width}} = {right}" for left, right in sides)
