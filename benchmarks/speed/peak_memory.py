"""Peak memory of one contender's training step; runs in a process of its own.

    python -m benchmarks.speed.peak_memory NAME POINT

VmHWM of /proc/self/status is the largest resident memory since it was last cleared: it sees what
every allocator took, torch's, oneDNN's, XLA's and ours, where a profiler sees only its own.
"""

import ctypes
import gc
import json
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.speed import contenders
from benchmarks.speed.point import Point, numbers

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
# these compile at their first step, and a compiler's memory is not the step's
COMPILED_BY_STEP = {"jax", "keras"}
REPEATS = 3


def field(text: str, name: str) -> int:
    """Reads a field of /proc/self/status, in bytes."""
    line = next(line for line in text.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def clear_peak() -> None:
    """Gives back what is free, and starts the peak anew from what is left."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    CLEAR.write_text("5")


def peak(name: str, point: Point) -> int:
    """Measures the memory that training steps take beyond input and weights.

    Args:
        name: The contender.
        point: The shape.

    Returns:
        Bytes: the peak over a few steps, less what was resident before the first of them.
    """
    module = contenders.find(name)
    assert not isinstance(module, str)
    # libraries load and threads start before we look
    small = replace(point, steps=2, batch=1, hidden=16, input=16)
    module.prepare(small, numbers(small)).run()
    prepared = module.prepare(point, numbers(point))
    if name in COMPILED_BY_STEP:
        prepared.run()
    clear_peak()
    before = field(STATUS.read_text(), "VmRSS")
    for _ in range(REPEATS):
        prepared.run()
    return field(STATUS.read_text(), "VmHWM") - before


def main() -> None:
    """Prints the number of bytes."""
    name, text = sys.argv[1:]
    point = Point(**json.loads(text))
    import torch

    torch.set_num_threads(point.threads)
    print(peak(name, point))


if __name__ == "__main__":
    main()
