r"""The gradient of 1997: error flows back through the carousel alone.

Hochreiter and Schmidhuber 1997, appendix A.1: an error that has left a cell through the product
with a gate, or through a recurrent map, is cut off. In equations, with :math:`\approx_{tr}` for
the truncated derivative,

.. math:: \partial net_{in}(t) / \partial y(t-1) \approx_{tr} 0, \quad
          \partial net_{out}(t) / \partial y(t-1) \approx_{tr} 0, \quad
          \partial net_{c}(t) / \partial y(t-1) \approx_{tr} 0,
          \quad \partial c(t) / \partial c(t-1) = f(t).

Nor does error pass a peephole (Gers, Schraudolph and Schmidhuber 2002, section 3.2). For any cell
this means: what a map, a gate or a peephole reads of a state is a constant. What remains is the way
from a state of the step before to the same state through arithmetic alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from lstmkit.engine.cell import Cell
from lstmkit.engine.equations import Equations
from lstmkit.engine.text import to_text
from lstmkit.engine.tree import Binary, Call, Line, Name, Node, Previous, Product, children, rebuild


@lru_cache(maxsize=256)
def truncated(cell: Cell) -> Cell:
    """Returns a cell of the same values whose error flows back through the carousel alone.

    Args:
        cell: The cell.

    Returns:
        The cell with `stop(...)` around all that gradients take for constant. Its parameters have
        the same names and shapes.

    Example:
        >>> from lstmkit.cells import CATALOGUE
        >>> print(truncated(CATALOGUE["no_output_gate"]).text.splitlines()[-2])
        c = f * c[-1] + i * g
    """
    equations = cell.equations
    rewriter = _Rewriter(
        equations, {q: _ways_to(q, equations) for q in equations.states}, cell.joint
    )
    lines = [replace(line, expression=rewriter.line(line)) for line in equations.lines]
    return replace(cell, text=to_text(lines), limit=None)


def _ways_to(state: str, equations: Equations) -> frozenset[str]:
    """Lines whose value enters a state through arithmetic alone, the state's own among them."""
    lines = {line.name: line for line in equations.lines}
    found, pending = {state}, [state]
    while pending:
        for leaf in _arithmetic(lines[pending.pop()].expression):
            if isinstance(leaf, Name) and leaf.name in lines and leaf.name not in found:
                found.add(leaf.name)
                pending.append(leaf.name)
    return frozenset(found)


def _arithmetic(node: Node) -> Iterator[Node]:
    if isinstance(node, Call | Product):
        return
    yield node
    for child in children(node):
        yield from _arithmetic(child)


@dataclass(frozen=True, slots=True)
class _Rewriter:
    equations: Equations
    ways: Mapping[str, frozenset[str]]
    joint: tuple[str, ...]

    def line(self, line: Line) -> Node:
        return self.outside(line.expression, line.name, squashed=False)

    def outside(self, node: Node, line: str, *, squashed: bool) -> Node:
        match node:
            case Product(name, operand):
                return Product(name, self.inside(operand))
            case Previous(state):
                # states that share one scale are one carousel
                carried = state in self.joint or (line in self.ways[state] and not squashed)
                return node if carried else Call("stop", (node,))
            case Binary("*", left, right) if squashed and self.is_peephole(left, right):
                return Binary("*", left, Call("stop", (right,)))
            case Binary("*", left, right) if squashed and self.is_peephole(right, left):
                return Binary("*", Call("stop", (left,)), right)
        squashed = squashed or isinstance(node, Call)
        parts = (self.outside(child, line, squashed=squashed) for child in children(node))
        return rebuild(node, tuple(parts))

    def inside(self, node: Node) -> Node:
        """What a map reads of the step before is a constant, what it reads of this step is not."""
        if isinstance(node, Previous):
            return Call("stop", (node,))
        if isinstance(node, Product):
            return Product(node.map, self.inside(node.operand))
        return rebuild(node, tuple(self.inside(child) for child in children(node)))

    def is_peephole(self, vector: Node, state: Node) -> bool:
        learned = isinstance(vector, Name) and vector.name in self.equations.vectors
        return learned and isinstance(state, Name) and state.name in self.equations.states
