"""Peak memory of a training step, each contender in a process of its own."""

import json
import statistics
import subprocess
import sys
from argparse import Namespace
from typing import Any

from benchmarks.speed import contenders
from benchmarks.speed.machine import Machine
from benchmarks.speed.peak_memory import CLEAR
from benchmarks.speed.point import Point
from benchmarks.speed.questions import Rows, sizes
from benchmarks.speed.tables import geometric_mean, markdown, number

TITLE = "Peak memory of a training step"
NOTE = (
    "MiB beyond input and weights: the peak of resident memory (VmHWM) over three steps, less what "
    "was resident before; each contender in processes of its own. Of ours and torch's it is the "
    "median of five, from 32 MiB up one, of the others one. The system counts to about a quarter "
    "of a MiB. `least` is what the backward pass needs: i, f, g, o, c and h of every step, and the "
    "gradients of weights and input. The others over ours."
)
THREADS = (2,)
REPEATS = 5
REPEATED = ("ours", "torch")  # the aim is torch's peak, and the others take ten seconds to start
MIB = 2.0**20
LARGE = 32 * MIB  # what the system does not count is little beside it


def points(options: Namespace) -> list[Point]:
    """The grid of the times; `--quick` takes two sizes."""
    hidden = [128] if options.quick else [64, 128, 256, 512, 1024]
    batch = [8, 128] if options.quick else [1, 8, 32, 128]
    return sizes("memory", options, hidden, batch, ["training"])


def least(point: Point) -> int:
    """Returns the bytes that a step cannot do without: what is kept, and the gradients."""
    kept = 6 * point.hidden * point.batch * point.steps
    weights = 4 * point.hidden * (point.input + point.hidden + 1)
    return 4 * (kept + weights + point.batch * point.steps * point.input)


def measure(point: Point, rounds: int) -> dict[str, Any]:
    """Runs every contender that trains, a few times, one after another."""
    if not CLEAR.exists():
        return {"bytes": {}, "remarks": ["memory is not measured: no /proc/self/clear_refs"]}
    remarks = []
    found: dict[str, float] = {}
    for name in contenders.FILES:
        module = contenders.find(name)
        if isinstance(module, str):
            remarks.append(module)
        elif point.mode in module.MODES:
            found[name] = _taken(name, point)
    return {
        "bytes": found,
        "ratios": {name: value / found["ours"] for name, value in found.items()},
        "remarks": remarks,
    }


def _taken(name: str, point: Point) -> float:
    first = _one(name, point)
    if first > LARGE or name not in REPEATED:
        return first
    return statistics.median([first, *(_one(name, point) for _ in range(REPEATS - 1))])


def _one(name: str, point: Point) -> int:
    words = [sys.executable, "-m", "benchmarks.speed.peak_memory", name, json.dumps(point.key())]
    return int(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)


def table(rows: Rows, machine: Machine | None) -> str:
    """One table, and geometric means at its end."""
    peers = [n for n in contenders.FILES if n != "ours" and any(n in r["bytes"] for _, r in rows)]
    body = []
    for point, result in rows:
        if not result["bytes"]:
            continue
        taken = result["bytes"]["ours"] / MIB
        body.append(
            [str(point.threads), f"{point.input}, {point.hidden}", str(point.batch)]
            + [number(least(point) / MIB), number(taken)]
            + [
                f"{result['ratios'][name]:.2f}" if name in result["ratios"] else ""
                for name in peers
            ]
        )
    means = [
        geometric_mean([r["ratios"][n] for _, r in rows if n in r.get("ratios", {})]) for n in peers
    ]
    head = ["threads", "I, H", "B", "least, MiB", "ours, MiB"]
    head += [contenders.LABELS[name] for name in peers]
    return markdown(head, [*body, ["**geometric mean**", "", "", "", "", *means]])
