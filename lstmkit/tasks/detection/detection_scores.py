"""How good scores and alarms are where it is known which steps are anomalous."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from lstmkit.tasks.sequence.scikit_metrics import scikit_metrics


def detection_scores(
    score: Float[np.ndarray, " steps"],
    alarm: Bool[np.ndarray, " steps"],
    anomalous: Bool[np.ndarray, " steps"],
) -> dict[str, float | None]:
    """Scores steps one by one: no step is counted as found because its neighbour was.

    Args:
        score: How unusual each step is.
        alarm: Where the score is above the threshold.
        anomalous: Where there truly is an anomaly.

    Returns:
        auroc and auprc of the score, None where all steps are alike; f1, precision and recall
        of the alarms; and false_alarms, their share of the clean steps.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    metrics: Any = scikit_metrics()
    both = bool(anomalous.any()) and not bool(anomalous.all())
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        anomalous, alarm, average="binary", zero_division=0.0
    )
    found = {
        "auroc": metrics.roc_auc_score(anomalous, score) if both else None,
        "auprc": metrics.average_precision_score(anomalous, score) if both else None,
        "f1": f1 if anomalous.any() else None,
        "precision": precision if anomalous.any() else None,
        "recall": recall if anomalous.any() else None,
        "false_alarms": alarm[~anomalous].mean() if not anomalous.all() else None,
    }
    return {name: None if value is None else float(value) for name, value in found.items()}


def events_found(alarm: Bool[np.ndarray, " steps"], anomalous: Bool[np.ndarray, " steps"]) -> int:
    """Counts runs of anomalous steps of one series with an alarm in them.

    Example:
        >>> events_found(np.array([0, 1, 0, 0, 1]) > 0, np.array([1, 1, 0, 1, 0]) > 0)
        1
    """
    return sum(bool(alarm[first:last].any()) for first, last in runs(anomalous))


def runs(marked: Bool[np.ndarray, " steps"]) -> list[tuple[int, int]]:
    """First step and end of each run of marked steps.

    Example:
        >>> runs(np.array([0, 1, 1, 0, 1]) > 0)
        [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(marked.astype(np.int8), prepend=0, append=0))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
