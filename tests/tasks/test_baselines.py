"""Baselines equal plain loops, and know nothing from after the origin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lstmkit.data import Columns, all_origins, read_series
from lstmkit.tasks.baselines import (
    baseline_forecasts,
    baseline_frames,
    drift,
    naive,
    seasonal_naive,
)

NUMBERS = st.floats(-100, 100)


def by_loop(values, origin, horizon, season):
    """Naive, seasonal naive and drift of one channel without missing values."""
    steps = range(1, horizon + 1)
    seasonal = []
    for k in steps:
        at = origin + k
        while at > origin:
            at -= season
        seasonal.append(values[at] if at >= 0 else values[origin])
    slope = (values[origin] - values[0]) / max(origin, 1)
    return (
        [values[origin]] * horizon,
        seasonal,
        [values[origin] + slope * k for k in steps],
    )


@given(arrays(np.float64, (10, 2), elements=NUMBERS), st.integers(1, 6), st.integers(1, 12))
def test_baselines_equal_those_of_a_loop(target, horizon, season):
    origins = np.array([9, 0, 4])
    found = (
        naive(target, origins, horizon),
        seasonal_naive(target, origins, horizon, season),
        drift(target, origins, horizon),
    )
    for place, origin in enumerate(origins):
        for channel in range(2):
            expected = by_loop(target[:, channel], origin, horizon, season)
            for values, plain in zip(found, expected, strict=True):
                np.testing.assert_allclose(values[place, :, channel], plain, atol=1e-9)


@given(
    arrays(np.float64, (12, 1), elements=NUMBERS | st.just(np.nan)),
    st.integers(0, 11),
    st.integers(1, 5),
)
def test_values_after_the_origin_change_no_baseline(target, origin, season):
    planted = target.copy()
    planted[origin + 1 :] = 1e30
    row = np.array([origin])
    for before, after in [
        (naive(target, row, 3), naive(planted, row, 3)),
        (seasonal_naive(target, row, 3, season), seasonal_naive(planted, row, 3, season)),
        (drift(target, row, 3), drift(planted, row, 3)),
    ]:
        np.testing.assert_array_equal(before, after)


def test_missing_values_are_passed_over():
    target = np.array([[np.nan], [2.0], [4.0], [6.0], [np.nan]])
    origin = np.array([4])
    assert naive(target, origin, 2).ravel().tolist() == [6, 6]
    assert seasonal_naive(target, origin, 2, season=2).ravel().tolist() == [6, 4]
    assert drift(target, origin, 2).ravel().tolist() == [10, 12]
    assert np.isnan(naive(target, np.array([0]), 2)).all()
    assert np.isnan(drift(target, np.array([0]), 2)).all()


@pytest.fixture
def two_series():
    table = {"id": list("aaaaabbbb"), "y": [*range(5), 9, 8, 9, 8], "z": range(9)}
    return read_series(table, Columns.of(["y", "z"], series="id"))


def test_origins_of_several_series_in_any_order(two_series):
    origins = np.array([[1, 3], [0, 2], [1, 1]])
    found = baseline_forecasts(two_series, origins, 2, season=2)
    assert list(found) == ["naive", "seasonal_naive", "drift"]
    assert found["naive"][:, 0, 0].tolist() == [8, 2, 8]
    assert found["seasonal_naive"][0, :, 0].tolist() == [9, 8]
    assert found["drift"][1, :, 1].tolist() == [3, 4]
    assert list(baseline_forecasts(two_series, origins, 2)) == ["naive", "drift"]


def test_frames_hold_time_truth_and_forecast_of_each_step(two_series):
    origins = all_origins([np.array([3]), np.array([3])])
    frame = baseline_frames(two_series, origins, 2)["naive"]
    assert frame.columns == ["series", "origin", "time", "step", "target", "truth", "forecast"]
    assert frame.rows()[:4] == [
        ("a", 3, 4, 1, "y", 4.0, 3.0),
        ("a", 3, 5, 2, "y", None, 3.0),
        ("a", 3, 4, 1, "z", 4.0, 3.0),
        ("a", 3, 5, 2, "z", None, 3.0),
    ]
    assert frame.filter(series="b", target="y")["time"].to_list() == [4, 5]
