"""Time columns: dates and times of any kind as plain arrays, in UTC where there is a zone."""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from lstmkit.data.place import Place
from lstmkit.errors import DataError

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y")
_CLOCKS = ("%H:%M:%S%.f", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S%.f%#z", "%H:%M%#z")
_FORMATS = (
    *_DAYS,
    *(f"{day}{between}{clock}" for day in _DAYS for clock in _CLOCKS for between in " T"),
)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How a time column writes its times, so that new times can be written alike.

    Attributes:
        zone: Time zone of the column, or None where times carry none.
        dates: Whether the column holds dates without a time of day.
    """

    zone: str | None = None
    dates: bool = False

    def written(self, time: np.ndarray, name: str = "time") -> pl.Series:
        """Writes times the way the column does.

        Args:
            time: Times (rows,), datetime64[us] in UTC where there is a zone, or int64.
            name: Name of the new column.

        Returns:
            Integers, dates, or times in the column's zone.

        Example:
            >>> day = np.array(["2024-02-29"], dtype="datetime64[us]")
            >>> Clock(dates=True).written(day).to_list()
            [datetime.date(2024, 2, 29)]
        """
        column = pl.Series(name, time)
        if self.zone:
            return column.dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone)
        return column.cast(pl.Date) if self.dates else column

    def shown(self, time: np.generic) -> str:
        """A time as a person writes it, by the clock on the wall: no T, no empty fraction.

        Example:
            >>> Clock().shown(np.datetime64("2024-02-29T12:30", "us"))
            '2024-02-29 12:30:00'
        """
        if not isinstance(time, np.datetime64):
            return str(time)
        local = self.local(np.asarray([time], "datetime64[us]"))[0]
        text = str(local).replace("T", " ").removesuffix(".000000")
        return text.removesuffix(" 00:00:00")

    def local(self, time: np.ndarray) -> np.ndarray:
        """What a clock on the wall shows at these times, datetime64[us] without a zone."""
        if not self.zone:
            return time
        local: np.ndarray = self.written(time).dt.replace_time_zone(None).to_numpy()
        return local

    def universal(self, local: np.ndarray) -> np.ndarray:
        """Times in UTC of wall clock times.

        Where the clock was put back, the earlier of the two; where it was put forward, the time
        one hour later, for the wall never showed this one.
        """
        if not self.zone:
            return local
        wall = pl.Series("time", local)
        later = wall.dt.offset_by("1h")
        zoned = [
            one.dt.replace_time_zone(self.zone, ambiguous="earliest", non_existent="null")
            for one in (wall, later)
        ]
        universal = zoned[0].fill_null(zoned[1]).dt.convert_time_zone("UTC")
        times: np.ndarray = universal.dt.replace_time_zone(None).to_numpy()
        return times


def read_clock(column: pl.Series, place: Place) -> tuple[np.ndarray, Clock]:
    """Reads a time column.

    Args:
        column: Dates, times with or without a zone, whole numbers, or text in a common format
            (year first, or day and month where their order shows).
        place: What the table is called and how its rows are counted.

    Returns:
        Times (rows,), datetime64[us] (UTC where there is a zone) or int64, and how they are
        written.

    Raises:
        DataError: A missing time, text that is no time, or a column of another type.
    """
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        column = column.cast(pl.String)
    missing = column.is_null().arg_true()
    if len(missing):
        raise DataError(
            f"{place.name}: expected a time in each row of column {column.name!r}, got none in "
            f"{place.row(missing[0])}. Fill it in, or drop the row."
        )
    if column.dtype == pl.String:
        column = _parse(column, place)
    if column.dtype.is_integer():
        return column.cast(pl.Int64).to_numpy(), Clock()
    if column.dtype.is_float() and bool((column == column.round()).all()):
        return column.cast(pl.Int64).to_numpy(), Clock()
    if column.dtype == pl.Date:
        return column.cast(pl.Datetime("us")).to_numpy(), Clock(dates=True)
    if isinstance(column.dtype, pl.Datetime):
        zone = column.dtype.time_zone
        naive = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else column
        return naive.dt.cast_time_unit("us").to_numpy(), Clock(zone=zone)
    raise DataError(
        f"{place.name}: expected dates, times or whole numbers in time column {column.name!r}, "
        f"got values of type {column.dtype}. Convert it, or name another column."
    )


def _parse(column: pl.Series, place: Place) -> pl.Series:
    """Text as dates or times, in the one format that fits every row."""
    words = column.str.strip_chars()
    if re.fullmatch(r"\d{4}-\d{2}", words[0]):
        words = words + "-01"
    # only what the first word has after its year can fit; to try all formats takes as long as a
    # forecast of a row fed alone
    likely = [form for form in _FORMATS if form[len("%Y")] in words[0]]
    found = {form: _parsed(words.head(1), form) for form in likely}
    fitting = [form for form, first in found.items() if first.null_count() == 0]
    parsed = [(form, _parsed(words, form)) for form in fitting]
    who = f"{place.name}: expected a date or time in column {column.name!r}"
    if not parsed:
        raise DataError(
            f"{who}, got {column[0]!r} in {place.row(0)}. Write times as 2024-12-31 or "
            "2024-12-31 23:59:00, or as whole numbers."
        )
    fewest = min(times.null_count() for _, times in parsed)
    best = [(form, times) for form, times in parsed if times.null_count() == fewest]
    if fewest:
        wrong = int(best[0][1].is_null().arg_true()[0])
        raise DataError(
            f"{who} written as in row 1 ({column[0]!r}), got {column[wrong]!r} in "
            f"{place.row(wrong)}. Write all times alike, or drop the row."
        )
    if any(not times.equals(best[0][1]) for _, times in best):
        raise DataError(
            f"{who} whose day and month can be told apart, got {column[0]!r} in {place.row(0)} "
            "and no row with a day above 12. Write dates with the year first, as 2024-12-31."
        )
    form, times = best[0]
    return times.cast(pl.Date) if form in _DAYS else times


def _parsed(words: pl.Series, form: str) -> pl.Series:
    times: pl.Series = words.str.to_datetime(form, time_unit="us", strict=False)
    return times
