"""What one pass over a cell's text finds, and the names that the notation allows."""

import ast
import re
from dataclasses import dataclass, field

from lstmkit.engine.functions import FUNCTIONS
from lstmkit.engine.source import Place, Source
from lstmkit.engine.tree import Line

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
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


def place_of(node: ast.expr | ast.stmt) -> Place:
    """Where a part of the text stands, for a caret below it."""
    end = node.end_col_offset if node.end_lineno == node.lineno else node.col_offset + 1
    return Place(node.lineno, node.col_offset, end or node.col_offset + 1)


def check_name(source: Source, name: str, place: Place) -> None:
    """Refuses what cannot name a quantity.

    Args:
        source: The text.
        name: The name.
        place: Where it stands.

    Raises:
        CellError: A function's name, or no name of the notation.
    """
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
