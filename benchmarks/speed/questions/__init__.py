"""What is asked, one question a file: its points, its jobs, its table."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any, Protocol, cast

from benchmarks.speed.interleave import SETTLE, Job, compare
from benchmarks.speed.machine import Machine
from benchmarks.speed.point import Mode, Point

SHORT = {
    "grid": "the plain LSTM beside its peers",
    "cells": "every cell, and three texts of a user, beside our and torch's plain LSTM",
    "ragged": "lengths and resets, beside packed sequences and the loop of policy libraries",
    "memory": "peak memory of a training step",
    "step": "one step at a time",
    "precision": "weights of fewer bits",
    "parts": "products, arithmetic and Python of a call apart",
    "first": "the wait for a user's cell at its first use, and the package's build",
}
NAMES = tuple(SHORT)
Rows = Sequence[tuple[Point, Mapping[str, Any]]]


class Question(Protocol):
    """What a file of this folder gives; `THREADS` are measured where no others are asked for."""

    TITLE: str
    NOTE: str
    THREADS: tuple[int, ...]

    def points(self, options: Namespace) -> list[Point]:
        """The rows to measure."""

    def measure(self, point: Point, rounds: int) -> dict[str, Any]:
        """The result of one point, with `remarks` (lines for under the table) in it."""

    def table(self, rows: Rows, machine: Machine | None) -> str:
        """The answer in Markdown."""


def sizes(
    name: str,
    options: Namespace,
    hidden: Sequence[int],
    batch: Sequence[int],
    modes: Sequence[Mode],
) -> list[Point]:
    """Returns every combination of sizes for a question.

    Args:
        name: The question.
        options: From the command line; what is said there goes before what follows.
        hidden: Hidden sizes.
        batch: Batch sizes.
        modes: Modes.

    Returns:
        Points.
    """
    return [
        Point(name, mode, threads, rows, units, options.input or units, options.steps)
        for threads in options.threads
        for mode in modes
        if mode in (options.modes or modes)
        for units in options.hidden or hidden
        for rows in options.batch or batch
    ]


def timed(
    point: Point,
    jobs: Mapping[str, Job],
    remarks: Sequence[str],
    rounds: int,
    every_round: Sequence[str] = (),
) -> dict[str, Any]:
    """Times jobs side by side and returns what a file of results keeps.

    Args:
        point: For its number of threads.
        jobs: By name; the first is what others are divided by.
        remarks: Lines for under the table.
        rounds: Rounds that must count.
        every_round: Jobs that take part in every round, however slow.

    Returns:
        The timing and the remarks.
    """
    settle = SETTLE if point.threads > 1 else 0.0
    timing = compare(jobs, every_round=every_round, rounds=rounds, settle=settle)
    return asdict(timing) | {"remarks": list(remarks)}


def find(name: str) -> Question:
    """Returns the question of a name."""
    return cast(Question, import_module(f"benchmarks.speed.questions.{name}"))
