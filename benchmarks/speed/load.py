"""How much of the machine other programs take while we measure."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")


def idle_seconds(text: str, ticks_per_second: int) -> float:
    """Reads from the text of /proc/stat how long all processors together have had nothing to do.

    The fields of the first line are user, nice, system, idle, iowait and more, in ticks. Idle
    time is kept exactly by the kernel, where working time is sampled at the ticks.
    """
    fields = text.splitlines()[0].split()
    return (int(fields[4]) + int(fields[5])) / ticks_per_second


@dataclass(frozen=True, slots=True)
class Reading:
    """Clocks at one moment, in seconds.

    Attributes:
        wall: Of the wall.
        own: Processor time of this process, all threads, and of children that have ended.
        idle: Idle time of all processors.
    """

    wall: float
    own: float
    idle: float


def read() -> Reading | None:
    """Reads the clocks; None where the system has no /proc/stat."""
    try:
        text = STAT.read_text()
    except OSError:
        return None
    import resource

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = time.process_time() + children.ru_utime + children.ru_stime
    idle = idle_seconds(text, os.sysconf("SC_CLK_TCK"))
    return Reading(time.perf_counter(), own, idle)


def foreign_share(before: Reading, after: Reading, processors: int) -> float:
    """Returns the part of the machine's time that was neither idle nor ours.

    One tick a processor is taken off, because idle time is told in whole ticks.

    Args:
        before: Clocks at the start.
        after: Clocks at the end.
        processors: Processors of the machine.

    Returns:
        Between 0 and 1.
    """
    all_time = (after.wall - before.wall) * processors
    busy = all_time - (after.idle - before.idle)
    foreign = busy - (after.own - before.own) - 0.01 * processors
    return min(1.0, max(0.0, foreign / all_time))
