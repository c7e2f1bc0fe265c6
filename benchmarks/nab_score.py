"""The score of the Numenta anomaly benchmark (Lavin and Ahmad 2015), standard profile and others.

An alarm in a window that holds an anomaly earns the more, the earlier it comes; only the best of a
window counts. An alarm elsewhere costs, the less the closer it lies behind a window. A window
without an alarm costs one. With y the place in the window, from -1 at its first row to 0 just after
its last, and beyond 0 behind it, counted in window lengths,

    sigma(y) = 2 / (1 + exp(5 y)) - 1

so that an alarm in a window earns sigma(y) / sigma(-1), and one elsewhere 0.11 sigma(y), at the
worst -0.11. The first 15 % of each file, at most 750 rows, count for nothing. One threshold for all
files is chosen so that the sum is the largest; 0 is what a detector without alarms gets, 100 what
one gets that warns at the first row of each window and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

PROBATION, LONGEST = 0.15, 5000


class Profile(NamedTuple):
    """What alarms are worth.

    Attributes:
        found: An anomaly found.
        missed: An anomaly missed.
        false: A false alarm.
    """

    found: float = 1.0
    missed: float = 1.0
    false: float = 0.11


@dataclass(frozen=True)
class Truth:
    """Where the anomalies of a file are.

    Attributes:
        rows: Rows of the file.
        windows: First and last row of each window, in order.
    """

    rows: int
    windows: Sequence[tuple[int, int]]

    @property
    def probation(self) -> int:
        """Rows at the beginning that count for nothing."""
        return int(min(np.floor(PROBATION * self.rows), PROBATION * LONGEST))


class Result(NamedTuple):
    """The best that scores can do.

    Attributes:
        normalised: From 0, no alarm at all, to 100.
        threshold: Alarms are rows with this score or more; infinite for none.
        found: Windows found.
        windows: Windows there are.
        false: False alarms, in rows.
    """

    normalised: float
    threshold: float
    found: int
    windows: int
    false: int


def sigma(place: np.ndarray) -> np.ndarray:
    """Worth of an alarm by its place; -1 from three window lengths behind a window on."""
    worth: np.ndarray = np.where(place > 3.0, -1.0, 2 / (1 + np.exp(5 * place)) - 1)
    return worth


def worths(truth: Truth, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    """What an alarm at each row is worth, and the number of its window, -1 outside of all."""
    places = np.arange(truth.rows)
    worth, window = np.full(truth.rows, -profile.false), np.full(truth.rows, -1)
    for number, (first, last) in enumerate(truth.windows):
        width = last - first + 1
        behind = places > last
        worth[behind] = profile.false * sigma((places[behind] - last) / max(width - 1, 1))
        inside = slice(first, last + 1)
        earned = sigma(-(last - places[inside] + 1) / width)
        worth[inside] = profile.found * earned / sigma(np.array(-1.0))
        window[inside] = number
    return worth, window


def best(
    truths: Sequence[Truth], scores: Sequence[np.ndarray], profile: Profile | None = None
) -> Result:
    """Finds the threshold that is best for all files together.

    Args:
        truths: For each file where its anomalies are.
        scores: For each how unusual each row is, any numbers.
        profile: What alarms are worth; the standard one if not given.

    Returns:
        The normalised score at that threshold.
    """
    profile = profile or Profile()
    gains, heights, inside, finds = [], [], [], []
    for truth, score in zip(truths, scores, strict=True):
        worth, window = worths(truth, profile)
        counted = np.arange(truth.rows) >= truth.probation
        gain = np.where(window < 0, worth, 0.0)
        find = np.zeros(truth.rows, bool)
        for number in range(len(truth.windows)):
            rows = np.flatnonzero((window == number) & counted)
            rows = rows[np.argsort(-score[rows], kind="stable")]
            # what each row adds to the best of its window as the threshold falls
            reached = np.maximum.accumulate(np.append(-profile.missed, worth[rows]))
            gain[rows] = np.diff(reached)
            find[rows[:1]] = True
        gains.append(gain[counted])
        heights.append(score[counted])
        inside.append(window[counted] >= 0)
        finds.append(find[counted])
    gain, height = np.concatenate(gains), np.concatenate(heights)
    windows = sum(len(truth.windows) for truth in truths)
    order = np.argsort(-height, kind="stable")
    totals = np.cumsum(gain[order])
    # a threshold takes in all rows of one score
    ends = np.flatnonzero(np.diff(height[order], append=-np.inf))
    top = int(ends[totals[ends].argmax()])
    if totals[top] <= 0:
        return Result(0.0, np.inf, 0, windows, 0)
    alarms = order[: top + 1]
    whole = profile.found * windows + profile.missed * windows
    return Result(
        100 * float(totals[top]) / whole,
        float(height[order[top]]),
        int(np.concatenate(finds)[alarms].sum()),
        windows,
        int((~np.concatenate(inside)[alarms]).sum()),
    )
