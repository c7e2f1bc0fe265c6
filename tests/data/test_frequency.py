"""The step is found, counted and continued, whatever the calendar does."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmkit.data.clock import Clock
from lstmkit.data.frequency import Frequency, infer_frequency


def found(freq, periods=40, start="2019-12-31"):
    times = pd.date_range(start, periods=periods, freq=freq).to_numpy().astype("datetime64[us]")
    return infer_frequency([times])


@pytest.mark.parametrize(
    ("freq", "label", "seasons"),
    [
        ("250ms", "250 milliseconds", (14400, 345600, 2419200)),
        ("1s", "1 second", (3600, 86400, 604800)),
        ("1min", "1 minute", (1440, 10080)),
        ("10min", "10 minutes", (144, 1008)),
        ("30min", "30 minutes", (48, 336)),
        ("1h", "1 hour", (24, 168)),
        ("5h", "5 hours", ()),
        ("7D", "1 week", (52,)),
        ("1D", "1 day", (7, 365)),
        ("B", "1 weekday", (5,)),
        ("MS", "1 month", (12,)),
        ("QE", "1 quarter", (4,)),
        ("YS", "1 year", ()),
        ("2YS", "2 years", ()),
    ],
)
def test_step_and_seasons_of_common_data(freq, label, seasons):
    frequency = found(freq)
    assert (frequency.label, frequency.seasons) == (label, seasons)


def test_the_commonest_step_wins_over_gaps():
    assert infer_frequency([np.array([0, 5, 10, 30, 35])]).count == 5


def test_short_series_borrow_the_step_of_longer_ones():
    assert infer_frequency([np.array([4]), np.array([0, 2, 4])]).count == 2
    assert infer_frequency([np.array([4]), np.array([7])]) is None


@pytest.mark.parametrize("freq", ["30min", "D", "B", "W", "MS", "ME", "QE", "YE"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_future_goes_on_as_pandas_does(freq, zone):
    whole = pd.date_range("2019-01-31", periods=100, freq=freq, tz=zone)
    utc = (whole.tz_convert(None) if zone else whole).to_numpy().astype("datetime64[us]")
    frequency = infer_frequency([utc[:60]], Clock(zone=zone))
    np.testing.assert_array_equal(frequency.future(utc[59], 40), utc[60:])
    steps, even = frequency.places(utc)
    assert even.all()
    np.testing.assert_array_equal(steps, np.arange(100))


def test_the_29th_of_each_month_is_kept_over_february():
    days = ["2023-01-29", "2023-02-28", "2023-03-29"]
    frequency = infer_frequency([np.array(days, "datetime64[us]")])
    assert (frequency.kind, frequency.day) == ("month", 29)
    leap = frequency.future(np.datetime64("2024-01-29", "us"), 1)
    assert leap[0] == np.datetime64("2024-02-29")


def test_ends_of_quarters_go_on_at_the_end_of_months_of_31_days():
    frequency = infer_frequency([np.array(["2024-06-30", "2024-09-30"], "datetime64[us]")])
    future = frequency.future(np.datetime64("2024-09-30", "us"), 2)
    assert future.astype("datetime64[D]").astype(str).tolist() == ["2024-12-31", "2025-03-31"]


def test_a_time_off_the_step_is_told():
    frequency = Frequency(kind="month", day=1)
    times = np.array(["2024-01-01", "2024-02-02", "2024-03-01"], "datetime64[us]")
    assert frequency.places(times)[1].tolist() == [True, False, True]
    weekdays = np.array(["2024-01-05", "2024-01-06", "2024-01-08"], "datetime64[us]")
    assert Frequency(kind="weekday").places(weekdays)[1].tolist() == [True, False, True]


def test_a_frequency_survives_a_model_file():
    for frequency in (found("ME"), Frequency(count=3, clock=Clock(zone="Asia/Tokyo"))):
        assert Frequency.from_dict(json.loads(json.dumps(frequency.to_dict()))) == frequency


@given(
    st.sampled_from(["number", "time", "weekday", "month"]),
    st.integers(1, 5),
    st.integers(1, 31),
    st.lists(st.integers(0, 500), min_size=1, unique=True).map(sorted),
)
def test_places_undo_times(kind, count, day, steps):
    count = 1 if kind == "weekday" else count
    frequency = Frequency(kind=kind, count=count, day=day)
    first = np.int64(7) if kind == "number" else np.datetime64("2024-01-01T06:00", "us")
    if kind == "month":
        first = first + np.timedelta64(day - 1, "D")
    times = frequency.times(first, np.array([0, *steps]))
    places, even = frequency.places(times)
    assert even.all()
    assert places.tolist() == [0, *steps]
