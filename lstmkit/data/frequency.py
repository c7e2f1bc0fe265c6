"""How far apart the rows of a series are: even steps, working days, or months."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from lstmkit.data.clock import Clock

Kind = Literal["number", "time", "weekday", "month"]

DAY = 86_400_000_000  # microseconds
_UNITS = {
    "week": 7 * DAY,
    "day": DAY,
    "hour": DAY // 24,
    "minute": DAY // 1440,
    "second": 1_000_000,
    "millisecond": 1000,
    "microsecond": 1,
}
_MONTHS = {12: "year", 3: "quarter", 1: "month"}


@dataclass(frozen=True, kw_only=True)
class Frequency:
    """The step from one row of a series to the next.

    Attributes:
        kind: "number" (whole numbers, or no time column), "time" (a fixed duration), "weekday"
            (Monday to Friday) or "month".
        count: Length of a step: in numbers, microseconds, weekdays or months.
        day: Day of the month where kind is "month"; 31 means the last.
        clock: How the time column writes its times.
    """

    kind: Kind = "number"
    count: int = 1
    day: int = 1
    clock: Clock = field(default_factory=Clock)

    @property
    def label(self) -> str:
        """The step in words.

        Example:
            >>> Frequency(kind="time", count=30 * 60_000_000).label
            '30 minutes'
        """
        if self.kind == "month":
            months, unit = next(item for item in _MONTHS.items() if self.count % item[0] == 0)
            return _counted(self.count // months, unit)
        if self.kind == "time":
            unit = next(unit for unit, size in _UNITS.items() if self.count % size == 0)
            return _counted(self.count // _UNITS[unit], unit)
        return _counted(self.count, "step" if self.kind == "number" else "weekday")

    @property
    def seasons(self) -> tuple[int, ...]:
        """Lengths of the seasons that such data often have, in steps, shortest first.

        Example:
            >>> Frequency(kind="time", count=3600 * 1_000_000).seasons
            (24, 168)
        """
        if self.kind == "number":
            return ()
        if self.kind == "weekday":
            return (5,)
        if self.kind == "month":
            return (12 // self.count,) if self.count < 12 and 12 % self.count == 0 else ()
        if self.count == 7 * DAY:
            return (52,)
        spans = (DAY, 7 * DAY, 365 * DAY) if self.count >= DAY else (DAY, 7 * DAY)
        spans = (_UNITS["hour"], *spans) if self.count < _UNITS["minute"] else spans
        return tuple(span // self.count for span in spans if self._divides(span))

    def _divides(self, span: int) -> bool:
        return span > self.count and span % self.count == 0

    @property
    def duration(self) -> int | None:
        """Length of a step in microseconds, on average; None for numbers."""
        average = {"time": 1, "weekday": DAY * 7 // 5, "month": DAY * 365.2425 / 12}
        return int(self.count * average[self.kind]) if self.kind in average else None

    @property
    def on_the_wall(self) -> bool:
        """Whether steps are counted by the clock on the wall, so that days may have 23 hours."""
        return self.kind in ("weekday", "month") or self.count % DAY == 0

    def places(self, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Counts the steps from the first time to each.

        Args:
            time: Times (rows,), datetime64[us] or int64.

        Returns:
            Steps (rows,), int64, and whether each time lies on a step, bool (rows,).

        Example:
            >>> Frequency(count=5).places(np.array([10, 15, 26]))[0].tolist()
            [0, 1, 3]
        """
        if self.kind in ("number", "time"):
            local = self._wall(time)
            steps, rest = np.divmod((local - local[0]).astype(np.int64), self.count)
            return steps, rest == 0
        days, of_day = split_days(self._wall(time))
        even = of_day == of_day[0]
        if self.kind == "weekday":
            return np.busday_count(days[0], days), even & np.is_busday(days)
        months, of_month = split_months(days)
        steps, rest = np.divmod(months - months[0], self.count)
        return steps, even & (rest == 0) & (of_month == self._day_of(months))

    def times(self, first: np.generic, steps: np.ndarray) -> np.ndarray:
        """The times that lie some steps after a first one.

        Args:
            first: A time, datetime64[us] or int64.
            steps: How many steps, int64 (rows,).

        Returns:
            Times (rows,) of the same type.
        """
        start = self._wall(np.asarray([first]))
        if self.kind in ("number", "time"):
            return self._stored(start + steps * self.count)
        days, of_day = split_days(start)
        if self.kind == "weekday":
            return self._stored(np.busday_offset(days, steps) + of_day)
        months = split_months(days)[0] + steps * self.count
        first_days = months.astype("datetime64[M]").astype("datetime64[D]")
        return self._stored(first_days + (self._day_of(months) - 1) + of_day)

    def future(self, last: np.generic, horizon: int) -> np.ndarray:
        """The times of the next rows.

        Args:
            last: Time of the last row, datetime64[us] or int64.
            horizon: How many steps.

        Returns:
            Times (horizon,) of the same type.

        Example:
            >>> end_of_january = np.datetime64("2024-01-31", "us")
            >>> Frequency(kind="month", day=31).future(end_of_january, 2).astype("M8[D]").tolist()
            [datetime.date(2024, 2, 29), datetime.date(2024, 3, 31)]
        """
        return self.times(last, np.arange(1, horizon + 1))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Frequency":
        """The frequency that `to_dict` described."""
        return cls(**{**values, "clock": Clock(**values["clock"])})

    def _wall(self, time: np.ndarray) -> np.ndarray:
        return self.clock.local(time) if self.on_the_wall else time

    def _stored(self, time: np.ndarray) -> np.ndarray:
        if self.kind == "number":
            return time
        time = time.astype("datetime64[us]")
        return self.clock.universal(time) if self.on_the_wall else time

    def _day_of(self, months: np.ndarray) -> np.ndarray:
        days: np.ndarray = np.minimum(self.day, month_lengths(months))
        return days


