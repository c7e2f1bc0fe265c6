"""The house: each room imports only from the rooms below it."""

import ast
from pathlib import Path

import pytest

import lstmkit

PACKAGE = Path(lstmkit.__file__).parent
# from the top of the house to its ground
ROOMS = ("cli", "tasks", "train", "data", "inspect", "export", "compat", "nn", "cells", "engine")
GROUND = ("errors",)
# the front door and the door of `python -m lstmkit` open onto every room
DOORS = ("__init__", "__main__")
HEAVY_TABLES = {"accelerate", "matplotlib", "narwhals", "pandas", "polars", "pyarrow"}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def imported(source: str, module: str) -> set[str]:
    """Every module that a file imports, inside functions too, as absolute dotted names."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}, line {node.lineno}: imports are absolute"
            assert node.module is not None
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            names.update(
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )
    return names


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def rooms_imported(source: str, module: str) -> set[str]:
    dotted = (name.split(".") for name in imported(source, module))
    return {parts[1] for parts in dotted if parts[0] == "lstmkit" and len(parts) > 1}


def complaint(room: str, other: str) -> str | None:
    """Why `room` may not import from `other`, or None if it may."""
    if other in GROUND or other == room:
        return None
    if other not in ROOMS:
        return f"{other} is no room: name it in tests/meta/test_structure.py or move it into one"
    if room in GROUND or ROOMS.index(other) < ROOMS.index(room):
        return f"{room} lies below {other}"
    return None


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path: Path):
    relative = path.relative_to(PACKAGE)
    room = room_of(relative.parts)
    rooms = rooms_imported(path.read_text(), str(relative))
    if room in DOORS:
        assert rooms <= {*ROOMS, *GROUND}
        return
    complaints = [complaint(room, other) for other in sorted(rooms)]
    assert [one for one in complaints if one] == []


def test_every_file_lies_in_a_room():
    assert {room_of(path.relative_to(PACKAGE).parts) for path in FILES} <= {
        *ROOMS,
        *GROUND,
        *DOORS,
    }


@pytest.mark.parametrize("room", ["engine", "cells", "nn"])
def test_the_network_knows_nothing_of_tables(room: str):
    for path in (PACKAGE / room).rglob("*.py"):
        names = {name.split(".")[0] for name in imported(path.read_text(), str(path))}
        drawing = {"matplotlib"} if "drawing" in path.parts else set()
        assert names & (HEAVY_TABLES - drawing) == set(), path


@pytest.mark.parametrize(
    ("room", "source", "complains"),
    [
        ("engine", "from lstmkit.nn import LSTM", True),
        ("engine", "def late():\n    import lstmkit.cells.lstm", True),
        ("engine", "importlib.import_module('lstmkit.tasks')", True),
        ("engine", "from lstmkit import nn", True),
        ("errors", "from lstmkit.engine import Cell", True),
        ("nn", "from lstmkit.shelf import thing", True),
        ("inspect", "from lstmkit.train import fit", True),
        ("inspect", "from lstmkit.data import Series", True),
        ("inspect", "from lstmkit.nn import LSTM", False),
        ("train", "from lstmkit.inspect import GradientWatch", False),
        ("nn", "from lstmkit.engine import Cell", False),
        ("cli", "import lstmkit.tasks, polars", False),
        ("cells", "from lstmkit.errors import CellError", False),
    ],
)
def test_the_check_sees_what_it_should(room: str, source: str, complains: bool):
    rooms = rooms_imported(source, "example")
    assert any(complaint(room, other) for other in rooms) == complains


def test_a_relative_import_is_refused():
    with pytest.raises(AssertionError, match="absolute"):
        imported("from . import tree", "example")
