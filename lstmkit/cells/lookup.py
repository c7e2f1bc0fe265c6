"""Finding a cell: by name, by published abbreviation, as a text, in a file."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from lstmkit.engine import Cell
from lstmkit.errors import CellError, nearest

ABBREVIATION = re.compile(r"\(([A-Z]+)\)$")
# far longer than a cell may be; keeps a wrong file from being read whole
MAX_BYTES = 100_000


def look_up(cell: str | Cell | os.PathLike[str], catalogue: Mapping[str, Cell]) -> Cell:
    """Finds a cell in a catalogue, or reads it from a text or a file; `find` says how."""
    if isinstance(cell, Cell):
        found = cell
    elif isinstance(cell, os.PathLike):
        found = _from_file(Path(cell))
    elif not isinstance(cell, str):
        raise CellError(
            f"find: expected the name of a cell, a text of equations, a Path or a Cell, "
            f"got {type(cell).__name__}."
        )
    elif "\n" in cell or "=" in cell:
        found = Cell(text=cell)
    else:
        return _by_name(cell, catalogue)
    # reading here, and not at first use, shows a wrong text where it was given
    assert found.equations.lines
    return found


def _by_name(name: str, catalogue: Mapping[str, Cell]) -> Cell:
    wanted = re.sub(r"[\s-]+", "_", name.strip().lower())
    if wanted in catalogue:
        return catalogue[wanted]
    short = {abbreviation.lower(): cell for abbreviation, cell in _abbreviations(catalogue)}
    if wanted in short:
        return short[wanted]
    known = [*catalogue, *(abbreviation for abbreviation, _ in _abbreviations(catalogue))]
    raise CellError(
        f"find: expected the name of a cell or a text of equations, got {name[:60]!r}."
        f"{nearest(wanted, known) or nearest(wanted.upper(), known)} "
        f"The catalogue has {', '.join(known)}. A cell of your own is given by its equations, "
        "as in: h = tanh(W @ x + U @ h[-1] + b)"
    )


def _abbreviations(catalogue: Mapping[str, Cell]) -> list[tuple[str, Cell]]:
    matches = ((ABBREVIATION.search(cell.title), cell) for cell in catalogue.values())
    return [(match[1], cell) for match, cell in matches if match]


def _from_file(path: Path) -> Cell:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES).decode()
    except OSError as error:
        raise CellError(
            f"find: the cell's file {path} cannot be read: {error.strerror}. "
            "Give the path of a text file of equations."
        ) from None
    except UnicodeDecodeError:
        raise CellError(
            f"find: {path} is not a text. A cell's file holds equations, one a line."
        ) from None
    return Cell(text=text, name=path.name, title=path.stem)
