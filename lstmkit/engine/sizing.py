"""Which size every quantity, map and vector of a cell has, found from the equations alone.

All quantities are as wide as the state, with two exceptions. An output that is nothing but a map,
`h = P @ (o * tanh(c))`, may be narrower: the projection of Sak et al. (2014). And gates that the
units of a memory block share have one value a block; a unit that reads one gets it repeated, and
what units send to one, such as a peephole, is summed over the block.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from lstmkit.engine.reading import Reading
from lstmkit.engine.tree import (
    Binary,
    Call,
    Line,
    Name,
    Negative,
    Node,
    Number,
    Previous,
    Product,
    children,
    rebuild,
    walk,
)
from lstmkit.errors import CellError

Size = Literal["input", "hidden", "block", "projection"]


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of arithmetic between products: where its value goes, and what it reads."""

    target: str | None
    leaves: frozenset[Node]


@dataclass
class Fitted:
    """Equations with sizes: lines with repeats and block sums written in, and all shapes."""

    sizes: dict[str, Size]
    lines: tuple[Line, ...] = ()
    maps: dict[str, tuple[Node, Size, Size]] = field(default_factory=dict)
    vectors: dict[str, Size] = field(default_factory=dict)
    reads_x_by_unit: bool = False


def regions(lines: list[Line] | tuple[Line, ...], defined: set[str]) -> Iterator[Region]:
    """Yields the stretches of arithmetic of a cell, cut at every product."""
    for line in lines:
        pending: list[tuple[str | None, Node]] = [(line.name, line.expression)]
        while pending:
            target, node = pending.pop()
            leaves, products = _cut(node, defined)
            yield Region(target, frozenset(leaves))
            pending.extend((None, product.operand) for product in products)


def _cut(node: Node, defined: set[str]) -> tuple[list[Node], list[Product]]:
    match node:
        case Product():
            return [], [node]
        case Previous():
            return [node], []
        case Name(name):
            return ([node] if name in defined or name == "x" else []), []
    leaves, products = [], []
    for child in children(node):
        more_leaves, more_products = _cut(child, defined)
        leaves += more_leaves
        products += more_products
    return leaves, products


def fit_sizes(reading: Reading, shared: frozenset[str]) -> Fitted:
    """Finds every size of a cell's equations.

    Args:
        reading: The text as read.
        shared: Quantities with one value a memory block.

    Returns:
        The lines, rewritten where blocks need it, with all sizes.

    Raises:
        CellError: A map or vector is used at two sizes, or a map of nothing that varies.
    """
    defined = set(reading.defined)
    stretches = list(regions(reading.lines, defined))
    sizes: dict[str, Size] = {
        name: "block" if name in shared else "hidden" for name in reading.defined
    }
    output = next(line.expression for line in reading.lines if line.name == "h")
    if _is_lone_map(output, reading.lines) and _output_stands_alone(stretches):
        sizes["h"] = "projection"
    fitted = Fitted(sizes)
    fitter = _Fitter(reading, fitted)
    fitted.lines = tuple(
        Line(line.name, fitter.fit(line.expression, sizes[line.name]), line.number)
        for line in reading.lines
    )
    return fitted


def _is_lone_map(output: Node, lines: list[Line]) -> bool:
    if not isinstance(output, Product):
        return False
    parts = (part for line in lines for part in walk(line.expression))
    uses = [part for part in parts if isinstance(part, Product) and part.map == output.map]
    return len(uses) == 1


def _output_stands_alone(stretches: list[Region]) -> bool:
    output = {Name("h"), Previous("h")}
    for region in stretches:
        others = region.leaves - output
        touches = bool(region.leaves & output)
        if touches and (others or region.target is not None):
            return False
    return True


class _Fitter:
    """Walks an expression down with the size it must have, noting maps and vectors."""

    def __init__(self, reading: Reading, fitted: Fitted) -> None:
        self.reading = reading
        self.fitted = fitted

    def fit(self, node: Node, want: Size) -> Node:
        match node:
            case Number():
                return node
            case Product(name, operand):
                return self.map(name, operand, want)
            case Name(name) if name not in self.fitted.sizes and name != "x":
                return self.vector(node, want)
            case Name() | Previous():
                return self.leaf(node, want)
            case Binary("*" | "/") if want == "block" and self.widest(node) == "hidden":
                return Call("block_sum", (self.fit(node, "hidden"),))
            case Binary() | Negative() | Call():
                return rebuild(node, tuple(self.fit(child, want) for child in children(node)))
        raise AssertionError(node)

    def leaf(self, node: Name | Previous, want: Size) -> Node:
        has = self.size(node)
        if want in {has, "input"}:
            return node
        if has == "input":
            self.fitted.reads_x_by_unit = True
            has = "hidden"
        if (has, want) == ("block", "hidden"):
            return Call("repeat", (node,))
        if (has, want) == ("hidden", "block"):
            return Call("block_sum", (node,))
        return node

    def size(self, node: Name | Previous) -> Size:
        return "input" if node == Name("x") else self.fitted.sizes[node.name]

    def widest(self, node: Node) -> Size | None:
        leaves, _ = _cut(node, set(self.fitted.sizes))
        present = {self.size(leaf) for leaf in leaves if isinstance(leaf, Name | Previous)}
        if "input" in present and len(present) > 1:
            present = (present - {"input"}) | {"hidden"}
        order: tuple[Size, ...] = ("hidden", "block", "projection", "input")
        for size in order:
            if size in present:
                return size
        return None

    def map(self, name: str, operand: Node, want: Size) -> Node:
        columns = self.widest(operand)
        if columns is None and any(isinstance(part, Product) for part in walk(operand)):
            columns = "hidden"  # a map of maps: what lies between them is as wide as the state
        if columns is None:
            raise self.reading.source.error(
                self.reading.maps[name],
                f"the map {name} is applied to something that never changes.",
                "Write a learned vector instead.",
            )
        fitted = self.fit(operand, columns)
        known = self.fitted.maps.setdefault(name, (fitted, want, columns))
        if known[1:] != (want, columns):
            raise self.clash(name, f"{want} x {columns}", f"{known[1]} x {known[2]}")
        return Product(name, fitted)

    def vector(self, node: Name, want: Size) -> Node:
        known = self.fitted.vectors.setdefault(node.name, want)
        if known != want:
            raise self.clash(node.name, want, known)
        return node

    def clash(self, name: str, here: str, there: str) -> CellError:
        place = self.reading.maps.get(name) or self.reading.vectors[name]
        return self.reading.source.error(
            place,
            f"{name} has the size {here} in one place and {there} in another.",
            "Use two names, one for each size.",
        )
