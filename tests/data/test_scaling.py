"""Scaling goes there and back, and learns from the known values it is given alone."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lstmkit.data import Categories, Scaler

NUMBERS = st.floats(-1e6, 1e6) | st.just(np.nan)
TABLES = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=NUMBERS)


@given(TABLES)
def test_unscale_undoes_scale(values):
    scaler = Scaler.fit([values])
    back = scaler.unscale(scaler.scale(values))
    np.testing.assert_allclose(back, values, rtol=1e-9, atol=1e-6)


@given(TABLES)
def test_scaled_channels_have_mean_0_and_deviation_1_or_0(values):
    scaled = Scaler.fit([values]).scale(values)
    for column in scaled.T:
        known = column[~np.isnan(column)]
        if len(known):
            assert abs(known.mean()) < 1e-3
            assert known.std() == pytest.approx(1, abs=1e-3) or np.ptp(known) < 1e-3


def test_each_series_has_its_own_scale_unless_shared():
    first, second = np.array([[1.0], [3.0]]), np.array([[100.0], [300.0]])
    own = Scaler.fit([first, second])
    np.testing.assert_array_equal(own.scale(first, 0), own.scale(second, 1))
    both = np.stack([first, second])
    np.testing.assert_array_equal(own.scale(both, np.array([0, 1]))[1], own.scale(second, 1))
    shared = Scaler.fit([first, second], shared=True)
    assert shared.mean.item() == np.mean([1, 3, 100, 300])
    assert (shared.scale(second, 1) > shared.scale(first, 0)).all()
    np.testing.assert_array_equal(shared.scale(both, np.array([0, 1]))[1], shared.scale(second))


def test_a_batch_of_windows_is_scaled_by_the_series_of_each():
    scaler = Scaler(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[1.0, 2.0], [4.0, 5.0]]))
    values = np.ones((3, 7, 2))
    found = scaler.scale(values, np.array([1, 0, 1]))
    np.testing.assert_array_equal(found[0, 0], [(1 - 2) / 4, (1 - 3) / 5])
    np.testing.assert_array_equal(found[1, 6], [1, 0])


def test_constant_and_empty_channels_are_left_finite():
    values = np.array([[0.1, np.nan], [0.1, np.nan], [0.1, np.nan]])
    scaler = Scaler.fit([values])
    np.testing.assert_array_equal(scaler.std, [[1, 1]])
    np.testing.assert_allclose(scaler.scale(np.array([0.1, 5.0])), [0, 5], atol=1e-12)


def test_a_scaler_survives_a_model_file():
    scaler = Scaler.fit([np.array([[0.1, 1 / 3], [0.7, 2.0]])])
    again = Scaler.from_dict(json.loads(json.dumps(scaler.to_dict())))
    np.testing.assert_array_equal(again.mean, scaler.mean)
    np.testing.assert_array_equal(again.std, scaler.std)


def test_categories_are_one_hot_and_strangers_zero():
    categories = Categories.fit([("north", "big"), ("south", ""), ("north", "small")])
    assert categories.size == 4
    assert categories.encode(("south", "small")).tolist() == [0, 1, 0, 1]
    assert categories.encode(("west", "")).tolist() == [0, 0, 0, 0]
    assert Categories.from_dict(json.loads(json.dumps(categories.to_dict()))) == categories
    assert Categories.fit([(), ()]).encode(()).shape == (0,)