def split_days(time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days, datetime64[D], and what is left of them, timedelta64[us]."""
    days = time.astype("datetime64[D]")
    return days, time - days


def split_months(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Months since 1970, int64, and the day of the month from 1, int64."""
    months = days.astype("datetime64[M]")
    return months.astype(np.int64), (days - months.astype("datetime64[D]")).astype(np.int64) + 1


def month_lengths(months: np.ndarray) -> np.ndarray:
    """Days of each month, int64, for months since 1970."""
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]")
    lengths: np.ndarray = (after - first).astype(np.int64)
    return lengths


def infer_frequency(times: Sequence[np.ndarray], clock: Clock | None = None) -> Frequency | None:
    """Finds the step that most rows are apart, over all series.

    Args:
        times: For each series its times (rows,), ascending without repeats, datetime64[us] or
            int64.
        clock: How the time column writes its times.

    Returns:
        The frequency, or None where no series has two rows. Rows may still be missing, or lie off
        the step: `Frequency.places` tells.

    Example:
        >>> infer_frequency([np.array([3, 6, 9, 15])]).count
        3
    """
    clock = clock or Clock()
    times = [time for time in times if len(time) > 1]
    if not times:
        return None
    if times[0].dtype.kind != "M":
        return Frequency(count=_commonest(times), clock=clock)
    walls = [clock.local(time) for time in times]
    days = np.concatenate([split_days(wall)[0] for wall in walls])
    if all(len(np.unique(split_days(wall)[1])) == 1 for wall in walls):
        count = _commonest(walls)
        by_month = _by_month(walls, days)
        if by_month is not None:
            return Frequency(kind="month", count=by_month[0], day=by_month[1], clock=clock)
        skips = max(int(np.diff(wall).max().astype(np.int64)) for wall in walls) > DAY
        if count == DAY and skips and bool(np.is_busday(days).all()):
            return Frequency(kind="weekday", clock=clock)
        return Frequency(kind="time", count=count, clock=clock)
    return Frequency(kind="time", count=_commonest(times), clock=clock)


def _commonest(times: Sequence[np.ndarray]) -> int:
    gaps = np.concatenate([np.diff(time).astype(np.int64) for time in times])
    values, counts = np.unique(gaps, return_counts=True)
    return int(values[counts.argmax()])


def _by_month(walls: Sequence[np.ndarray], days: np.ndarray) -> tuple[int, int] | None:
    """Months of a step and day of the month, where the days are those of such a rhythm."""
    months, of_month = split_months(days)
    lengths = month_lengths(months)
    day = 31 if bool((of_month == lengths).all()) else int(of_month.max())
    if bool((of_month != np.minimum(day, lengths)).any()):
        return None
    steps = [np.diff(split_months(split_days(wall)[0])[0]) for wall in walls]
    values, counts = np.unique(np.concatenate(steps), return_counts=True)
    commonest = int(values[counts.argmax()])
    return (commonest, day) if commonest else None


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
