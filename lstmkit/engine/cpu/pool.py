"""The thread pool that torch uses, lent to the engine, so that two pools never fight for a core."""

import ctypes
import os
from functools import lru_cache
from pathlib import Path

MAPPINGS = Path("/proc/self/maps")
_forks: list[int] = []

if hasattr(os, "register_at_fork"):
    # the pool's threads stay behind in the parent
    os.register_at_fork(after_in_child=lambda: _forks.append(os.getpid()))


@lru_cache(maxsize=1)
def _shared() -> tuple[int, int, int]:
    """Addresses of the OpenMP runtime's functions to start a team, to count it, to number it."""
    names = ("GOMP_parallel", "omp_get_num_threads", "omp_get_thread_num")
    for path in _runtimes():
        try:
            runtime = ctypes.CDLL(path)
            found = [ctypes.cast(getattr(runtime, name), ctypes.c_void_p).value for name in names]
        except (OSError, AttributeError):
            continue
        if all(found):
            return int(found[0] or 0), int(found[1] or 0), int(found[2] or 0)
    return 0, 0, 0


def _runtimes() -> list[str]:
    if not MAPPINGS.exists():
        return []
    mapped = {line.split()[-1] for line in MAPPINGS.read_text().splitlines() if "/" in line}
    known = ("libgomp", "libomp", "libiomp")
    return sorted(path for path in mapped if Path(path).name.startswith(known))


def pool() -> tuple[int, int, int]:
    """Returns the addresses that the engine needs to run on torch's pool; zeros where it cannot.

    With zeros the engine starts threads of its own for each call.
    """
    return (0, 0, 0) if _forks else _shared()
