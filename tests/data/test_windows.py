"""Windows hold what a loop over rows would cut out, and nothing from after the origin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lstmkit.data import Channels, Windows, all_origins, fill_forward, rolling_origins
from lstmkit.data.missing import last_known
from lstmkit.errors import DataError

NUMBERS = st.floats(-100, 100, width=32)


def fill_by_loop(values, season):
    """Missing values from one season earlier, else from the row before."""
    filled = values.copy()
    for step in dict.fromkeys((season, 1)):
        for row in range(step, len(filled)):
            filled[row] = np.where(np.isnan(filled[row]), filled[row - step], filled[row])
    return filled


def window_by_loop(one, row, lookback, horizon, seasons):
    """One window, value by value."""
    num_inputs, num_targets = one.inputs.shape[1], one.target.shape[1]
    past, valid = np.zeros((lookback, num_inputs)), np.zeros(lookback, bool)
    future = np.zeros((horizon, one.known.shape[1]))
    target = np.full((horizon, num_targets), np.nan)
    seasonal = np.zeros((horizon, num_targets * len(seasons)))
    for place in range(lookback):
        at = row - lookback + 1 + place
        if at >= 0:
            past[place], valid[place] = one.inputs[at], True
    for k in range(1, horizon + 1):
        if row + k < len(one.known):
            future[k - 1] = one.known[row + k]
        if row + k < len(one.target):
            target[k - 1] = one.target[row + k]
        for number, season in enumerate(seasons):
            at = row + k
            while at > row:
                at -= season
            if at >= 0:
                channels = slice(number * num_targets, (number + 1) * num_targets)
                filled = fill_by_loop(one.target[: row + 1], season)
                seasonal[k - 1, channels] = np.nan_to_num(filled[at])
    level = np.nan_to_num(fill_by_loop(one.target[: row + 1], 1)[row])
    return {
        "past": past,
        "valid": valid,
        "future": future,
        "target": target,
        "observed": ~np.isnan(target),
        "seasonal": seasonal,
        "level": level,
        "static": one.static,
    }


@st.composite
def cases(draw):
    lookback, horizon = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    seasons = tuple(draw(st.lists(st.integers(1, 9), max_size=2)))
    inputs, known, target = (draw(st.integers(low, 2)) for low in (1, 0, 1))
    series = []
    for _ in range(draw(st.integers(1, 3))):
        rows = draw(st.integers(1, 12))
        series.append(
            Channels(
                draw(arrays(np.float32, (rows, inputs), elements=NUMBERS)),
                draw(arrays(np.float32, (rows + horizon, known), elements=NUMBERS)),
                draw(arrays(np.float32, (rows, target), elements=NUMBERS | st.just(np.nan))),
                draw(arrays(np.float32, 2, elements=NUMBERS)),
            )
        )
    return series, lookback, horizon, seasons


@settings(max_examples=60, deadline=None)
@given(cases())
def test_every_window_equals_that_of_a_loop(case):
    series, lookback, horizon, seasons = case
    origins = all_origins([np.arange(len(one.target)) for one in series])
    windows = Windows(series, origins, lookback=lookback, horizon=horizon, seasons=seasons)
    order = np.random.default_rng(0).permutation(len(windows))
    batch = windows.batch(order)
    assert batch["series"].tolist() == origins[order, 0].tolist()
    for place, index in enumerate(order):
        which, row = origins[index]
        expected = window_by_loop(series[which], row, lookback, horizon, seasons)
        for name, values in expected.items():
            np.testing.assert_array_equal(batch[name][place].numpy(), values, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(cases(), st.data())
def test_values_after_the_origin_change_nothing_that_a_model_sees(case, data):
    series, lookback, horizon, seasons = case
    which = data.draw(st.integers(0, len(series) - 1))
    row = data.draw(st.integers(0, len(series[which].target) - 1))

    def seen(planted):
        one = series[which]
        inputs, target = one.inputs.copy(), one.target.copy()
        inputs[row + 1 :] = target[row + 1 :] = planted
        known = one.known.copy()
        known[row + horizon + 1 :] = planted
        changed = [*series]
        changed[which] = Channels(inputs, known, target, one.static)
        others = [other for index, other in enumerate(series) if index != which]
        for other in others:
            other.inputs[:], other.target[:], other.known[:] = planted, planted, planted
        origin = np.array([[which, row]])
        windows = Windows(changed, origin, lookback=lookback, horizon=horizon, seasons=seasons)
        batch = windows.batch(np.array([0]))
        return [batch[name] for name in ("past", "valid", "future", "seasonal", "level", "static")]

    for before, after in zip(seen(1.0), seen(1e30), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_planted_value_shows_where_it_may():
    target = np.arange(20.0)[:, None]
    target[11] = 1e9
    known = np.zeros((20, 1))
    known[11] = 1e9
    one = Channels(target.copy(), known, target)
    windows = Windows([one], np.array([[0, 10], [0, 11]]), lookback=4, horizon=3, seasons=(2,))
    before, after = windows.batch(np.array([0])), windows.batch(np.array([1]))
    for name in ("past", "seasonal", "level"):
        assert before[name].abs().max() < 100
        assert after[name].max() == 1e9
    assert before["future"][0, 0] == before["target"][0, 0] == 1e9


def test_batches_own_their_memory():
    one = Channels(np.ones((9, 1)), np.ones((9, 1)), np.ones((9, 1)))
    windows = Windows([one], np.array([[0, 5]]), lookback=3, horizon=2, seasons=(2,))
    first = windows.batch(np.array([0]))
    for tensor in first.values():
        tensor.zero_()
    assert (windows.batch(np.array([0]))["past"] == 1).all()
    assert windows.batch(np.array([0]))["series"].tolist() == [0]
    assert windows.origins.tolist() == [[0, 5]]


def test_the_last_row_may_be_an_origin_when_the_future_is_known():
    one = Channels(np.ones((4, 1)), np.arange(6.0)[:, None], np.ones((4, 1)))
    batch = Windows([one], np.array([[0, 3]]), lookback=6, horizon=2).batch(np.array([0]))
    assert batch["future"].flatten().tolist() == [4, 5]
    assert not batch["observed"].any()
    assert batch["valid"].tolist() == [[False, False, True, True, True, True]]
    assert batch["seasonal"].shape == (1, 2, 0)


def test_no_windows_are_an_empty_batch():
    one = Channels(np.ones((4, 1)), np.ones((4, 0)), np.ones((4, 1)))
    windows = Windows([one], rolling_origins(3, 3, 2)[:, None].repeat(2, 1), lookback=2, horizon=2)
    assert len(windows) == 0
    assert windows.batch(np.zeros(0, np.int64))["past"].shape == (0, 2, 1)


@pytest.mark.parametrize(
    ("inputs", "known", "row", "message"),
    [
        (np.ones((4, 1)), np.ones((4, 1)), 4, "origins in the 4 rows of series 0, got 4"),
        (np.ones((4, 1)), np.ones((5, 1)), 3, "known channels up to row 5 .* got 5 rows"),
        (np.full((4, 1), np.nan), np.ones((4, 1)), 1, "inputs of series 0 without missing"),
        (np.ones((4, 1)), np.full((4, 1), np.nan), 1, "known of series 0 without missing"),
    ],
)
def test_channels_that_do_not_reach_are_refused(inputs, known, row, message):
    one = Channels(inputs, known, np.ones((4, 1)))
    with pytest.raises(DataError, match=message):
        Windows([one], np.array([[0, row]]), lookback=2, horizon=2)


@given(arrays(np.float64, (9, 2), elements=st.floats(-9, 9) | st.just(np.nan)), st.integers(1, 12))
def test_filling_forward_equals_a_loop_and_never_looks_ahead(values, season):
    filled = fill_forward(values, season)
    np.testing.assert_array_equal(filled, fill_by_loop(values, season))
    for row in range(len(values)):
        np.testing.assert_array_equal(fill_forward(values[: row + 1], season)[-1], filled[row])


@given(
    arrays(np.float64, (9, 2), elements=st.floats(-9, 9) | st.just(np.nan)),
    st.integers(1, 12),
    st.integers(1, 8),
)
def test_what_went_before_fills_as_if_it_were_there(values, season, cut):
    half = cut // 2
    before = last_known(values[half:cut], season, last_known(values[:half], season))
    filled = fill_forward(values[cut:], season, before)
    np.testing.assert_array_equal(filled, fill_forward(values, season)[cut:])
