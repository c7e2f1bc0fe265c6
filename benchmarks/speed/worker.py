"""Measures the points of one number of threads, in a process that was started for it."""

import os
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed import questions
from benchmarks.speed.point import Point, flops
from benchmarks.speed.records import Records


def settings(threads: int) -> dict[str, str]:
    """Returns the environment variables that hold every contender to a number of threads."""
    count = str(threads)
    return {
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false" if threads == 1 else "",
        "KERAS_BACKEND": "jax",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def processors(threads: int) -> set[int] | None:
    """Returns as many processors as threads, each a core of its own where there are enough.

    None where the system does not let a process choose.
    """
    if not hasattr(os, "sched_getaffinity"):
        return None
    by_core: dict[str, int] = {}
    allowed = sorted(os.sched_getaffinity(0))
    for one in allowed:
        siblings = Path(f"/sys/devices/system/cpu/cpu{one}/topology/thread_siblings_list")
        core = siblings.read_text() if siblings.exists() else str(one)
        by_core.setdefault(core, one)
    chosen = [*by_core.values(), *(one for one in allowed if one not in by_core.values())]
    return set(chosen[:threads])


def cost(points: Sequence[Point]) -> float:
    """Guesses how long points take, in any unit: as long as 20 GFLOP, and their arithmetic."""
    return sum(2e10 + flops(point) for point in points)


def work(options: Namespace, threads: int) -> None:
    """Measures what is not in the file of results yet.

    Args:
        options: From the command line.
        threads: Threads of this process; it must have started with `settings(threads)`.
    """
    chosen = processors(threads)
    if chosen is not None:  # before anybody counts processors to size a pool
        os.sched_setaffinity(0, chosen)
    import torch

    torch.set_num_threads(threads)
    records = Records(options.folder / f"{options.question}.jsonl")
    question = questions.find(options.question)
    todo = [point for point in question.points(options) if point.threads == threads]
    done = [found["point"] for found in records.all()]
    todo = [point for point in todo if point.key() not in done]
    began = time.monotonic()
    said: set[str] = set()
    for count, point in enumerate(todo):
        result = question.measure(point, options.rounds)
        records.append(point.key(), result)
        for remark in set(result["remarks"]) - said:
            print(remark, file=sys.stderr, flush=True)
        said |= set(result["remarks"])
        passed = time.monotonic() - began
        left = passed * cost(todo[count + 1 :]) / cost(todo[: count + 1])
        shown = ", ".join(f"{n} {ratio:.2f}" for n, ratio in result.get("ratios", {}).items())
        print(
            f"{count + 1}/{len(todo)} {point}: {shown or 'done'}; {left / 60:.0f} min left",
            file=sys.stderr,
            flush=True,
        )
