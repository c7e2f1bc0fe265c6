"""Trees to text with as few brackets as the precedence of arithmetic allows.

What a printer of one notation owes is small: how leaves, products and functions are written.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import IntEnum
from typing import Literal

from lstmkit.engine.tree import (
    Adjoint,
    Binary,
    Call,
    Line,
    Name,
    Negative,
    Next,
    Node,
    Number,
    Outer,
    Previous,
    Product,
    Transposed,
)

Kind = Literal["values", "adjoints", "carries", "gradients"]


class Level(IntEnum):
    """How tightly a text binds; a part that binds less than its place asks for is bracketed.

    A map binds less than a product, so that `(W x) * y` keeps the brackets that tell it from
    `W (x * y)`.
    """

    SUM = 1
    MAP = 2
    TIMES = 3
    ATOM = 4


Written = tuple[str, Level]


class Printer(ABC):
    """Walks a tree once; notations override how its parts are written."""

    times = "*"
    number_times = "*"
    minus = "-"
    outer = "(x)"

    def line(self, line: Line, kind: Kind) -> tuple[str, str]:
        """Returns the left and the right side of one equation."""
        least = Level.MAP if kind == "gradients" else Level.SUM
        right = self.text(line.expression, least)
        if kind == "values":
            return self.name(line.name), right
        if kind == "adjoints":
            return self.adjoint(line.name), right
        if kind == "carries":
            return self.arriving(line.name, previous=True), right
        return self.gradient(line.name), self.summed(right)

    def text(self, node: Node, least: Level = Level.SUM) -> str:
        """Writes `node`, in brackets if it binds less than `least`."""
        text, level = self.write(node)
        return self.bracketed(text) if level < least else text

    def write(self, node: Node) -> Written:
        """Writes `node` and says how tightly the text binds."""
        match node:
            case Number(value):
                return self.number(value)
            case Name(name):
                return self.name(name), Level.ATOM
            case Previous(name):
                return self.previous(name), Level.ATOM
            case Adjoint(name):
                return self.adjoint(name), Level.ATOM
            case Next(name):
                return self.arriving(name), Level.ATOM
            case Product(name, operand):
                return self.mapped(self.name(name), self.mapped_operand(operand)), Level.MAP
            case Transposed(name, operand):
                map_ = self.transposed(self.name(name))
                return self.mapped(map_, self.mapped_operand(operand)), Level.MAP
            case Outer(left, right):
                sides = self.text(left, Level.ATOM), self.text(right, Level.ATOM)
                return f"{sides[0]} {self.outer} {sides[1]}", Level.MAP
            case Negative(operand):
                return f"{self.minus}{self.text(operand, Level.MAP)}", Level.SUM
            case Call(function, arguments):
                return self.call(function, arguments)
            case Binary("+" | "-" as sign, left, right):
                return self.sum(sign, left, right)
            case Binary("*", left, right):
                return self.product(left, right)
            case Binary(_, left, right):
                return self.quotient(left, right)

    def mapped_operand(self, operand: Node) -> str:
        """Writes what a map is applied to; maps in a row need no brackets."""
        inner = Level.MAP if isinstance(operand, Product | Transposed) else Level.ATOM
        return self.text(operand, inner)

    def sum(self, sign: str, left: Node, right: Node) -> Written:
        """Writes a sum or a difference."""
        # a + (b - c) may lose its brackets, a + (-b) and a - (b + c) may not
        loose = sign == "+" and isinstance(right, Binary)
        written = self.text(right, Level.SUM if loose and not _leads_negative(right) else Level.MAP)
        return f"{self.text(left)} {self.minus if sign == '-' else '+'} {written}", Level.SUM

    def product(self, left: Node, right: Node) -> Written:
        """Writes a product unit by unit."""
        if left == right and isinstance(left, Name | Previous | Adjoint):
            return self.square(self.text(left)), Level.ATOM
        sign = self.number_times if _is_number(left) or _is_number(right) else f" {self.times} "
        return f"{self.text(left, Level.TIMES)}{sign}{self.text(right, Level.TIMES)}", Level.TIMES

    def quotient(self, left: Node, right: Node) -> Written:
        """Writes a quotient on one line."""
        return f"{self.text(left, Level.TIMES)} / {self.text(right, Level.ATOM)}", Level.TIMES

    def call(self, function: str, arguments: Sequence[Node]) -> Written:
        """Writes a function of its arguments."""
        inside = ", ".join(self.text(argument) for argument in arguments)
        return f"{self.function(function)}{self.bracketed(inside)}", Level.ATOM

    def number(self, value: float) -> Written:
        """Writes a constant, powers of ten as such."""
        digits, _, exponent = f"{value:.12g}".partition("e")
        if exponent:
            power = self.power_of_ten(int(exponent))
            text = {"1": power, "-1": f"-{power}"}.get(
                digits, f"{digits}{self.number_times}{power}"
            )
        else:
            text = digits
        plain = value >= 0 and (not exponent or digits == "1")
        level = Level.SUM if value < 0 else Level.ATOM if plain else Level.TIMES
        return text.replace("-", self.minus) if value < 0 else text, level

    def bracketed(self, text: str) -> str:
        """Writes brackets around a text."""
        return f"({text})"

    def function(self, function: str) -> str:
        """Writes the name of a function."""
        return function

    def mapped(self, map_: str, operand: str) -> str:
        """Writes a map before what it is applied to."""
        return f"{map_} {operand}"

    @abstractmethod
    def name(self, name: str) -> str:
        """Writes a quantity of this step, a map or a vector."""

    @abstractmethod
    def previous(self, name: str) -> str:
        """Writes a quantity of the step before."""

    @abstractmethod
    def adjoint(self, name: str) -> str:
        """Writes the gradient of the loss with respect to a quantity of this step."""

    @abstractmethod
    def arriving(self, name: str, *, previous: bool = False) -> str:
        """Writes what reaches a state's adjoint from the step after."""

    @abstractmethod
    def gradient(self, name: str) -> str:
        """Writes the gradient of a parameter."""

    @abstractmethod
    def summed(self, text: str) -> str:
        """Writes a sum over all steps."""

    @abstractmethod
    def transposed(self, map_: str) -> str:
        """Writes the transpose of a map."""

    @abstractmethod
    def square(self, text: str) -> str:
        """Writes a square."""

    @abstractmethod
    def power_of_ten(self, exponent: int) -> str:
        """Writes a power of ten."""


def _is_number(node: Node) -> bool:
    return isinstance(node, Number)


def _leads_negative(node: Node) -> bool:
    match node:
        case Binary("+" | "-", left, _):
            return _leads_negative(left)
        case Negative(_):
            return True
        case Number(value):
            return value < 0
        case _:
            return False
