"""Which series in files a run of a detector is judged by."""

import numpy as np

from lstmkit.data.step_places import Steps
from lstmkit.data.stored_steps import StoredSteps
from lstmkit.errors import DataError
from lstmkit.tasks.detection.clean_parts import first_held
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.step_labels import ragged

JUDGED_STEPS = 200_000
"""Steps, about, that a run is judged by and draws where series are in files."""


def parted_files(
    given: Given, steps: StoredSteps, share: float, *, seed: int
) -> tuple[Given, Given]:
    """Parts series in files into what is learnt from and what is judged by; see `parted`.

    Args:
        given: The series.
        steps: Their steps.
        share: Share to judge by.
        seed: Source of randomness.

    Returns:
        What to learn from, in files, and what to judge by, in memory.

    Raises:
        DataError: Nothing to judge by, or to learn from.
    """
    first = first_held(steps.lengths, share, seed=seed, groups=given.groups)
    some = np.flatnonzero(first > 0)
    if not len(some) or (first >= steps.lengths).all():
        raise DataError(
            f"data: expected series long enough to judge by {share:.0%} of their steps, got "
            f"{len(steps)} of at most {steps.lengths.max()}. Give longer ones, or a table of their "
            "own: test=... (command line: --test)."
        )
    learnt = steps.take(some).shortened(first[some])
    return Given(learnt, None, given.columns, learnt.groups), to_judge(given, steps, first)


def to_judge(given: Given, steps: StoredSteps, first: np.ndarray) -> Given:
    """Reads what a run is judged by: about 200,000 steps, of series spread evenly over the files.

    Args:
        given: The series.
        steps: Their steps.
        first: First step of each series to judge by (N,).

    Returns:
        Series in memory, with labels where there is a column of them.
    """
    source, labelled = steps.source, bool(steps.source.columns.target)
    held = np.flatnonzero(first < steps.lengths)
    left = (steps.lengths - first)[held]
    number = max(1, min(len(held), JUDGED_STEPS * len(held) // int(left.sum())))
    found: list[Steps] = []
    for place in held[np.linspace(0, len(held) - 1, number).round().astype(np.int64)].tolist():
        begin = int(source.starts[steps.places[place]] + first[place])
        end = begin + min(int(steps.lengths[place] - first[place]), JUDGED_STEPS)
        found += source.piece(begin, end, labelled=labelled)
    target = ragged([one.labels for one in found]) if labelled else None
    return Given(steps.in_memory(found), target, given.columns)
