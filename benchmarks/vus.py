"""The volume under the surface of precision and recall, VUS-PR (Paparrizos et al. 2022).

Precision and recall over single steps punish an alarm one step beside an anomaly as much as one far
away. Here an anomaly fades out over a buffer of l / 2 steps on either side, in which a step counts

    y = sqrt(1 - d / l)

d steps from the anomaly. Over these soft labels, with N steps alarmed at a threshold, P steps
anomalous, B the soft labels of the alarmed steps of the buffers, and existence the share of
anomalies, with their buffers, in which there is an alarm,

    TP = sum of y over alarmed steps
    precision = TP / N
    recall = existence * min(TP / (P + B / 2), 1)

The area below is taken by steps over 250 thresholds, and averaged over l from 0 to the longest.
No step counts as found because another one was.
"""

import numpy as np

THRESHOLDS = 250


def vus_pr(score: np.ndarray, anomalous: np.ndarray, longest: int = 100) -> float:
    """Computes VUS-PR of one series.

    Args:
        score: How unusual each step is (T,).
        anomalous: Where there is an anomaly, booleans (T,); at least one.
        longest: The longest buffer.

    Returns:
        The volume, from 0 to 1.
    """
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    ranks = np.linspace(0, len(score) - 1, THRESHOLDS).astype(np.int64)
    # equal scores are alarmed together
    alarmed = np.searchsorted(-falling, -falling[ranks], side="right")
    place = np.empty(len(score), np.int64)
    place[order] = np.arange(len(score))
    edges = np.flatnonzero(np.diff(anomalous.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    areas = [
        _area(order, place, alarmed, anomalous, edges, length) for length in range(longest + 1)
    ]
    return float(np.mean(areas))


def soft_labels(anomalous: np.ndarray, edges: np.ndarray, length: int) -> np.ndarray:
    """Labels that fade out over a buffer on either side of each anomaly, at most 1 (T,)."""
    soft = anomalous.astype(np.float64)
    for first, end in edges:
        after = np.arange(end, min(end + length // 2, len(soft)))
        before = np.arange(max(first - length // 2, 0), first)
        for steps, distance in ((after, after - end + 1), (before, first - before)):
            soft[steps] += np.sqrt(1 - distance / max(length, 1))
    capped: np.ndarray = np.minimum(soft, 1.0)
    return capped


def _area(
    order: np.ndarray,
    place: np.ndarray,
    alarmed: np.ndarray,
    anomalous: np.ndarray,
    edges: np.ndarray,
    length: int,
) -> float:
    soft = soft_labels(anomalous, edges, length)
    hits = np.cumsum(soft[order])[alarmed - 1]
    buffers = np.cumsum(np.where(anomalous, 0.0, soft)[order])[alarmed - 1]
    wide = np.flatnonzero(np.diff((soft > 0).astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    # an anomaly is there from the threshold on at which its first step is alarmed
    firsts = np.sort([place[first:end].min() for first, end in wide])
    existence = np.searchsorted(firsts, alarmed - 1, side="right") / len(firsts)
    recall = existence * np.minimum(hits / (anomalous.sum() + buffers / 2), 1.0)
    steps = np.diff(recall, prepend=0.0)
    return float(steps @ (hits / alarmed))
