"""What the calendar says of a time, as smooth numbers: time of day, of the week, of the year."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from lstmkit.data.frequency import DAY, Frequency, split_days

Cycle = Literal["day", "week", "year"]

_LENGTHS: dict[Cycle, float] = {"day": DAY, "week": 7 * DAY, "year": 365.2425 * DAY}
_CHANNELS: dict[Cycle, tuple[str, ...]] = {
    "day": ("day_sin", "day_cos"),
    "week": ("week_sin", "week_cos", "weekend"),
    "year": ("year_sin", "year_cos"),
}


def calendar_cycles(frequency: Frequency, rows: int) -> tuple[Cycle, ...]:
    """The cycles worth showing to a model: those that vary from row to row and were seen twice.

    A cycle that the training part does not go through twice has values in the test part that
    training never saw, and a model extrapolates them badly.

    Args:
        frequency: The step from row to row.
        rows: Rows of the training part.

    Returns:
        Names of cycles; none for whole numbers.

    Example:
        >>> hour = Frequency(kind="time", count=3600 * 1_000_000)
        >>> calendar_cycles(hour, rows=1000)
        ('day', 'week')
    """
    step = frequency.duration
    if step is None:
        return ()
    return tuple(
        cycle
        for cycle, length in _LENGTHS.items()
        if 2 * step <= length and rows * step >= 2 * length
    )


def calendar_names(cycles: Sequence[Cycle]) -> tuple[str, ...]:
    """Names of the channels that `calendar_features` gives, in order.

    Example:
        >>> calendar_names(["day"])
        ('day_sin', 'day_cos')
    """
    return tuple(name for cycle in cycles for name in _CHANNELS[cycle])


def calendar_features(
    time: np.ndarray, frequency: Frequency, cycles: Sequence[Cycle]
) -> np.ndarray:
    """Where each time lies in the cycles of the calendar, by the clock on the wall.

    Args:
        time: Times (T,), datetime64[us], UTC where the clock of `frequency` has a zone.
        frequency: The step, with the clock of the time column.
        cycles: Which cycles, as `calendar_cycles` chose them in training.

    Returns:
        Channels (T, F), float32: sine and cosine of each cycle in [-1, 1], and 1 on a weekend.

    Example:
        >>> hour = Frequency(kind="time", count=3600 * 1_000_000)
        >>> six = np.array(["2024-01-01T06:00"], dtype="datetime64[us]")
        >>> calendar_features(six, hour, ["day"]).round(3).tolist()
        [[1.0, 0.0]]
    """
    if not cycles:
        return np.zeros((len(time), 0), np.float32)
    days, of_day = split_days(frequency.clock.local(time))
    channels: list[np.ndarray] = []
    for cycle in cycles:
        start = {
            "day": days,
            "week": np.busday_offset(days + 1, -1, roll="forward", weekmask="Mon"),
            "year": days.astype("datetime64[Y]").astype("datetime64[D]"),
        }[cycle]
        into = (days - start).astype(np.int64) * DAY + of_day.astype(np.int64)
        angle = 2 * np.pi * into / _LENGTHS[cycle]
        channels += [np.sin(angle), np.cos(angle)]
        if cycle == "week":
            channels.append(into >= 5 * DAY)
    return np.stack(channels, axis=1).astype(np.float32)
