"""Parts follow each other in time, and no target of one part lies in another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmkit.data import Split, all_origins, rolling_origins
from lstmkit.errors import DataError, SettingsError


def test_the_last_horizon_judges_and_the_one_before_it_chooses() -> None:
    split = Split.of(100, "last", horizon=10)
    assert (split.train_end, split.valid_end, split.test_end) == (80, 90, 100)
    # one origin each
    assert split.origins("valid", horizon=10).tolist() == [79]
    assert split.origins("test", horizon=10).tolist() == [89]
    with pytest.raises(DataError, match=r"series 'w7': expected at least 22 rows"):
        Split.of(21, "last", horizon=10, name="series 'w7'")


# the types are not checked there, as they are not where a user calls
@pytest.mark.compile
def test_another_word_is_no_split() -> None:
    with pytest.raises(SettingsError, match="expected 'last', three fractions or three row counts"):
        Split.of(100, "first", horizon=10)


def test_the_standard_split_of_etth1_is_by_row_counts():
    split = Split.of(17420, (8640, 2880, 2880))
    assert (split.train_end, split.valid_end, split.test_end) == (8640, 11520, 14400)
    assert len(split.origins("test", horizon=96)) == 2880 - 96 + 1


def test_the_default_is_seven_one_two():
    assert Split.of(7588) == Split(5311, 6070, 7588)


def test_small_data_keeps_a_horizon_to_choose_and_to_judge_by():
    assert Split.of(100, horizon=24) == Split(52, 76, 100)


@given(st.integers(10, 500), st.integers(1, 20), st.integers(1, 30), st.integers(1, 7))
def test_targets_lie_wholly_inside_their_part(rows, horizon, lookback, stride):
    try:
        split = Split.of(rows, horizon=horizon)
    except DataError:
        assert rows < 2 + 2 * horizon
        return
    for part in ("train", "valid", "test"):
        start, end = split.span(part)
        origins = split.origins(part, horizon=horizon, lookback=lookback, stride=stride)
        if part != "train":
            assert origins[0] + 1 == start
        elif len(origins) and lookback + horizon <= end:
            assert origins[0] == lookback - 1
        assert (origins >= 0).all()
        assert (origins + 1 >= start).all()
        assert (origins + horizon < end).all()
        assert end - horizon - 1 - (origins[-1] if len(origins) else end) < stride
        assert (np.diff(origins) == stride).all()


def test_too_few_rows_for_the_horizon_are_refused():
    with pytest.raises(
        DataError, match=r"sales: expected at least 50 rows, .* horizon of 24 .*got 49"
    ):
        Split.of(49, horizon=24, name="sales")
    assert Split.of(50, horizon=24).train_end == 2
    with pytest.raises(DataError, match=r"expected at least 14,400 rows .* got 10,000"):
        Split.of(10000, (8640, 2880, 2880))
    with pytest.raises(DataError, match="horizon of 24"):
        Split.of(10000, (5000, 20, 400), horizon=24)


@pytest.mark.parametrize("parts", [(0.5, 0.5), (0.5, 0.4, 0.3), (0.8, 0.0, 0.2), (8, -1, 3), ()])
def test_parts_that_make_no_whole_are_refused(parts):
    with pytest.raises(SettingsError, match="three fractions above 0 that sum to 1"):
        Split.of(100, parts)


def test_an_origin_needs_a_row_before_its_targets():
    assert rolling_origins(0, 5, 2).tolist() == [0, 1, 2]
    assert rolling_origins(0, 2, 2).tolist() == []


def test_origins_of_several_series_are_joined():
    joined = all_origins([np.array([3, 4]), np.zeros(0, np.int64), np.array([9])])
    assert joined.tolist() == [[0, 3], [0, 4], [2, 9]]
    assert all_origins([]).shape == (0, 2)
