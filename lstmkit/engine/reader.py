"""The reader: from a cell's text to its lines, by Python's own parser, with nothing evaluated.

Only arithmetic passes: `+ - * /`, `@` for a learned map, `[-1]` for the step before, calls of the
functions in `FUNCTIONS`, numbers and names. Everything else is refused with the line and a caret.
"""

import ast
import math
import re
import textwrap
from dataclasses import dataclass, field

from lstmkit.engine.functions import FUNCTIONS
from lstmkit.engine.source import Place, Source
from lstmkit.engine.tree import (
    Binary,
    Call,
    Line,
    Name,
    Negative,
    Node,
    Number,
    Operator,
    Previous,
    Product,
)
from lstmkit.errors import CellError, nearest

MAX_CHARACTERS = 20_000
MAX_NESTING = 40
MAX_PARTS_OF_LINE = 200
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
CHARACTERS = re.compile(r"[A-Za-z0-9_+\-*/@()\[\],.= \n]")
OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
ALLOWED = (
    "Allowed are + - * /, W @ e, q[-1], numbers, names, and the functions "
    + ", ".join(FUNCTIONS)
    + "."
)


@dataclass
class Reading:
    """What one pass over a text found: its lines, and where each name was used for what."""

    source: Source
    lines: list[Line] = field(default_factory=list)
    defined: dict[str, int] = field(default_factory=dict)
    maps: dict[str, Place] = field(default_factory=dict)
    vectors: dict[str, Place] = field(default_factory=dict)
    states: dict[str, Place] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def read_lines(text: str, name: str = "cell") -> Reading:
    """Reads a cell's text into lines of expression trees.

    Args:
        text: The equations, one quantity a line; `#` begins a comment.
        name: What errors call the text, for instance a file's name.

    Returns:
        The lines and the use of every name.

    Raises:
        CellError: The text is not a list of equations in the notation.
    """
    if not isinstance(text, str):
        raise CellError(f"{name}: expected a text of equations, got {type(text).__name__}.")
    source = Source(textwrap.dedent(text.replace("\r\n", "\n").expandtabs()), name)
    _check_characters(source)
    statements = _parse(source)
    reading = Reading(source)
    for statement in statements:
        target = _target(source, statement, reading.defined)
        reading.defined[target] = statement.lineno
    known: dict[str, int] = {}
    for (target, number), statement in zip(reading.defined.items(), statements, strict=True):
        assert isinstance(statement, ast.Assign)
        size = sum(isinstance(part, ast.expr) for part in ast.walk(statement.value))
        if size > MAX_PARTS_OF_LINE:
            raise source.error(
                _place(statement),
                f"this equation has {size} parts; at most {MAX_PARTS_OF_LINE} are read.",
                "Split it into several named quantities.",
            )
        expression = _Converter(reading, known).convert(statement.value)
        if isinstance(expression, Number):
            raise source.error(
                _place(statement),
                f"{target} is a constant.",
                "Write the number where it is used, or a learned vector.",
            )
        reading.lines.append(Line(target, expression, number))
        known[target] = number
    return reading


def _check_characters(source: Source) -> None:
    if len(source.text) > MAX_CHARACTERS:
        raise CellError(
            f"{source.name}: expected at most {MAX_CHARACTERS} characters of equations, "
            f"got {len(source.text)}. A cell is a few lines; is this the right file?"
        )
    depth = 0
    for number, line in enumerate(source.text.split("\n"), start=1):
        for column, character in enumerate(line.split("#", 1)[0]):
            if not CHARACTERS.match(character):
                raise source.error(
                    Place(number, column, column + 1),
                    f"the character {character!r} is not part of the notation.",
                    ALLOWED,
                )
            depth += (character in "([") - (character in ")]")
            if depth > MAX_NESTING:
                raise source.error(
                    Place(number, column, column + 1),
                    f"brackets are nested deeper than {MAX_NESTING}.",
                    "Name the inner parts on lines of their own.",
                )


