"""The thread pool that torch uses, lent to the engine, so that two pools never fight for a core."""

import ctypes
import os
from functools import lru_cache
from pathlib import Path

import torch

# whose symbols torch itself finds: what all libraries see, then what torch's own brings along
PLACES = (None, *(Path(torch.__file__).parent / "lib").glob("libtorch_cpu.*"))
_forks: list[int] = []

if hasattr(os, "register_at_fork"):
    # the pool's threads stay behind in the parent
    os.register_at_fork(after_in_child=lambda: _forks.append(os.getpid()))


@lru_cache(maxsize=1)
def _shared() -> tuple[int, int, int]:
    """Addresses of the OpenMP runtime's functions to start a team, to count it, to number it.

    A process may hold several such runtimes, because other packages bring their own.
    """
    names = ("GOMP_parallel", "omp_get_num_threads", "omp_get_thread_num")
    for place in PLACES:
        try:
            library = ctypes.CDLL(None if place is None else str(place))
            found = [ctypes.cast(getattr(library, name), ctypes.c_void_p).value for name in names]
        except (OSError, AttributeError, TypeError):  # the last where there is no common namespace
            continue
        if all(found):
            return int(found[0] or 0), int(found[1] or 0), int(found[2] or 0)
    return 0, 0, 0


def pool() -> tuple[int, int, int]:
    """Returns the addresses that the engine needs to run on torch's pool; zeros where it cannot.

    With zeros the engine starts threads of its own for each call.
    """
    return (0, 0, 0) if _forks else _shared()
