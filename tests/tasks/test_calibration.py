"""Medians and bands that hold on what training has not seen."""

import numpy as np
import pytest

from lstmkit.tasks.calibration import band_factors, confirmed_share, widened

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_widened_bands_hold_the_stated_share_on_new_data(scale: float) -> None:
    random = np.random.default_rng(0)
    normal = np.array([-1.2816, -0.6745, 0.0, 0.6745, 1.2816])
    spread = random.uniform(0.5, 2, (400, 12, 2))
    quantiles = spread[..., None] * normal / scale  # the truth is `scale` times as spread
    truth = spread * random.normal(size=spread.shape)
    factors = band_factors(quantiles[:200], truth[:200], LEVELS)
    moved = widened(quantiles[200:], factors, LEVELS)
    for index, level in enumerate(LEVELS):
        share = (truth[200:] <= moved[..., index]).mean()
        assert share == pytest.approx(level, abs=0.02)


def test_the_median_stays_and_nothing_crosses() -> None:
    quantiles = np.sort(np.random.default_rng(1).normal(size=(50, 5)), axis=-1)
    moved = widened(quantiles, (0.3, 4.0, 1.0, 5.0, 0.2), LEVELS)
    assert (np.diff(moved, axis=-1) >= 0).all()
    assert np.array_equal(moved[..., 2], quantiles[..., 2])


def test_nothing_observed_changes_nothing() -> None:
    quantiles = np.zeros((3, 2, 1, 5))
    assert band_factors(quantiles, np.full((3, 2, 1), np.nan), LEVELS) == (1.0,) * 5


def test_missing_truth_does_not_count() -> None:
    random = np.random.default_rng(2)
    quantiles = np.tile(np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), (300, 4, 1, 1))
    truth = random.normal(size=(300, 4, 1))
    holed = truth.copy()
    holed[:, 2:] = np.nan
    assert band_factors(quantiles, holed, LEVELS) == band_factors(
        quantiles[:, :2], truth[:, :2], LEVELS
    )


def test_no_other_share_of_a_change_has_a_lower_absolute_error() -> None:
    random = np.random.default_rng(3)
    change = random.normal(size=(50, 6, 2))
    truth = 0.4 * change + random.standard_t(2, size=change.shape)
    truth[random.random(truth.shape) < 0.2] = np.nan
    share = confirmed_share(change, truth, 50)
    error = {
        one: np.nanmean(np.abs(truth - one * change)) for one in (*np.linspace(0, 1, 101), share)
    }
    assert 0.1 < share < 0.9
    assert error[share] == min(error.values())


@pytest.mark.parametrize(("truth", "share"), [(-1.0, 0.0), (0.5, 0.25), (9.0, 1.0), (np.nan, 1.0)])
def test_a_share_is_none_a_part_or_all(truth: float, share: float) -> None:
    change = np.array([2.0, 0.0]).reshape(2, 1, 1)
    assert confirmed_share(change, np.array([truth, 7.0]).reshape(2, 1, 1), 1) == share
    assert confirmed_share(np.zeros((2, 1, 1)), np.full((2, 1, 1), truth), 1) == 1


def test_a_gain_that_overlapping_windows_repeat_may_be_luck() -> None:
    truth = np.repeat([1.0, -0.5], [100, 60]).reshape(160, 1, 1)
    change = np.ones_like(truth)
    assert confirmed_share(change, truth, 160) == 1
    assert confirmed_share(change, truth, 2) == 0
    # one stretch of one target has no standard error
    assert confirmed_share(change, truth, 1) == 1
    assert confirmed_share(change, truth, 0) == 1


def test_targets_that_always_gain_and_lose_cast_no_doubt() -> None:
    change = np.ones((40, 5, 3))
    truth = change * [1.0, 0.9, -0.1]
    assert confirmed_share(change, truth, 4) > 0.8
    # unless there is nothing else to compare
    assert confirmed_share(change, truth, 1) == 0
    assert confirmed_share(change, change * [1.0, 0.9, 1.1], 1) == 1
    truth[:20], truth[:, :, 2] = np.nan, np.nan
    assert confirmed_share(change, truth, 4) > 0.8
