"""Anomalies that are planted in clean series."""

import numpy as np
import pytest

from benchmarks.planted import KINDS, SETTINGS, measured, planted, scaled, smoothed


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_steps_that_are_named_are_changed(kind: str) -> None:
    values = np.random.default_rng(0).normal(size=1000).cumsum()
    for seed in range(20):
        found = planted(values, kind, 700, values.std(), np.random.default_rng(seed))
        assert found is not None
        changed, anomalous = found
        assert np.array_equal(changed[~anomalous], values[~anomalous])
        assert np.abs(changed - values).max() >= 0.1 * values.std()
        steps = np.flatnonzero(anomalous)
        assert steps[0] >= 700
        assert len(steps) == np.ptp(steps) + 1
        assert len(steps) == 1 if kind == "spike" else 10 <= len(steps) <= 150


def test_what_changes_nothing_is_no_anomaly() -> None:
    rng = np.random.default_rng(0)
    for kind in ("frozen", "scaled", "backwards", "smoothed"):
        assert planted(np.ones(200), kind, 100, 1.0, rng) is None
    assert planted(np.ones(200), "level", 100, 1.0, rng) is not None
    # of two steps one may be changed
    found = planted(np.arange(100.0), "level", 98, 1.0, rng)
    assert found is not None
    assert found[1].sum() == 1


def test_a_mean_of_ten_steps_and_distances_from_it() -> None:
    values = np.arange(30.0)
    assert smoothed(values)[5:25].tolist() == (values[5:25] - 0.5).tolist()
    rng = np.random.default_rng(0)
    ratios = [np.ptp(scaled(values, rng)) / np.ptp(values) for _ in range(50)]
    assert all(1.5 <= max(one, 1 / one) <= 3 for one in ratios)
    assert min(ratios) < 1 < max(ratios)
    assert scaled(values, rng).mean() == pytest.approx(values.mean())


def test_a_detector_is_measured_by_what_is_planted_in_its_held_out_part() -> None:
    rng = np.random.default_rng(0)
    command = rng.choice([0.0, 1 / 1.0001], 240)
    value = np.sin(np.arange(240) / 5) / 2 + 0.5 + rng.normal(0, 0.02, 240)
    found = measured(np.column_stack([value, command]), "forecast", 0)
    assert list(found) == [f"{smoothing}, {memory}" for smoothing, memory in SETTINGS]
    for by_kind in found.values():
        assert set(by_kind) == {*KINDS, "alarms"}
        assert all(0 <= one <= 1 for one in by_kind.values())
        assert by_kind["alarms"] < 0.1
    # one step of 72, and those after it
    assert found["10, 500"]["spike"] > 0.1
    assert found["10, 500"] != found["100, 500"]
