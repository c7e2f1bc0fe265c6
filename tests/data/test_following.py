"""Rows that follow those of some series: joined, filled as from all of them, or refused."""

from dataclasses import replace

import numpy as np
import pytest

from lstmkit.data import Columns, SeriesSet, fill_forward, read_series
from lstmkit.data.following import read_following
from lstmkit.errors import DataError

COLUMNS = Columns.of("y", time="day", series="shop", past="weather", static="kind")


def days(first: int, last: int, shop: str = "a", **columns: list[object]) -> dict[str, list]:
    """Days of January 2024 of one shop."""
    number = last - first + 1
    own = {
        "day": [f"2024-01-{day:02d}" for day in range(first, last + 1)],
        "shop": [shop] * number,
        "kind": ["kiosk"] * number,
        "weather": [0.5] * number,
        "y": [float(day) for day in range(first, last + 1)],
    }
    return own | columns


def together(*tables: dict[str, list[object]]) -> dict[str, list[object]]:
    return {name: [value for one in tables for value in one[name]] for name in tables[0]}


@pytest.fixture(scope="module")
def kept() -> SeriesSet:
    return read_series(together(days(1, 3), days(1, 5, "b")), COLUMNS)


def test_each_series_goes_on_and_a_new_one_begins(kept: SeriesSet) -> None:
    rows = together(days(4, 4, "c"), days(6, 7, "b"), days(4, 4))
    found = read_following(rows, kept)
    whole = read_series(together(days(1, 4), days(1, 7, "b"), days(4, 4, "c")), COLUMNS)
    assert found.names == ("a", "b", "c")
    for one, other in zip(found, whole, strict=True):
        for part in ("time", "target", "past"):
            np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
        assert one.category == ("kiosk",)
    assert read_following(days(6, 6, "b"), kept).names == ("b",)
    assert [len(one) for one in kept] == [3, 5]


def test_missing_rows_are_filled_as_in_the_whole_table(kept: SeriesSet) -> None:
    found = read_following(together(days(6, 6), days(8, 9)), kept, gaps="fill")[0]
    whole = read_series(together(days(1, 3), days(6, 6), days(8, 9)), COLUMNS, gaps="fill")[0]
    np.testing.assert_array_equal(found.time, whole.time)
    np.testing.assert_array_equal(found.target, whole.target)


@pytest.mark.parametrize(
    ("rows", "gaps", "message"),
    [
        (days(6, 6), "error", "expected 2024-01-04 next .* of series 'a', after 2024-01-03, got"),
        (days(6, 6), "error", r"got 2024-01-06\. Feed the rows between, or take them as"),
        (
            together(days(4, 4), days(6, 6)),
            "error",
            "expected 2024-01-05 next .* after 2024-01-04, got 2024-01-06 in row 2",
        ),
        (days(3, 3), "fill", "expected 2024-01-04 next .* got 2024-01-03. Feed each row once"),
        (
            days(2, 4),
            "fill",
            "expected 2024-01-04 next .* got 2024-01-02 in row 1 .* Feed each row once",
        ),
        (days(4, 4, day=["2024-01-04 06:00"]), "fill", "got 2024-01-04 06:00:00.* even steps"),
        (days(4, 4, day=["2044-01-04"]), "fill", "More is missing than can be filled sensibly"),
        (days(4, 4, day=[4]), "error", "expected dates or times .* got whole numbers"),
        (days(4, 4, day=["2024-01-04 00:00+00:00"]), "error", "expected times without a zone"),
        (days(4, 4, kind=["mall"]), "error", "expected 'kiosk' in static .* got 'mall'"),
        (days(4, 5, day=["2024-01-05", "2024-01-04"]), "error", "to run forward"),
    ],
)
def test_rows_that_do_not_follow_are_refused(kept: SeriesSet, rows, gaps, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_following(rows, kept, gaps=gaps)


def test_the_next_time_is_the_next_of_the_calendar() -> None:
    ends = {"day": ["2024-01-31", "2024-02-29", "2024-03-31"], "y": [1.0, 2.0, 3.0]}
    kept = read_series(ends, Columns.of("y", time="day"))
    may = {"day": ["2024-05-31"], "y": [5.0]}
    with pytest.raises(DataError, match=r"expected 2024-04-30 next .* got 2024-05-31"):
        read_following(may, kept)
    found = read_following(may, kept, gaps="fill")[0]
    assert found.time[-2:].astype("M8[D]").astype(str).tolist() == ["2024-04-30", "2024-05-31"]


def test_a_series_may_begin_before_its_target(kept: SeriesSet) -> None:
    found = kept
    for day in range(4, 8):
        found = read_following(days(day, day, "c", y=[None if day < 7 else 2.0]), found)
        assert found[-1].begun.tolist() == [day == 7]
        found = replace(found, series=tuple(one.tail(2, ()) for one in found))
    later = read_following(days(8, 10, "c", y=[None] * 3), found)[0].tail(2, ())
    assert np.isnan(later.target).all()
    assert later.begun.tolist() == [True]


@pytest.mark.parametrize("share", [0.1, 0.6])
def test_rows_that_are_gone_still_fill_those_that_come(share: float) -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random(60) < share, np.nan, rng.normal(size=60))
    kept = read_series({"y": values[:8]}, Columns.of("y"), learning=False)
    for end in range(9, 61):
        joined = read_following({"y": values[end - 1 : end]}, kept)
        one = joined[0].tail(5, (2, 5))
        kept = replace(joined, series=(one,))
        assert one.time.tolist() == list(range(end - 5, end))
        for season in (1, 2, 5):
            filled = fill_forward(one.target, season, one.before.get(season))
            whole = fill_forward(values[:end, None], season)
            np.testing.assert_array_equal(filled, whole[-5:])