def _parse(source: Source) -> list[ast.stmt]:
    try:
        statements = ast.parse(source.text).body
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), source.text.count("\n") + 1)
        start = max((error.offset or 1) - 1, 0)
        raise source.error(
            Place(line, start, start + 1),
            "this cannot be read as an equation.",
            "Write one quantity a line, for example: f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)",
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise CellError(
            f"{source.name}: the text is nested too deeply to be read. "
            "Name the inner parts on lines of their own."
        ) from None
    if not statements:
        raise CellError(
            f"{source.name}: expected equations, got an empty text. "
            "The shortest cell is: h = tanh(W @ x + U @ h[-1] + b)"
        )
    return statements


def _place(node: ast.expr | ast.stmt) -> Place:
    end = node.end_col_offset if node.end_lineno == node.lineno else node.col_offset + 1
    return Place(node.lineno, node.col_offset, end or node.col_offset + 1)


def _target(source: Source, statement: ast.stmt, defined: dict[str, int]) -> str:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        raise source.error(
            _place(statement),
            "this is not an equation.",
            "Write one quantity a line: name = expression.",
        )
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        raise source.error(
            _place(target),
            "the left side must be one plain name.",
            "Write name = expression; the step before is only ever read, never written.",
        )
    _check_name(source, target.id, _place(target))
    if target.id == "x":
        raise source.error(_place(target), "x is the input.", "Give this quantity another name.")
    if target.id in defined:
        raise source.error(
            _place(target),
            f"{target.id} is already defined on line {defined[target.id]}.",
            "Each quantity has one equation; give the second another name.",
        )
    return target.id


def _check_name(source: Source, name: str, place: Place) -> None:
    if name in FUNCTIONS:
        raise source.error(
            place, f"{name} is a function, not a quantity.", f"Write {name}(...), or rename it."
        )
    if not NAME.fullmatch(name) or "__" in name:
        raise source.error(
            place,
            f"{name[:40]!r} cannot name a quantity.",
            "A name begins with a letter, has at most 32 letters, digits and single underscores.",
        )


class _Converter:
    """Turns one right-hand side into a tree, noting the role of each name."""

    def __init__(self, reading: Reading, known: dict[str, int]) -> None:
        self.reading = reading
        self.known = known

    def convert(self, node: ast.expr) -> Node:
        match node:
            case ast.Constant(value=bool()):
                raise self.refuse(node, "this is not a number.")
            case ast.Constant(value=int() | float() as value):
                return self.number(node, value)
            case ast.Name(id=name):
                return self.name(node, name)
            case ast.Subscript():
                return self.previous(node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.convert(operand)
                return Number(-inner.value) if isinstance(inner, Number) else Negative(inner)
            case ast.BinOp(op=ast.MatMult(), left=left, right=right):
                return self.product(node, left, right)
            case ast.BinOp(op=operation, left=left, right=right) if type(operation) in OPERATORS:
                return self.arithmetic(node, OPERATORS[type(operation)], left, right)
            case ast.Call():
                return self.call(node)
            case _:
                raise self.refuse(node, "this is not part of the notation.")

    def arithmetic(
        self, node: ast.expr, operator: Operator, left: ast.expr, right: ast.expr
    ) -> Node:
        first, second = self.convert(left), self.convert(right)
        if operator == "/" and second == Number(0.0):
            raise self.refuse(node, "this divides by zero.", "Divide by something else.")
        if isinstance(first, Number) and isinstance(second, Number):
            a, b = first.value, second.value
            folded = {"+": a + b, "-": a - b, "*": a * b}.get(operator)
            return self.number(node, a / b if folded is None else folded)
        return Binary(operator, first, second)

    def refuse(self, node: ast.expr, problem: str, remedy: str = ALLOWED) -> CellError:
        return self.reading.source.error(_place(node), problem, remedy)

    def number(self, node: ast.expr, value: int | float) -> Number:
        try:
            constant = float(value)
        except OverflowError:
            constant = float("inf")
        if not math.isfinite(constant):
            raise self.refuse(node, "this number is too large.", "Write a finite constant.")
        return Number(constant)

    def name(self, node: ast.expr, name: str) -> Name:
        reading = self.reading
        _check_name(reading.source, name, _place(node))
        if name in self.known:
            reading.used.add(name)
        elif name in reading.defined:
            raise self.refuse(
                node,
                f"{name} is read before line {reading.defined[name]} defines it.",
                f"Write {name}[-1] for the step before, or move its equation above this line.",
            )
        elif name != "x":
            self.role(node, name, reading.vectors, reading.maps, "a map", "a vector")
        else:
            reading.used.add("x")
        return Name(name)

    def role(
        self,
        node: ast.expr,
        name: str,
        here: dict[str, Place],
        other: dict[str, Place],
        is_other: str,
        is_here: str,
    ) -> None:
        if name in other:
            raise self.refuse(
                node,
                f"{name} is {is_here} here and {is_other} on line {other[name].line}.",
                "A map stands before @, a vector does not; give one of them another name.",
            )
        here.setdefault(name, _place(node))

    def previous(self, node: ast.Subscript) -> Previous:
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
            raise self.refuse(node, "this cannot be read.", steps_back)
        name = node.value.id
        if name not in self.reading.defined:
            known = self.reading.defined
            raise self.refuse(
                node,
                f"{name}[-1] is read, but no line defines {name}.",
                f"The quantities of this cell are {', '.join(known)}.{nearest(name, known)}",
            )
        self.reading.states.setdefault(name, _place(node))
        return Previous(name)

    def product(self, node: ast.expr, left: ast.expr, right: ast.expr) -> Product:
        if not isinstance(left, ast.Name):
            raise self.refuse(
                left,
                "only a learned map may stand before @.",
                "Put the product in brackets: r * (U @ h[-1]), or A @ (B @ x).",
            )
        reading = self.reading
        _check_name(reading.source, left.id, _place(left))
        if left.id in reading.defined or left.id == "x":
            raise self.refuse(
                left,
                f"{left.id} is a quantity, and only a learned map may stand before @.",
                "A map is a name that no line defines; * multiplies unit by unit.",
            )
        self.role(left, left.id, reading.maps, reading.vectors, "a vector", "a map")
        return Product(left.id, self.convert(right))

    def call(self, node: ast.Call) -> Call:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            called = node.func.id if isinstance(node.func, ast.Name) else "this"
            raise self.refuse(
                node.func,
                f"{called} is not a function of the notation.",
                f"Known are {', '.join(FUNCTIONS)}.{nearest(called, FUNCTIONS)}",
            )
        name = node.func.id
        arity = FUNCTIONS[name].arity
        if node.keywords or len(node.args) != arity:
            came = len(node.args) + len(node.keywords)
            raise self.refuse(
                node,
                f"{name} takes {arity} argument{'s' * (arity > 1)}, got {came}.",
                f"{name}: {FUNCTIONS[name].meaning}.",
            )
        arguments = tuple(self.convert(argument) for argument in node.args)
        if all(isinstance(argument, Number) for argument in arguments):
            raise self.refuse(node, "this is a constant.", "Write the number itself.")
        return Call(name, arguments)
