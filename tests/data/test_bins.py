"""Steps gathered into bins: every value counts once, in the bin of its time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmkit.data import in_bins, to_sequences
from lstmkit.errors import DataError, SettingsError


def test_a_bin_holds_the_mean_of_what_is_known_in_it() -> None:
    steps = np.array([[1.0, np.nan], [3.0, 8.0], [np.nan, 4.0], [7.0, np.nan]])
    found = to_sequences([steps], times=[[0.0, 1.9, 2.0, 6.0]], static=[[5.0]])
    binned = in_bins(found, 2.0, number=3)
    np.testing.assert_equal(binned.values[0], [[2.0, 8.0], [np.nan, 4.0], [7.0, np.nan]])
    assert binned.times is None
    assert (binned.names, binned.static.tolist()) == (found.names, [[5.0]])


def test_steps_outside_of_all_bins_are_left_out() -> None:
    found = to_sequences([[1.0, 2.0, 3.0, 4.0]], times=[[-0.5, 0.5, 1.5, 2.5]])
    np.testing.assert_equal(in_bins(found, 1.0, number=2).values[0], [[2.0], [3.0]])
    # a sequence without a step inside keeps its place, with nothing known
    assert np.isnan(in_bins(found, 1.0, number=2, start=9.0).values[0]).all()


@given(
    st.lists(st.floats(0, 50), min_size=1, max_size=30).map(sorted),
    st.floats(0.1, 10),
)
def test_without_a_number_no_step_is_lost(times: list[float], width: float) -> None:
    found = to_sequences([np.ones(len(times))], times=[times])
    binned = in_bins(found, width).values[0][:, 0]
    filled = np.flatnonzero(~np.isnan(binned))
    assert set(filled) >= {min(int(np.floor(one / width)), len(binned) - 1) for one in times}
    assert filled[-1] == len(binned) - 1


def test_wrong_use_is_refused() -> None:
    even = to_sequences([[1.0, 2.0]])
    timed = to_sequences([[1.0, 2.0]], times=[[0.0, 1.0]])
    with pytest.raises(DataError, match=r"expected sequences whose steps have times"):
        in_bins(even, 1.0)
    with pytest.raises(DataError, match=r"got sequence '0', which ends at 1"):
        in_bins(timed, 1.0, start=3.0)
    for width, number in ((0.0, None), (1.0, 0)):
        with pytest.raises(SettingsError, match="expected a width above 0"):
            in_bins(timed, width, number=number)
