"""The backward pass of a cell, derived from its equations: adjoints line by line, in reverse.

Every derivative is written with values that the forward pass names: the derivative of tanh with
tanh's own output, and so on (Griewank and Walther 2008, section 3.2: reverse accumulation).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import sympy

from lstmkit.engine.equations import Equations
from lstmkit.engine.flatten import flatten
from lstmkit.engine.symbolic import Symbols
from lstmkit.engine.tree import (
    Adjoint,
    Binary,
    Call,
    Line,
    Name,
    Next,
    Node,
    Number,
    Outer,
    Previous,
    Product,
    Transposed,
    children,
)

ONE = Number(1.0)


def _one_minus(node: Node) -> Node:
    return Binary("-", ONE, node)


def _times(left: Node, right: Node) -> Node:
    return right if left == ONE else Binary("*", left, right)


# the derivative of each function by its output y and its argument a
DERIVATIVES: dict[str, Callable[[Node, Node], Node]] = {
    "sigmoid": lambda y, a: Binary("*", y, _one_minus(y)),
    "tanh": lambda y, a: _one_minus(Binary("*", y, y)),
    "exp": lambda y, a: y,
    "log": lambda y, a: Binary("/", ONE, a),
    "logsigmoid": lambda y, a: _one_minus(Call("exp", (y,))),
    "softplus": lambda y, a: _one_minus(Call("exp", (Binary("-", Number(0.0), y),))),
    "relu": lambda y, a: Call("step", (y,)),
    "sqrt": lambda y, a: Binary("/", Number(0.5), y),
    "abs": lambda y, a: Call("sign", (a,)),
}


@dataclass(frozen=True, slots=True)
class Backward:
    """The backward pass of one step.

    Attributes:
        forward: The forward pass with every intermediate named.
        lines: In the order in which they are computed: line q is the adjoint of q, the gradient
            of the loss with respect to q at this step.
        carries: Line q is the adjoint that this step hands to the state q of the step before.
        gradients: Line W is what this step adds to the gradient of the parameter W; for a
            vector the rows of the batch are summed.
        input: The adjoint of x.
    """

    forward: tuple[Line, ...]
    lines: tuple[Line, ...]
    carries: tuple[Line, ...]
    gradients: tuple[Line, ...]
    input: Line


@lru_cache(maxsize=256)
def derive(equations: Equations) -> Backward:
    """Derives the backward pass of a cell.

    Args:
        equations: The cell.

    Returns:
        Adjoints, line by line.

    Example:
        >>> from lstmkit.engine import read, to_unicode
        >>> print(to_unicode(derive(read("h = tanh(W @ x + U @ h[-1] + b)")).forward))
        a_h = W xₜ + U hₜ₋₁ + b
        h   = tanh(a_h)
    """
    return _Derivation(equations).run()


class _Derivation:
    def __init__(self, equations: Equations) -> None:
        self.equations = equations
        self.forward = flatten(equations)
        self.symbols = Symbols()
        self.parts: dict[Node, list[Node]] = {}

    def run(self) -> Backward:
        lines = []
        for line in reversed(self.forward):
            arriving = self.parts.pop(Name(line.name), [])
            if line.name in self.equations.states or line.name == "h":
                arriving = [Next(line.name), *arriving]
            lines.append(Line(line.name, self.total(arriving)))
            self.spread(line)
        equations = self.equations
        return Backward(
            forward=self.forward,
            lines=tuple(lines),
            carries=tuple(
                Line(name, self.total(self.parts.get(Previous(name), [])))
                for name in equations.states
            ),
            gradients=tuple(
                Line(name, self.total(self.parts.get(Name(name), [])))
                for name in (*equations.maps, *equations.vectors)
            ),
            input=Line("x", self.total(self.parts.get(Name("x"), []))),
        )

    def total(self, parts: list[Node]) -> Node:
        """Adds adjoints up, arithmetic simplified, in the order in which they arrive."""
        if not parts:
            return Number(0.0)
        return self.symbols.tree(sympy.Add(*(self.symbols.arithmetic(part) for part in parts)))

    def give(self, leaf: Node, part: Node) -> None:
        self.parts.setdefault(leaf, []).append(part)

    def spread(self, line: Line) -> None:
        """Hands the adjoint of a line on to everything its right side reads."""
        adjoint, y = Adjoint(line.name), Name(line.name)
        match line.expression:
            case Call("stop", _):
                return
            case Call("layer_norm", (argument,)):
                self.through(argument, _layer_norm_adjoint(adjoint, y, argument))
            case Call("repeat", (argument,)):
                self.through(argument, Call("block_sum", (adjoint,)))
            case Call("block_sum", (argument,)):
                self.through(argument, Call("repeat", (adjoint,)))
            case Call("max" | "min" as function, (first, second)):
                larger, smaller = (first, second) if function == "max" else (second, first)
                picked = Call("at_least", (larger, smaller))
                self.through(first, _times(picked, adjoint))
                self.through(second, Binary("-", adjoint, _times(picked, adjoint)))
            case Call(function, (argument,)):
                slope = DERIVATIVES[function](y, argument)
                self.through(argument, Binary("*", adjoint, slope))
            case expression:
                self.through(expression, adjoint)

    def through(self, expression: Node, adjoint: Node) -> None:
        """Hands an adjoint through a stretch of arithmetic to its leaves."""
        formula = self.symbols.arithmetic(expression)
        for leaf in _leaves(expression):
            slope = sympy.diff(formula, self.symbols.of(leaf))
            if slope != 0:
                arriving = _times(self.symbols.tree(slope), adjoint)
                self.arrive(leaf, arriving)

    def arrive(self, leaf: Node, adjoint: Node) -> None:
        if isinstance(leaf, Product):
            self.give(Name(leaf.map), Outer(adjoint, leaf.operand))
            if not self.equations.maps[leaf.map].stopped:
                self.give(leaf.operand, Transposed(leaf.map, adjoint))
        else:
            self.give(leaf, adjoint)


def _leaves(node: Node) -> list[Node]:
    found: list[Node] = []
    pending = [node]
    while pending:
        part = pending.pop(0)
        if isinstance(part, Name | Previous | Product):
            if part not in found:
                found.append(part)
        else:
            pending[:0] = children(part)
    return found


def _layer_norm_adjoint(adjoint: Node, y: Node, argument: Node) -> Node:
    """Ba et al. 2016, differentiated: rstd(a) (d - mean(d) - y mean(d y))."""
    centred = Binary("-", adjoint, Call("mean", (adjoint,)))
    along = Binary("*", y, Call("mean", (Binary("*", adjoint, y),)))
    return Binary("*", Call("rstd", (argument,)), Binary("-", centred, along))
