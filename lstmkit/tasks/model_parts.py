"""What every task's model file has: facts of a cell, and a reason where something is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lstmkit.engine import Cell
from lstmkit.errors import LstmkitError, ModelFileError


def cell_from(facts: dict[str, Any]) -> Cell:
    """The cell with the facts that building and running it need; its text is read, never run."""
    tuples = {name: tuple(facts[name]) for name in ("shared", "joint")}
    return Cell(**(facts | tuples | {"limit": None}))


def check_task(path: Path, metadata: dict[str, Any], task: str) -> None:
    """Refuses the file of another task.

    Raises:
        ModelFileError: It holds another one, or none.
    """
    if metadata.get("task") != task:
        raise ModelFileError(
            f"load: {path} holds {metadata.get('task', 'no task')!r}, expected a {task}."
        )


@contextmanager
def complete(path: Path, task: str) -> Iterator[None]:
    """Turns what goes wrong while a task is built from a file into a sentence.

    Raises:
        ModelFileError: The file lacks something, or holds something else in its place.
    """
    try:
        yield
    except LstmkitError:
        raise
    except (KeyError, TypeError, IndexError, RuntimeError, AttributeError) as error:
        raise ModelFileError(
            f"load: {path} lacks what a {task} needs ({type(error).__name__}: {error}). "
            "Copy it again from where it was made, or train anew."
        ) from error
