"""The reader: from a cell's text to its lines, by Python's own parser, with nothing evaluated.

Only arithmetic passes: `+ - * /`, `@` for a learned map, `[-1]` for the step before, calls of the
functions in `FUNCTIONS`, numbers and names. Everything else is refused with the line and a caret.
"""

import ast
import re
import textwrap

from lstmkit.engine.converter import Converter
from lstmkit.engine.reading import ALLOWED, Reading, check_name, place_of
from lstmkit.engine.source import Place, Source
from lstmkit.engine.tree import Line, Number
from lstmkit.errors import CellError

MAX_CHARACTERS = 20_000
MAX_NESTING = 40
MAX_PARTS_OF_LINE = 200
CHARACTERS = re.compile(r"[A-Za-z0-9_+\-*/@()\[\],.= \n]")


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
                place_of(statement),
                f"this equation has {size} parts; at most {MAX_PARTS_OF_LINE} are read.",
                "Split it into several named quantities.",
            )
        expression = Converter(reading, known).convert(statement.value)
        if isinstance(expression, Number):
            raise source.error(
                place_of(statement),
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


def _target(source: Source, statement: ast.stmt, defined: dict[str, int]) -> str:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        raise source.error(
            place_of(statement),
            "this is not an equation.",
            "Write one quantity a line: name = expression.",
        )
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        raise source.error(
            place_of(target),
            "the left side must be one plain name.",
            "Write name = expression; the step before is only ever read, never written.",
        )
    check_name(source, target.id, place_of(target))
    if target.id == "x":
        raise source.error(place_of(target), "x is the input.", "Give this quantity another name.")
    if target.id in defined:
        raise source.error(
            place_of(target),
            f"{target.id} is already defined on line {defined[target.id]}.",
            "Each quantity has one equation; give the second another name.",
        )
    return target.id
