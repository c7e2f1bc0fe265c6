"""Time series with their covariates, read from a table and checked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from lstmkit.data.clock import Clock
from lstmkit.data.columns import Columns
from lstmkit.data.content import check_values, content_notices
from lstmkit.data.frequency import Frequency, infer_frequency
from lstmkit.data.grid import Gaps, even_steps
from lstmkit.data.numeric import read_numbers
from lstmkit.data.place import Place
from lstmkit.data.rows import Rows, read_rows
from lstmkit.data.table import read_table
from lstmkit.errors import DataError, SettingsError

ONLY = "series"
"""Name of the series of a table without a series column."""


@dataclass(frozen=True, eq=False)
class Series:
    """One time series at even steps; T rows.

    Attributes:
        name: What its column of series names calls it; "series" where there is no such column.
        time: Times (T,): datetime64[us], in UTC where the column has a zone, or int64.
        target: Values to forecast (T, K), float64, NaN where missing.
        past: Covariates known up to the origin (T, P), float64, NaN where missing.
        known: Covariates known ahead (T, Q), float64, NaN where missing.
        static: Categories of the whole series (S,); "" where missing.
    """

    name: str
    time: np.ndarray
    target: np.ndarray
    past: np.ndarray
    known: np.ndarray
    static: tuple[str, ...]

    def __len__(self) -> int:
        """Number of rows T."""
        return len(self.time)


@dataclass(frozen=True, eq=False)
class SeriesSet:
    """Series of one table, which share columns and step.

    Attributes:
        series: In the order in which they first appear in the table.
        columns: The columns read.
        frequency: The step from row to row, the same for all.
        notices: What was found missing and what was done about it, in sentences.
    """

    series: tuple[Series, ...]
    columns: Columns
    frequency: Frequency
    notices: tuple[str, ...]

    def __len__(self) -> int:
        """Number of series."""
        return len(self.series)

    def __iter__(self) -> Iterator[Series]:
        """The series in order."""
        return iter(self.series)

    def __getitem__(self, index: int) -> Series:
        """The series at a place, from 0."""
        return self.series[index]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the series in order."""
        return tuple(one.name for one in self.series)


def read_series(
    source: object,
    columns: Columns,
    *,
    gaps: Gaps = "error",
    learning: bool = True,
    frequency: Frequency | None = None,
    what: str = "data",
) -> SeriesSet:
    """Reads time series from a table and refuses what no forecast can be learnt from.

    Args:
        source: A path or a table in memory, as `read_table` takes.
        columns: Which column plays which part.
        gaps: "error" refuses missing rows; "fill" puts rows of missing values in their place and
            says so in `notices`.
        learning: Whether the target must vary; False for data to forecast from.
        frequency: The step that the data must have, where it is known already; else it is
            inferred.
        what: What a table in memory is called in messages.

    Returns:
        The series with their step and notices; missing numbers are NaN.

    Raises:
        DataError: A column that is absent or of the wrong type, an infinity, a column without a
            value, a constant target, a row without a series, static values that change within a
            series, times out of order, twice there, at uneven steps or with gaps. The message
            names the column, the row, what was expected, what came and how to mend it.
        SettingsError: Another value of `gaps`.

    Example:
        >>> found = read_series({"y": [1.0, None, 3.0]}, Columns.of("y"))
        >>> found[0].target.ravel().tolist()
        [1.0, nan, 3.0]
        >>> found.notices
        ("Column 'y': 1 of 3 values is missing.",)
    """
    if gaps not in ("error", "fill"):
        raise SettingsError(f"read_series: expected gaps to be 'error' or 'fill', got {gaps!r}.")
    place = Place.of(source, what)
    table = read_table(source, what)
    columns.require(table.columns, place.name)
    parts = zip(columns.numeric_parts, columns.numeric, strict=True)
    values = np.stack([read_numbers(table[name], part, place) for part, name in parts], axis=1)
    groups, clock = read_rows(table, columns, place)
    check_values(values, groups, columns, place, learning=learning)
    frequency = _frequency(groups, clock, frequency, columns, place)
    steps = [even_steps(rows, frequency, gaps, columns.time or "", place) for rows in groups]
    series = []
    for rows, places in zip(groups, steps, strict=True):
        time, full = _regular(rows, places, frequency, values[rows.index])
        target, past, known = np.split(full, columns.bounds, axis=1)
        static = _static(table, rows, columns, place)
        series.append(
            Series(ONLY if rows.name is None else rows.name, time, target, past, known, static)
        )
    notices = content_notices(values, groups, steps, columns)
    return SeriesSet(tuple(series), columns, frequency, tuple(notices))


def _frequency(
    groups: list[Rows],
    clock: Clock,
    known: Frequency | None,
    columns: Columns,
    place: Place,
) -> Frequency:
    if known is None:
        found = infer_frequency([rows.time for rows in groups], clock)
        if found is None:
            raise DataError(
                f"{place.name}: expected at least 2 rows of a series, got 1. Give more of the past."
            )
        return found
    kinds = ("whole numbers", "dates or times")
    learnt = kinds[known.kind != "number"]
    come = kinds[groups[0].time.dtype.kind == "M"]
    if learnt != come:
        raise DataError(
            f"{place.name}: expected {learnt} in time column {columns.time!r} as in the data "
            f"learnt from, got {come}. Write the times alike."
        )
    return replace(known, clock=clock)


def _static(table: pl.DataFrame, rows: Rows, columns: Columns, place: Place) -> tuple[str, ...]:
    found = []
    for name in columns.static:
        words = table[name].gather(rows.index).cast(pl.String)
        changes = words.ne_missing(words.shift(1)).slice(1).arg_true()
        if len(changes):
            row = int(changes[0]) + 1
            raise DataError(
                f"{place.name}: expected one value of static column {name!r} for a whole series, "
                f"got {words[row - 1]!r} and then {words[row]!r} in "
                f"{place.row(int(rows.index[row]))}{rows.of}. Name it as past or known instead."
            )
        found.append(words[0] or "")
    return tuple(found)


def _regular(
    rows: Rows, steps: np.ndarray, frequency: Frequency, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Times and values with a row at every step; rows that the table lacks are NaN."""
    num_rows = int(steps[-1]) + 1
    if num_rows == len(values):
        return rows.time, values
    full = np.full((num_rows, values.shape[1]), np.nan)
    full[steps] = values
    return frequency.times(rows.time[0], np.arange(num_rows)), full
