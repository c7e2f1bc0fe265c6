"""Times several jobs side by side, so that a slow minute weighs on all of them."""

import math
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.speed import load

Job = Callable[[], Any]
ROUNDS = 20
FEW = 8  # rounds that count however long they take
ENOUGH = 20.0  # seconds after which no more than FEW are wanted
PATIENCE = 60  # rounds tried before disturbed ones are accepted, and said to be
DISTURBED = 0.03  # share of the machine that other programs took
SAMPLE = 0.04  # seconds; shorter jobs are repeated for as long
SLOW = 0.5  # seconds; a rival this slow takes part in every other round only
STRIDE = 2
SETTLE = 0.02  # seconds in which the threads of the job before stop waiting for more


@dataclass(frozen=True, slots=True)
class Timing:
    """What came out.

    Attributes:
        seconds: Median time of a call, by job.
        ratios: Median over rounds of a job's time over the first job's in the same round.
        rounds: Rounds in which each job took part.
        thrown_away: Rounds not counted because other programs took part of the machine.
        foreign: Largest share of the machine that others took in a round that counts; None where
            the system does not say.
    """

    seconds: dict[str, float]
    ratios: dict[str, float]
    rounds: dict[str, int]
    thrown_away: int
    foreign: float | None


def seconds(job: Job, repeats: int) -> float:
    """Mean time of a job over some repeats."""
    began = time.perf_counter()
    for _ in range(repeats):
        job()
    return (time.perf_counter() - began) / repeats


def compare(
    jobs: Mapping[str, Job],
    *,
    every_round: Sequence[str] = (),
    rounds: int = ROUNDS,
    settle: float = SETTLE,
) -> Timing:
    """Times jobs side by side in rounds whose order rotates.

    Args:
        jobs: By name; the others are divided by the first.
        every_round: Jobs that take part in every round, however slow; the first always does.
        rounds: Rounds that must count; where they would take over `ENOUGH` seconds, as many as
            fit, and `FEW` at least.
        settle: Pause before each job, in seconds.

    Returns:
        Medians.
    """
    first, *_ = jobs
    once = {name: _first_guess(job) for name, job in jobs.items()}
    lasts = sum(max(SAMPLE, guess) + settle for guess in once.values())
    rounds = min(rounds, max(FEW, int(ENOUGH / lasts)))
    repeats = {name: max(1, math.ceil(SAMPLE / guess)) for name, guess in once.items()}
    loyal = {first, *every_round}
    strides = {n: STRIDE if once[n] > SLOW and n not in loyal else 1 for n in jobs}
    processors = os.cpu_count() or 1
    kept: list[dict[str, float]] = []
    shares: list[float] = []
    disturbed: list[tuple[float, dict[str, float]]] = []
    for attempt in range(PATIENCE):
        number = len(kept)  # a disturbed round is run again with the same jobs
        before = load.read()
        found = {}
        for name in rotated(list(jobs), attempt):
            if number % strides[name]:
                continue
            time.sleep(settle)
            if once[name] < SAMPLE:
                jobs[name]()
            found[name] = seconds(jobs[name], repeats[name])
        after = load.read()
        found = {name: found[name] for name in jobs if name in found}
        if before is not None and after is not None:
            share = load.foreign_share(before, after, processors)
            if share > DISTURBED:
                disturbed.append((share, found))
                continue
            shares.append(share)
        kept.append(found)
        if len(kept) == rounds:
            break
    if len(kept) < rounds:  # no quiet machine: the least disturbed of the rest
        disturbed.sort(key=lambda one: one[0])
        borrowed = disturbed[: rounds - len(kept)]
        kept += [found for _, found in borrowed]
        shares += [share for share, _ in borrowed]
        disturbed = disturbed[len(borrowed) :]
    return summary(kept, first, len(disturbed), max(shares) if shares else None)


def summary(
    kept: Sequence[Mapping[str, float]], first: str, thrown_away: int, foreign: float | None
) -> Timing:
    """Takes medians over rounds.

    Args:
        kept: For each round the time of every job that took part in it.
        first: The job that the others are divided by; it took part in all rounds.
        thrown_away: Rounds not among `kept`.
        foreign: Largest foreign share among `kept`.

    Returns:
        The medians.
    """
    names = list(dict.fromkeys(name for found in kept for name in found))
    times = {n: [found[n] for found in kept if n in found] for n in names}
    over = {n: [found[n] / found[first] for found in kept if n in found] for n in names}
    return Timing(
        seconds={n: statistics.median(values) for n, values in times.items()},
        ratios={n: statistics.median(values) for n, values in over.items()},
        rounds={n: len(values) for n, values in times.items()},
        thrown_away=thrown_away,
        foreign=foreign,
    )


def rotated(names: list[str], number: int) -> list[str]:
    """Returns the order of a round: it starts one further each time, and turns round half way."""
    k = number % len(names)
    order = names[k:] + names[:k]
    return order if number // len(names) % 2 == 0 else order[::-1]


def _first_guess(job: Job) -> float:
    """Time of one call; of a short one not the first, which sets things up."""
    once = seconds(job, 1)
    return once if once > SLOW else min(seconds(job, 1), seconds(job, 1))
