"""Equations in the form that a schedule needs: whatever mixes units is a map of something named.

A block's shared gate is repeated, and a block's units are summed, by constant maps; and so is the
input where the equations read it unit by unit. A map of `stop(q[-1])` reads `q[-1]` itself and is
marked.
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from lstmkit.engine.equations import Equations, Map
from lstmkit.engine.flatten import has_product_in_sum
from lstmkit.engine.sizing import Size
from lstmkit.engine.tree import Call, Line, Name, Node, Previous, Product, children, rebuild, walk

Pattern = Literal["identity", "repeat", "block_sum"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A map that is not learned: ones where rows and columns belong together, else zeros.

    Attributes:
        pattern: Which unit belongs to which.
        rows: Size of its result.
        columns: Size of its operand.
    """

    pattern: Pattern
    rows: Size
    columns: Size


@dataclass(frozen=True, slots=True)
class Normal:
    """A cell as read, its equations in normal form, and the constant maps that bring them there."""

    source: Equations
    equations: Equations
    constants: dict[str, Constant]


@lru_cache(maxsize=256)
def normal(equations: Equations) -> Normal:
    """Brings a cell into the form that a schedule needs.

    Args:
        equations: The cell as read.

    Returns:
        Equal equations in which only products change the size of anything, and x stands only
        under a map.

    Example:
        >>> from lstmkit.engine.equations import read
        >>> sorted(normal(read("h = sigmoid(U @ h[-1]) * x")).constants)
        ['identity input']
    """
    rewriter = _Rewriter(equations)
    for line in equations.lines:
        expression = rewriter.rewrite(line.expression, equations.sizes[line.name])
        rewriter.lines.append(Line(line.name, expression, line.number))
    changed = replace(
        equations, lines=tuple(rewriter.lines), maps=rewriter.maps, sizes=rewriter.sizes
    )
    return Normal(equations, changed, rewriter.constants)


class _Rewriter:
    def __init__(self, equations: Equations) -> None:
        self.equations = equations
        self.maps: dict[str, Map] = {}
        self.constants: dict[str, Constant] = {}
        self.lines: list[Line] = []
        self.sizes: dict[str, Size] = dict(equations.sizes)
        self.uses = Counter(
            part.map
            for line in equations.lines
            for part in walk(line.expression)
            if isinstance(part, Product)
        )
        for name, learned in equations.maps.items():
            self.maps[name] = learned

    def rewrite(self, node: Node, want: Size) -> Node:
        match node:
            case Name("x"):
                # read unit by unit, the input is as wide as what stands around it
                return self.constant("identity", want, "input", node)
            case Product(name, operand):
                columns = self.equations.maps[name].columns
                operand = operand if operand == Name("x") else self.rewrite(operand, columns)
                stopped = False
                match operand:
                    case Call("stop", (Previous() as state,)) if self.uses[name] == 1:
                        operand, stopped = state, True
                self.maps[name] = replace(self.maps[name], operand=operand, stopped=stopped)
                return Product(name, operand)
            case Call("layer_norm", (argument,)):
                return Call("layer_norm", (self.whole(self.rewrite(argument, want), want),))
            case Call("repeat", (argument,)):
                return self.constant("repeat", want, "block", self.rewrite(argument, "block"))
            case Call("block_sum", (argument,)):
                return self.constant("block_sum", want, "hidden", self.rewrite(argument, "hidden"))
        return rebuild(node, tuple(self.rewrite(child, want) for child in children(node)))

    def whole(self, node: Node, size: Size) -> Node:
        """Gives a line to what is normalised, unless flattening will name it anyway."""
        quantity = isinstance(node, Name) and node.name in self.equations.sizes
        if quantity or isinstance(node, Call) or has_product_in_sum(node):
            return node
        name = f"normalised {len(self.lines)} {len(self.sizes)}"
        self.sizes[name] = size
        self.lines.append(Line(name, node))
        return Name(name)

    def constant(self, pattern: Pattern, rows: Size, columns: Size, operand: Node) -> Product:
        # a space keeps the name apart from every name of a text
        name = f"{pattern} {columns}" if rows == columns else f"{pattern} {columns} {rows}"
        if pattern == "identity":
            name = "identity input" if rows in {"input", "hidden"} else f"identity {rows}"
        self.constants[name] = Constant(pattern, rows, columns)
        self.maps[name] = Map(operand, rows, columns)
        return Product(name, operand)
