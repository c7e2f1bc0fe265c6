"""The nodes that a cell's equations are made of: plain immutable data, walked and never run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Operator = Literal["+", "-", "*", "/"]


@dataclass(frozen=True, slots=True)
class Number:
    """A constant written in the text."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """The input `x`, a quantity of this step, or a learned vector; the line's roles tell which."""

    name: str


@dataclass(frozen=True, slots=True)
class Previous:
    """A quantity of the step before, written `c[-1]`."""

    name: str


@dataclass(frozen=True, slots=True)
class Adjoint:
    """The loss's gradient with respect to a quantity of this step; only in derived lines."""

    name: str


@dataclass(frozen=True, slots=True)
class Next:
    """The adjoint that reaches a state, or the output h, from outside this step.

    It comes from the step after and, for h, from the loss. Stands only in derived lines.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Product:
    """A learned map applied to an expression, written `W @ x`."""

    map: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Transposed:
    """The transpose of a learned map applied to an adjoint; stands only in derived lines."""

    map: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Outer:
    """The outer product `left right^T` (units x operand); stands only in derived lines."""

    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the notation applied to its arguments."""

    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic on two expressions, unit by unit."""

    operator: Operator
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Negative:
    """The negative of an expression."""

    operand: "Node"


Node = (
    Number
    | Name
    | Previous
    | Adjoint
    | Next
    | Product
    | Transposed
    | Outer
    | Call
    | Binary
    | Negative
)


@dataclass(frozen=True, slots=True)
class Line:
    """One equation: the name on the left, the expression on the right, its line in the text."""

    name: str
    expression: Node
    number: int = 0


def children(node: Node) -> tuple[Node, ...]:
    """Returns the direct subexpressions of `node`, from left to right."""
    match node:
        case Product(_, operand) | Transposed(_, operand) | Negative(operand):
            return (operand,)
        case Binary(_, left, right) | Outer(left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yields `node` and everything below it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def rebuild(node: Node, parts: tuple[Node, ...]) -> Node:
    """Returns `node` with its direct subexpressions replaced by `parts`."""
    match node:
        case Product(name, _):
            return Product(name, parts[0])
        case Transposed(name, _):
            return Transposed(name, parts[0])
        case Negative(_):
            return Negative(parts[0])
        case Binary(operator, _, _):
            return Binary(operator, parts[0], parts[1])
        case Outer(_, _):
            return Outer(parts[0], parts[1])
        case Call(function, _):
            return Call(function, parts)
        case _:
            return node


def ordered(node: Node) -> Node:
    """Returns an equal expression with the terms of sums and the factors of products in one order.

    Args:
        node: The expression.

    Returns:
        The same tree for `a + b` and `b + a`.
    """
    node = rebuild(node, tuple(ordered(child) for child in children(node)))
    if not isinstance(node, Binary) or node.operator not in "+*":
        return node
    terms = sorted(_flat(node, node.operator), key=repr)
    whole = terms[0]
    for term in terms[1:]:
        whole = Binary(node.operator, whole, term)
    return whole


def _flat(node: Node, operator: str) -> list[Node]:
    if isinstance(node, Binary) and node.operator == operator:
        return [*_flat(node.left, operator), *_flat(node.right, operator)]
    return [node]
