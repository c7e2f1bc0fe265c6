"""Time columns of any kind are read, and written again as they were."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from lstmkit.data.clock import Clock, read_clock
from lstmkit.data.place import Place
from lstmkit.errors import DataError

PLACE = Place("data")


def read(values):
    return read_clock(pl.Series("t", values), PLACE)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2024-12-30 23:30:00", "2024-12-31 00:00:00"),
        ("2024-12-30 23:30:00.000", "2024-12-31 00:00:00.000"),
        ("2024-12-30T23:30:00", "2024-12-31T00:00:00"),
        ("2024-12-30T23:30:00Z", "2024-12-31T00:00:00Z"),
        ("2024-12-31T00:30:00+01:00", "2024-12-30T22:00:00-02:00"),
        ("2024-12-30 23:30", "2024-12-31 00:00"),
        ("2024/12/30 23:30", "2024/12/31 00:00"),
        ("30.12.2024 23:30", "31.12.2024 00:00"),
        ("12/30/2024 23:30", "12/31/2024 00:00"),
        ("12/30/2024 11:30 PM", "12/31/2024 12:00 AM"),
        ("30/12/2024 23:30:00", "31/12/2024 00:00:00"),
    ],
)
def test_text_in_a_common_format_is_read(first, second):
    time, clock = read([first, second])
    assert time.tolist() == [datetime(2024, 12, 30, 23, 30), datetime(2024, 12, 31)]
    assert not clock.dates


@pytest.mark.parametrize("text", ["2024-12-31", "2024/12/31", "31.12.2024", "12/31/2024"])
def test_text_that_is_dates_is_dates(text):
    time, clock = read([text])
    assert clock.dates
    assert clock.written(time).to_list() == [date(2024, 12, 31)]


def test_months_are_their_first_days():
    assert read(["2024-01", "2024-02"])[0].tolist() == [datetime(2024, 1, 1), datetime(2024, 2, 1)]


def test_whole_numbers_stay_numbers():
    for values in ([3, 4], [3.0, 4.0], np.array([3, 4], np.uint8)):
        time, clock = read(values)
        assert time.dtype == np.int64
        assert clock.written(time).to_list() == [3, 4]


def test_finer_and_coarser_units_are_read():
    for unit in ("ns", "us", "ms"):
        column = pl.Series("t", [datetime(2024, 1, 1, 12)]).dt.cast_time_unit(unit)
        assert read_clock(column, PLACE)[0].tolist() == [datetime(2024, 1, 1, 12)]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2024-01-01", "2024-01-32"], r"as in row 1 \('2024-01-01'\), got '2024-01-32' in row 2"),
        (["soon", "later"], "got 'soon' in row 1"),
        (["01/02/2024", "02/02/2024"], "whose day and month can be told apart, got '01/02/2024'"),
        (["2024-01-01", None], "a time in each row of column 't', got none in row 2"),
        ([1.5, 2.5], "got values of type Float64"),
        ([True, False], "got values of type Boolean"),
    ],
)
def test_what_is_no_time_is_refused_with_its_row(values, message):
    with pytest.raises(DataError, match=message):
        read(values)


def test_the_wall_clock_goes_there_and_back_over_a_clock_change():
    clock = Clock(zone="Europe/Berlin")
    utc = np.arange("2024-03-30", "2024-04-01", 60, dtype="datetime64[m]").astype("datetime64[us]")
    np.testing.assert_array_equal(clock.universal(clock.local(utc)), utc)


def test_a_time_that_no_wall_clock_showed_is_an_hour_later():
    clock = Clock(zone="Europe/Berlin")
    skipped = np.array(["2024-03-31T02:30"], "datetime64[us]")
    assert clock.local(clock.universal(skipped)).tolist() == [datetime(2024, 3, 31, 3, 30)]
