"""From the tree of Python's parser to a cell's own, one right-hand side after the other.

What is no arithmetic of the notation is refused with the line and a caret; names get their roles.
"""

import ast
import math

from lstmkit.engine.functions import FUNCTIONS
from lstmkit.engine.reading import ALLOWED, Reading, check_name, place_of
from lstmkit.engine.source import Place
from lstmkit.engine.tree import (
    Binary,
    Call,
    Name,
    Negative,
    Node,
    Number,
    Operator,
    Previous,
    Product,
)
from lstmkit.errors import CellError, nearest

OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}


class Converter:
    """Turns right-hand sides into trees, noting the role of each name.

    Args:
        reading: What was found so far; roles are added to it.
        known: Quantities that lines above have defined.
    """

    def __init__(self, reading: Reading, known: dict[str, int]) -> None:
        self.reading = reading
        self.known = known

    def convert(self, node: ast.expr) -> Node:
        """Turns one expression into a tree.

        Args:
            node: What Python's parser made of it.

        Returns:
            The tree.

        Raises:
            CellError: Something that the notation does not know.
        """
        match node:
            case ast.Constant(value=bool()):
                raise self._refuse(node, "this is not a number.")
            case ast.Constant(value=int() | float() as value):
                return self._number(node, value)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Subscript():
                return self._previous(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.convert(operand)
                return Number(-inner.value) if isinstance(inner, Number) else Negative(inner)
            case ast.BinOp(op=ast.MatMult(), left=left, right=right):
                return self._product(node, left, right)
            case ast.BinOp(op=operation, left=left, right=right) if type(operation) in OPERATORS:
                return self._arithmetic(node, OPERATORS[type(operation)], left, right)
            case ast.Call():
                return self._call(node)
            case _:
                raise self._refuse(node, "this is not part of the notation.")

    def _arithmetic(
        self, node: ast.expr, operator: Operator, left: ast.expr, right: ast.expr
    ) -> Node:
        first, second = self.convert(left), self.convert(right)
        if operator == "/" and second == Number(0.0):
            raise self._refuse(node, "this divides by zero.", "Divide by something else.")
        if isinstance(first, Number) and isinstance(second, Number):
            a, b = first.value, second.value
            folded = {"+": a + b, "-": a - b, "*": a * b}.get(operator)
            return self._number(node, a / b if folded is None else folded)
        return Binary(operator, first, second)

    def _refuse(self, node: ast.expr, problem: str, remedy: str = ALLOWED) -> CellError:
        return self.reading.source.error(place_of(node), problem, remedy)

    def _number(self, node: ast.expr, value: int | float) -> Number:
        try:
            constant = float(value)
        except OverflowError:
            constant = float("inf")
        if not math.isfinite(constant):
            raise self._refuse(node, "this number is too large.", "Write a finite constant.")
        return Number(constant)

    def _name(self, node: ast.expr, name: str) -> Name:
        reading = self.reading
        check_name(reading.source, name, place_of(node))
        if name in self.known:
            reading.used.add(name)
        elif name in reading.defined:
            raise self._refuse(
                node,
                f"{name} is read before line {reading.defined[name]} defines it.",
                f"Write {name}[-1] for the step before, or move its equation above this line.",
            )
        elif name != "x":
            self._role(node, name, reading.vectors, reading.maps, "a map", "a vector")
        else:
            reading.used.add("x")
        return Name(name)

    def _role(
        self,
        node: ast.expr,
        name: str,
        here: dict[str, Place],
        other: dict[str, Place],
        is_other: str,
        is_here: str,
    ) -> None:
        if name in other:
            raise self._refuse(
                node,
                f"{name} is {is_here} here and {is_other} on line {other[name].line}.",
                "A map stands before @, a vector does not; give one of them another name.",
            )
        here.setdefault(name, place_of(node))

    def _previous(self, node: ast.Subscript) -> Previous:
        steps_back = "Only the step before can be read, as name[-1]."
        index = node.slice
        is_minus_one = (
            isinstance(index, ast.UnaryOp)
            and isinstance(index.op, ast.USub)
            and isinstance(index.operand, ast.Constant)
            and index.operand.value == 1
            and type(index.operand.value) is int
        )
        if not isinstance(node.value, ast.Name) or not is_minus_one:
            raise self._refuse(node, "this cannot be read.", steps_back)
        name = node.value.id
        if name not in self.reading.defined:
            known = self.reading.defined
            raise self._refuse(
                node,
                f"{name}[-1] is read, but no line defines {name}.",
                f"The quantities of this cell are {', '.join(known)}.{nearest(name, known)}",
            )
        self.reading.states.setdefault(name, place_of(node))
        return Previous(name)

    def _product(self, node: ast.expr, left: ast.expr, right: ast.expr) -> Product:
        if not isinstance(left, ast.Name):
            raise self._refuse(
                left,
                "only a learned map may stand before @.",
                "Put the product in brackets: r * (U @ h[-1]), or A @ (B @ x).",
            )
        reading = self.reading
        check_name(reading.source, left.id, place_of(left))
        if left.id in reading.defined or left.id == "x":
            raise self._refuse(
                left,
                f"{left.id} is a quantity, and only a learned map may stand before @.",
                "A map is a name that no line defines; * multiplies unit by unit.",
            )
        self._role(left, left.id, reading.maps, reading.vectors, "a vector", "a map")
        return Product(left.id, self.convert(right))

    def _call(self, node: ast.Call) -> Call:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            called = node.func.id if isinstance(node.func, ast.Name) else "this"
            raise self._refuse(
                node.func,
                f"{called} is not a function of the notation.",
                f"Known are {', '.join(FUNCTIONS)}.{nearest(called, FUNCTIONS)}",
            )
        name = node.func.id
        arity = FUNCTIONS[name].arity
        if node.keywords or len(node.args) != arity:
            came = len(node.args) + len(node.keywords)
            raise self._refuse(
                node,
                f"{name} takes {arity} argument{'s' * (arity > 1)}, got {came}.",
                f"{name}: {FUNCTIONS[name].meaning}.",
            )
        arguments = tuple(self.convert(argument) for argument in node.args)
        if all(isinstance(argument, Number) for argument in arguments):
            raise self._refuse(node, "this is a constant.", "Write the number itself.")
        return Call(name, arguments)
