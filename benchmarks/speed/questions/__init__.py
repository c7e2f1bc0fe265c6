"""What is asked, one question a file: its points, its jobs, its table."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

from benchmarks.speed.interleave import Job
from benchmarks.speed.machine import Machine
from benchmarks.speed.point import Point

SHORT = {"grid": "the plain LSTM beside its peers"}
NAMES = tuple(SHORT)
Rows = Sequence[tuple[Point, Mapping[str, Any]]]


class Question(Protocol):
    """What a file of this folder gives."""

    TITLE: str
    NOTE: str

    def points(self, options: Namespace) -> list[Point]:
        """The rows to measure."""

    def jobs(self, point: Point) -> tuple[dict[str, Job], list[str]]:
        """What runs side by side, the first to be divided by; and remarks for the row."""

    def table(self, rows: Rows, machine: Machine | None) -> str:
        """The answer in Markdown."""


def find(name: str) -> Question:
    """Returns the question of a name."""
    return cast(Question, import_module(f"benchmarks.speed.questions.{name}"))
