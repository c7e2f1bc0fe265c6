"""What compiling takes: the wait for a user's cell at its first use, and the package's build."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from benchmarks.speed.machine import Machine
from benchmarks.speed.point import Point
from benchmarks.speed.questions import Rows, sizes
from benchmarks.speed.tables import markdown
from benchmarks.speed.texts import TEXTS
from lstmkit.cells import CATALOGUE
from lstmkit.cells.in_advance import in_advance
from lstmkit.engine.cpu.build import build_all

TITLE = "Compiling"
NOTE = (
    "Seconds from a cell's text to its first output, in a fresh process each (median and worst of "
    "five): with an empty cache, and when the cache holds the cell. Then what the build of the "
    "package compiles, once: the engine and all cells for every instruction set of this family of "
    "processors, two compilers side by side."
)
THREADS = (2,)
REPEATS = 5


def points(options: Namespace) -> list[Point]:
    """One; compiling knows no sizes."""
    return sizes("first", options, [64], [1], ["inference"])


def measure(point: Point, rounds: int) -> dict[str, Any]:
    """Waits for three cells that are in no catalogue, and builds all libraries anew."""
    waits: dict[str, dict[str, list[float]]] = {}
    for name in TEXTS:
        empty, kept = [], []
        for _ in range(REPEATS):
            with tempfile.TemporaryDirectory() as cache:
                empty.append(_wait(name, cache))
                kept.append(_wait(name, cache))
        waits[name] = {"empty": empty, "kept": kept}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        libraries = build_all(Path(folder), in_advance(CATALOGUE))
        built = time.perf_counter() - began
    return {"waits": waits, "build": built, "libraries": len(libraries), "remarks": []}


def _wait(name: str, cache: str) -> float:
    words = [sys.executable, "-m", "benchmarks.speed.first_use", name]
    environment = os.environ | {"LSTMKIT_CACHE": cache}
    done = subprocess.run(
        words, check=True, stdout=subprocess.PIPE, text=True, env=environment
    ).stdout
    return float(done)


def table(rows: Rows, machine: Machine | None) -> str:
    """A row for each cell, and one for the build."""
    body = []
    for _, result in rows:
        for name, waits in result["waits"].items():
            body.append([name, *(_seconds(waits[which]) for which in ("empty", "kept"))])
        body.append([f"the build: {result['libraries']} libraries", f"{result['build']:.0f}", ""])
    return markdown(["what", "compiled, s", "from the cache, s"], body)


def _seconds(waits: list[float]) -> str:
    return f"{statistics.median(waits):.2f} ({max(waits):.2f})"
