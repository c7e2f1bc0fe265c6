"""How many threads a scan is worth, what they share out, and how long they may be left alone."""

from collections.abc import Callable

import torch

from lstmkit.engine.cpu.program import Program

# multiply-adds of one stretch and thread, twice: about a tenth of a second, so that Ctrl-C is heard
STRETCH = 5e9
# fewer than these in a scan, or a hundredth of them in a step, do not pay for waking a thread up
WORTH_A_TEAM = 4e5
LOT = 256  # rows after which the gradients of maps may be left alone, as in native/call.h
MOST_THREADS = 64  # as in native/threads.h
# recurrent weights up to this size stay near every core, so that all may read all of them
NEAR = 1 << 20


def team(program: Program, batch: int, steps: int) -> tuple[int, bool]:
    """Chooses the team for a scan.

    Args:
        program: The cell.
        batch: Rows.
        steps: Steps.

    Returns:
        How many threads, and whether they share out rows; otherwise units.
    """
    work = program.work * batch
    threads = min(torch.get_num_threads(), MOST_THREADS)
    if work < WORTH_A_TEAM / 100 or work * steps < WORTH_A_TEAM:
        threads = 1
    small = program.recurrent_bytes <= NEAR
    return threads, small and batch >= 2 * threads


def fits_a_stretch(program: Program, rows: int) -> bool:
    """Whether so many rows of one step each are handed over at once.

    Args:
        program: The cell.
        rows: Rows.
    """
    return program.work * rows < STRETCH


def steps_at_once(program: Program, rows: int) -> int:
    """Chooses how many steps are handed over at once.

    Args:
        program: The cell.
        rows: Rows for each thread of the team.
    """
    return max(1, int(STRETCH / (program.work * rows)))


def hand_over(
    engine: Callable[..., None], handle: int, call: bytes, first: int, last: int, most: int
) -> None:
    """Hands the steps of a call over in stretches.

    Args:
        engine: The engine's function.
        handle: The cell, as the engine knows it.
        call: The call's numbers.
        first: From where.
        last: Up or down to where.
        most: Steps at once.
    """
    while first != last:
        until = min(last, first + most) if first < last else max(last, first - most)
        engine(handle, call, first, until)
        first = until


def hand_over_backward(program: Program, call: bytes, rows: int, steps: int, threads: int) -> None:
    """Hands the steps over from the last to the first, then what they leave to the maps.

    Args:
        program: The cell.
        call: The call's numbers.
        rows: Rows of a step.
        steps: Steps.
        threads: The team.
    """
    engine, lots = program.library.lstmkit_backward, -(-rows * steps // LOT)
    if fits_a_stretch(program, rows * steps):
        engine(program.handle, call, steps, -lots)
        return
    scanned = steps_at_once(program, max(1, rows // threads))
    summed = steps_at_once(program, max(1, LOT // threads))
    hand_over(engine, program.handle, call, steps, 0, scanned)
    hand_over(engine, program.handle, call, 0, -lots, summed)
