"""A cell's equations with every intermediate named: what a derivative and a kernel start from.

Sums that contain products get a line (`a_f = W_f @ x + U_f @ h[-1] + b_f`), every function call
gets a line (`tanh_c = tanh(c)`), and what is left is arithmetic on named values.
"""

from functools import lru_cache

from lstmkit.engine.equations import Equations
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
)


@lru_cache(maxsize=256)
def flatten(equations: Equations) -> tuple[Line, ...]:
    """Names every intermediate of a cell.

    Args:
        equations: The cell.

    Returns:
        The equations in an order in which they can be computed. Each right side is a function
        of arithmetic on names, a sum of products and arithmetic on names, or arithmetic on
        names.

    Example:
        >>> from lstmkit.engine import read
        >>> [line.name for line in flatten(read("h = tanh(W @ x + U @ h[-1] + b)"))]
        ['a_h', 'h']
    """
    flattener = _Flattener(equations)
    for line in equations.lines:
        flattener.line(line)
    return tuple(flattener.lines)


class _Flattener:
    def __init__(self, equations: Equations) -> None:
        self.taken = (
            {"x"} | set(equations.quantities) | set(equations.maps) | set(equations.vectors)
        )
        self.lines: list[Line] = []
        self.named: dict[Node, str] = {}
        self.current = ""

    def line(self, line: Line) -> None:
        self.current = line.name
        expression = self.top(line.expression)
        self.lines.append(Line(line.name, expression, line.number))
        self.named.setdefault(line.expression, line.name)

    def top(self, node: Node) -> Node:
        """Lowers the right side of a line, which needs no new name for itself."""
        if isinstance(node, Call):
            return Call(node.function, tuple(self.argument(part) for part in node.arguments))
        if has_product_in_sum(node):
            return self.sum(node)
        return self.lower(node)

    def argument(self, node: Node) -> Node:
        if has_product_in_sum(node):
            return self.name(node, f"a_{self.current}", self.sum(node))
        return self.lower(node)

    def lower(self, node: Node) -> Node:
        """Lowers an expression to arithmetic on names."""
        if isinstance(node, Number | Name | Previous):
            return node
        if isinstance(node, Call):
            return self.name(node, self.called(node), self.top(node))
        if has_product_in_sum(node):
            return self.name(node, f"a_{self.current}", self.sum(node))
        return rebuild(node, tuple(self.lower(child) for child in children(node)))

    def sum(self, node: Node) -> Node:
        match node:
            case Product(name, operand):
                return Product(name, self.operand(operand))
            case Negative(inner) if has_product_in_sum(inner):
                return Negative(self.sum(inner))
            case Binary("+" | "-" as operator, left, right):
                return Binary(operator, self.sum(left), self.sum(right))
        return self.lower(node)

    def operand(self, node: Node) -> Node:
        if isinstance(node, Name | Previous):
            return node
        return self.name(node, f"v_{self.current}", self.top(node))

    def called(self, node: Call) -> str:
        argument = node.arguments[0]
        if isinstance(argument, Name | Previous):
            return f"{node.function}_{argument.name}"
        return f"{node.function}_{self.current}"

    def name(self, original: Node, wish: str, expression: Node) -> Name:
        if original in self.named:
            return Name(self.named[original])
        name, number = wish, 2
        while name in self.taken:
            name, number = f"{wish}_{number}", number + 1
        self.taken.add(name)
        self.named[original] = name
        self.lines.append(Line(name, expression))
        return Name(name)


def has_product_in_sum(node: Node) -> bool:
    """Whether an expression is a product, or a sum that has one among its terms."""
    match node:
        case Product():
            return True
        case Negative(inner):
            return has_product_in_sum(inner)
        case Binary("+" | "-", left, right):
            return has_product_in_sum(left) or has_product_in_sum(right)
    return False
