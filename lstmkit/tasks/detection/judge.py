"""A detector's scores and alarms judged, beside those that the last value would give."""

from typing import TYPE_CHECKING, Any

import numpy as np

from lstmkit.data.stored_steps import StoredSteps
from lstmkit.tasks.detection.detection_scores import detection_scores, events_found, runs
from lstmkit.tasks.detection.errors import Late
from lstmkit.tasks.detection.marks import marks
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.step_labels import ragged

if TYPE_CHECKING:
    from lstmkit.tasks.detection.detection_task import DetectionTask

BASELINE = "last value"


def judged(task: "DetectionTask", given: Given, outputs: np.ndarray) -> dict[str, Any]:
    """Judges `outputs` for `given`.

    Args:
        task: The task.
        given: Series, with labels or without.
        outputs: Its answers for them.

    Returns:
        "overall": for "lstmkit" and "last value" the mean absolute "error" in standard deviations
        and the share of "alarms"; where there are labels, instead of that share what
        `detection_scores` tells.
        "sequences", "steps", "alarms", "threshold"; with labels "events" and "events_found".
    """
    errors = task.step_errors(given.sequences)
    naive = np.concatenate([task.naive_.follow(one.naive)[0][:, 0] for one in errors])
    sizes = [
        _mean(np.abs(np.concatenate(part)))
        for part in ([one.own for one in errors], [one.naive for one in errors])
    ]
    told = None if given.target is None else marks(given.target)
    scores = np.stack([outputs[:, 0], naive])
    return _told(task, scores, sizes, given.sequences.lengths, told)


def judged_in_files(task: "DetectionTask", steps: StoredSteps) -> dict[str, Any]:
    """Judges a task by series in files, piece by piece; see `judged`.

    Args:
        task: The task.
        steps: The series. Two scores and the label of every step are kept.
    """
    labelled = bool(steps.source.columns.target)
    late: list[Late | None] = [None, None]
    total, number = np.zeros(2), np.zeros(2, np.int64)
    scores: list[np.ndarray] = []
    told: list[list[np.ndarray]] = []
    for piece, errors in task.follow(steps, labelled=labelled):
        if not piece.first:
            late = [None, None]
            told.append([])
        rows = []
        for way, (model, one) in enumerate(zip((task.errors_, task.naive_), errors, strict=True)):
            found, late[way] = model.follow(one, late[way])
            rows.append(found[:, 0].copy())
            total[way] += np.nansum(np.abs(one))
            number[way] += int((~np.isnan(one)).sum())
        scores.append(np.stack(rows))
        if piece.labels is not None:
            told[-1] += marks(ragged([piece.labels]))
    sizes = [float(one / many) if many else None for one, many in zip(total, number, strict=True)]
    truth = [np.concatenate(one) for one in told] if labelled else None
    return _told(task, np.concatenate(scores, axis=1), sizes, steps.lengths, truth)


def _told(
    task: "DetectionTask",
    scores: np.ndarray,
    sizes: list[float | None],
    lengths: np.ndarray,
    told: list[np.ndarray] | None,
) -> dict[str, Any]:
    """What `judged` returns, by the scores and mean errors of the task and of the baseline."""
    alarms = scores >= task.threshold_
    names = ("lstmkit", BASELINE)
    overall: dict[str, dict[str, float | None]] = {
        name: {"error": size, "alarms": float(alarm.mean())}
        for name, size, alarm in zip(names, sizes, alarms, strict=True)
    }
    found: dict[str, Any] = {
        "overall": overall,
        "sequences": len(lengths),
        "steps": scores.shape[1],
        "alarms": int(alarms[0].sum()),
        "threshold": task.threshold_,
    }
    if told is None:
        return found
    truth = np.concatenate(told)
    known = truth >= 0
    for name, score, alarm in zip(names, scores, alarms, strict=True):
        scored = detection_scores(score[known], alarm[known], truth[known] == 1)
        overall[name] = scored | {"error": overall[name]["error"]}
    pairs = zip(np.split(alarms[0], np.cumsum(lengths)[:-1]), told, strict=True)
    return found | {
        "events": sum(len(runs(one == 1)) for one in told),
        "events_found": sum(events_found(each, one == 1) for each, one in pairs),
    }


def _mean(sizes: np.ndarray) -> float | None:
    known = ~np.isnan(sizes)
    return float(sizes[known].mean()) if known.any() else None
