"""VUS-PR beside a slow version that follows the definition step by step."""

import numpy as np
import pytest

from benchmarks.vus import THRESHOLDS, soft_labels, vus_pr


def slowly(score: np.ndarray, anomalous: np.ndarray, longest: int) -> float:
    steps, areas = len(score), []
    where = np.flatnonzero(anomalous)
    for length in range(longest + 1):
        soft = np.zeros(steps)
        for step in range(steps):
            if anomalous[step]:
                soft[step] = 1.0
                continue
            # nearest step of each anomaly: the first or the last of its run
            for w in where:
                first = w == 0 or not anomalous[w - 1]
                last = w == steps - 1 or not anomalous[w + 1]
                away = step - w if last and step > w else w - step if first and step < w else 0
                if 0 < away <= length // 2:
                    soft[step] += np.sqrt(1 - away / length)
        soft = np.minimum(soft, 1.0)
        groups = np.cumsum(np.diff((soft > 0).astype(int), prepend=0) == 1) * (soft > 0)
        area, before = 0.0, 0.0
        for rank in np.linspace(0, steps - 1, THRESHOLDS).astype(int):
            alarm = score >= np.sort(score)[::-1][rank]
            hits = soft[alarm].sum()
            buffers = soft[alarm & ~anomalous].sum()
            there = len(set(groups[alarm]) - {0}) / groups.max()
            recall = there * min(hits / (anomalous.sum() + buffers / 2), 1.0)
            area += (recall - before) * hits / alarm.sum()
            before = recall
        areas.append(area)
    return float(np.mean(areas))


@pytest.mark.parametrize("ties", [False, True])
def test_it_is_what_the_definition_says(ties: bool) -> None:
    rng = np.random.default_rng(0)
    anomalous = np.zeros(60, bool)
    anomalous[10:13] = anomalous[17:18] = anomalous[55:60] = True
    score = rng.random(60) + anomalous
    score = np.round(score * 4) if ties else score
    assert vus_pr(score, anomalous, 8) == pytest.approx(slowly(score, anomalous, 8))


def test_a_perfect_score_and_one_that_is_a_little_late() -> None:
    anomalous = np.zeros(400, bool)
    anomalous[100:120] = True
    perfect = vus_pr(anomalous.astype(float), anomalous, 0)
    assert perfect == pytest.approx(1.0)
    late, far = np.roll(anomalous, 8).astype(float), np.roll(anomalous, 150).astype(float)
    assert vus_pr(late, anomalous, 40) > vus_pr(late, anomalous, 0) + 0.05
    assert vus_pr(far, anomalous, 40) < 0.2


def test_buffers_fade_and_never_exceed_one() -> None:
    anomalous = np.zeros(12, bool)
    anomalous[[4, 7]] = True
    edges = np.array([[4, 5], [7, 8]])
    soft = soft_labels(anomalous, edges, 4)
    assert soft[3] == pytest.approx(np.sqrt(0.75))
    assert soft[2] == pytest.approx(np.sqrt(0.5))
    assert soft[1] == 0.0
    assert soft.max() == 1.0
    assert np.array_equal(soft_labels(anomalous, edges, 0), anomalous.astype(float))
