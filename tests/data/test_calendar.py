"""Calendar channels say where a time lies, by the clock on the wall."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from lstmkit.data.calendar import calendar_cycles, calendar_features, calendar_names
from lstmkit.data.clock import Clock
from lstmkit.data.frequency import DAY, Frequency

HOURLY = Frequency(kind="time", count=DAY // 24)


@pytest.mark.parametrize(
    ("frequency", "rows", "cycles"),
    [
        (HOURLY, 47, ()),
        (HOURLY, 48, ("day",)),
        (HOURLY, 336, ("day", "week")),
        (HOURLY, 20000, ("day", "week", "year")),
        (Frequency(kind="time", count=DAY), 1000, ("week", "year")),
        (Frequency(kind="weekday"), 1000, ("week", "year")),
        (Frequency(kind="time", count=7 * DAY), 1000, ("year",)),
        (Frequency(kind="month", count=1), 24, ("year",)),
        (Frequency(kind="month", count=12), 100, ()),
        (Frequency(), 100000, ()),
    ],
)
def test_only_cycles_that_vary_and_were_seen_twice(frequency, rows, cycles):
    assert calendar_cycles(frequency, rows) == cycles


def test_channels_equal_those_of_the_plain_calendar():
    time = [datetime(2023, 12, 28) + timedelta(hours=5 * i) for i in range(300)]
    found = calendar_features(np.array(time, "datetime64[us]"), HOURLY, ("day", "week", "year"))
    for row, one in zip(found, time, strict=True):
        day = (one.hour * 60 + one.minute) / 1440
        week = (one.weekday() + day) / 7
        year = (one.timetuple().tm_yday - 1 + day) / 365.2425
        angles = 2 * np.pi * np.array([day, week, year])
        sines, cosines = np.sin(angles), np.cos(angles)
        expected = [sines[0], cosines[0], sines[1], cosines[1], one.weekday() > 4]
        np.testing.assert_allclose(row, [*expected, sines[2], cosines[2]], atol=1e-6)
    assert len(calendar_names(("day", "week", "year"))) == found.shape[1]


def test_hours_are_those_of_the_zone():
    time = np.array(["2024-07-01T04:00"], "datetime64[us]")
    berlin = Frequency(kind="time", count=DAY // 24, clock=Clock(zone="Europe/Berlin"))
    six = calendar_features(time, berlin, ["day"])
    np.testing.assert_allclose(six, [[1, 0]], atol=1e-6)


def test_no_cycles_are_no_channels():
    assert calendar_features(np.arange(5), Frequency(), ()).shape == (5, 0)
