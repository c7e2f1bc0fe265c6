"""How the detector learns from series in files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lstmkit.data.stored_steps import StoredSteps
from lstmkit.tasks.detection.errors import ErrorModel, Late, usual_size, views
from lstmkit.tasks.detection.follow import Errors, require_errors
from lstmkit.tasks.detection.settings import judged_channels
from lstmkit.tasks.detection.stored_parts import StoredParts
from lstmkit.tasks.detection.stored_training import stored_training_rows

if TYPE_CHECKING:
    from lstmkit.tasks.detection.detection_learner import DetectionLearner

CALIBRATED = 100_000
"""Held-out steps whose errors are kept to set the threshold by, at most."""


def learn_stored(task: "DetectionLearner", steps: StoredSteps, **how: Any) -> None:
    """Fits a detector to series that are read piece by piece; `learn` of such series.

    Args:
        task: The detector, its settings checked.
        steps: The series.
        how: As for `learn`.

    Raises:
        DataError: Too little to learn from.
    """
    judged = judged_channels(task.judged, steps.channels)
    parts = StoredParts.of(steps, task.validation, seed=task.seed, judged=judged)
    task.columns_ = steps.source.columns
    task.prepared_ = parts.scales()
    survey = parts.survey(task.prepared_)
    task.train(*stored_training_rows(parts, task.prepared_, survey), **how)
    task.errors_, task.naive_ = calibrated(task, parts, survey.held)


def drawn_steps(number: int, most: int, *, seed: int) -> np.ndarray:
    """Draws steps spread over all: one of each of so many stretches, or all if they are few.

    Args:
        number: How many there are.
        most: How many may be drawn.
        seed: Source of randomness.

    Returns:
        Their numbers, ascending, int64.

    Example:
        >>> drawn_steps(4, 10, seed=0), len(drawn_steps(1_000, 100, seed=0))
        (array([0, 1, 2, 3]), 100)
    """
    edges = np.arange(min(number, most) + 1) * number // min(number, most)
    drawn: np.ndarray = edges[:-1] + np.random.default_rng(seed).integers(0, np.diff(edges))
    return drawn


class Held(NamedTuple):
    """Errors at some steps of a series, and which of these steps were drawn.

    Attributes:
        fresh: Whether the series begins with them.
        errors: The errors.
        drawn: Numbers of the steps that were drawn.
    """

    fresh: bool
    errors: Errors
    drawn: np.ndarray


def calibrated(
    task: "DetectionLearner", parts: StoredParts, number: int
) -> tuple[ErrorModel, ErrorModel]:
    """Learns what errors are like on held-out steps, in two passes over them.

    Args:
        task: The detector, its network trained.
        parts: Which steps are held out.
        number: How many they are. Of more than 100,000 as many are drawn, spread over all, and
            their errors alone are kept.

    Returns:
        What the errors of the network are like, and those of the last value.

    Raises:
        DataError: Series that are shorter than a window, or too few steps.
    """
    parts, drawn = parts.held_series(), drawn_steps(number, CALIBRATED, seed=task.seed)
    kept = [
        (one.errors.own[one.drawn], one.errors.naive[one.drawn])
        for one in _held(task, parts, drawn)
        if len(one.drawn)
    ]
    sizes = [np.concatenate(part) for part in zip(*kept, strict=True)]
    require_errors(sizes[:1], task.window, int(parts.steps.lengths.max()))
    clean = [usual_size(one) for one in sizes]
    how: dict[str, Any] = {"smoothing": task.smoothing, "memory": task.memory}
    late: list[Late | None] = [None, None]
    seen: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for one in _held(task, parts, drawn):
        for way, errors in enumerate(one.errors):
            before = None if one.fresh else late[way]
            found, late[way] = views(errors, clean[way], late=before, **how)
            if len(one.drawn):
                seen[way].append(found[one.drawn])
    own, naive = (
        ErrorModel.of(size, np.concatenate(found), channels=task.num_outputs, **how)
        for size, found in zip(clean, seen, strict=True)
    )
    return own, naive


def _held(task: "DetectionLearner", parts: StoredParts, drawn: np.ndarray) -> Iterator[Held]:
    """Errors along the series, and which steps were drawn among those held out."""
    passed = 0
    for steps, errors in task.follow(parts.steps, labelled=parts.labelled):
        places = np.flatnonzero(parts.part(steps).held)
        mine = slice(*np.searchsorted(drawn, [passed, passed + len(places)]).tolist())
        yield Held(not steps.first, errors, places[drawn[mine] - passed])
        passed += len(places)
