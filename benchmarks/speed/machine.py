"""The machine's own limits, measured by a small C++ program, and the roof they set."""

import json
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed import load
from benchmarks.speed.interleave import DISTURBED
from benchmarks.speed.point import Point, flops
from benchmarks.speed.records import processor

SOURCE = Path(__file__).with_name("machine.cpp")
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Machine:
    """Limits by number of threads.

    Attributes:
        fma: Operations a second, a multiply-add counted as two.
        read: Bytes a second read over and over from memory of so many bytes, shared out between
            the threads.
        travel: Seconds that a line of memory takes from one core to another and back, for several
            attempts; none with one core.
        disturbed: Whether other programs took part of the machine during every attempt; the true
            limits are then higher.
    """

    fma: dict[int, float]
    read: dict[int, dict[int, float]]
    travel: list[float]
    disturbed: bool = False

    def bandwidth(self, threads: int, size: float) -> float:
        """Returns the bytes a second that `threads` read from `size` bytes.

        Between two sizes that were measured it goes by logarithms.
        """
        known = self.read[threads]
        sizes = sorted(known)
        if size <= sizes[0] or size >= sizes[-1]:
            return known[sizes[0] if size <= sizes[0] else sizes[-1]]
        above = next(one for one in sizes if one >= size)
        below = sizes[max(0, sizes.index(above) - 1)]
        if above == below:
            return known[above]
        part = math.log(size / below) / math.log(above / below)
        return known[below] * math.pow(known[above] / known[below], part)


def roof(machine: Machine, point: Point, bytes_per_weight: int = 4) -> float:
    r"""Returns the arithmetic a second that no program can beat at batch 1.

    Every step must read the recurrent map (4H x H) anew, forward and again backward; all other
    products may run at the multiply-add peak, because they can take many steps at once:

    .. math::
        t = T p \, \frac{16 H^2}{\text{bandwidth}} + \frac{F - p F_U}{\text{peak}}

    with p passes of the recurrent map (1, in training 2), :math:`F_U = 8 H^2 T` and F all
    arithmetic. The bandwidth is that of memory as large as the map.

    Args:
        machine: Its limits.
        point: The shape; batch 1.
        bytes_per_weight: 4 for float32.

    Returns:
        Operations a second, :math:`F / t`.
    """
    passes = 2 if point.mode == "training" else 1
    size = 4.0 * point.hidden * point.hidden * bytes_per_weight
    peak = machine.fma[point.threads]
    recurrent = 8.0 * point.hidden**2 * point.steps
    reading = max(size / machine.bandwidth(point.threads, size) * point.steps, recurrent / peak)
    total = flops(point)
    return total / (passes * reading + (total - passes * recurrent) / peak)


def machine(folder: Path, threads: list[int]) -> Machine | str:
    """Measures the machine, or reads what was measured before in this folder.

    Args:
        folder: Where the answer is kept, in `machine.json`.
        threads: Numbers of threads to measure.

    Returns:
        Its limits, or one line that says why there are none.
    """
    kept = folder / "machine.json"
    if kept.exists():
        found = json.loads(kept.read_text())
        limits = found["limits"]
        if found["processor"] == processor() and "travel" in limits:
            known = _read(limits)
            if set(threads) <= set(known.fma):
                return known
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("clang++")
    if compiler is None:
        return "machine limits are left out: no C++ compiler (CXX names one)"
    print("measuring the machine's limits ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as place:
        program = Path(place) / "machine"
        native = "-mcpu=native" if platform.machine() in ("arm64", "aarch64") else "-march=native"
        build = [compiler, "-O2", "-std=c++17", native, "-ffp-contract=fast", "-pthread"]
        try:
            subprocess.run([*build, str(SOURCE), "-o", str(program)], check=True, text=True)
            measured = _measure([str(program), *map(str, threads)])
        except (OSError, subprocess.CalledProcessError) as error:
            return f"machine limits are left out: {error}"
    if not measured.disturbed:
        folder.mkdir(parents=True, exist_ok=True)
        limits = {"fma": measured.fma, "read": measured.read, "travel": measured.travel}
        kept.write_text(json.dumps({"processor": processor(), "limits": limits}))
    return measured


def _measure(command: list[str]) -> Machine:
    """Runs the program until nobody else was working; the best of the attempts otherwise."""
    attempts: list[Machine] = []
    for _ in range(ATTEMPTS):
        before = load.read()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        after = load.read()
        found = _read(json.loads(done.stdout))
        if before is None or after is None:
            return found
        if load.foreign_share(before, after, os.cpu_count() or 1) <= DISTURBED:
            return found
        attempts.append(found)
    return highest(attempts)


def highest(attempts: Sequence[Machine]) -> Machine:
    """Joins disturbed attempts: others only ever take away, so the highest is nearest."""
    first = attempts[0]
    return Machine(
        fma={n: max(one.fma[n] for one in attempts) for n in first.fma},
        read={
            n: {size: max(one.read[n][size] for one in attempts) for size in sizes}
            for n, sizes in first.read.items()
        },
        travel=min((one.travel for one in attempts), key=sum),
        disturbed=True,
    )


def _read(found: dict[str, Any]) -> Machine:
    return Machine(
        fma={int(n): float(rate) for n, rate in found["fma"].items()},
        read={
            int(n): {int(size): float(rate) for size, rate in rates.items()}
            for n, rates in found["read"].items()
        },
        travel=found["travel"],
    )
