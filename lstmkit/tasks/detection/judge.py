"""A detector's scores and alarms judged, beside those that the last value would give."""

from typing import TYPE_CHECKING, Any

import numpy as np

from lstmkit.tasks.detection.detection_scores import detection_scores, events_found, runs
from lstmkit.tasks.detection.marks import marks
from lstmkit.tasks.sequence.given import Given

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
    naive = np.concatenate([task.naive_.follow(one.naive)[0] for one in errors])
    alarm = task.answer(outputs)
    overall = {
        "lstmkit": _plain([one.own for one in errors], alarm),
        BASELINE: _plain([one.naive for one in errors], task.answer(naive)),
    }
    found: dict[str, Any] = {
        "overall": overall,
        "sequences": len(given.sequences),
        "steps": len(outputs),
        "alarms": int(alarm.sum()),
        "threshold": task.threshold_,
    }
    if given.target is None:
        return found
    told = marks(given.target)
    truth = np.concatenate(told)
    known = truth >= 0
    for name, rows in (("lstmkit", outputs), (BASELINE, naive)):
        scores = detection_scores(rows[known, 0], task.answer(rows)[known], truth[known] == 1)
        overall[name] = scores | {"error": overall[name]["error"]}
    cuts = np.cumsum(given.sequences.lengths)[:-1]
    pairs = zip(np.split(alarm, cuts), told, strict=True)
    return found | {
        "events": sum(len(runs(one == 1)) for one in told),
        "events_found": sum(events_found(each, one == 1) for each, one in pairs),
    }


def _plain(errors: list[np.ndarray], alarm: np.ndarray) -> dict[str, float | None]:
    sizes = np.abs(np.concatenate(errors))
    known = ~np.isnan(sizes)
    error = float(sizes[known].mean()) if known.any() else None
    return {"error": error, "alarms": float(alarm.mean())}
