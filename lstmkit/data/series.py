"""Time series with their covariates, read from a table and checked."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from lstmkit.data.clock import Clock, read_clock
from lstmkit.data.columns import Columns
from lstmkit.data.frequency import Frequency, infer_frequency
from lstmkit.data.grid import Gaps, Grid, Rows, shown
from lstmkit.data.numeric import read_numbers
from lstmkit.data.place import Place
from lstmkit.data.table import read_table
from lstmkit.errors import DataError, SettingsError


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
    values = np.stack(
        [read_numbers(table[name], _part(columns, name), place) for name in columns.numeric], axis=1
    )
    _check_values(values, columns, learning, place)
    groups, clock = read_rows(table, columns, place)
    frequency = _frequency(groups, clock, frequency, columns, place)
    grid = Grid(columns.time or "", place)
    steps = [grid.steps(rows, frequency, gaps) for rows in groups]
    statics = [_static(table, rows, columns, place) for rows in groups]
    series = tuple(
        _regular(rows, place_of, frequency, values, static, columns)
        for rows, place_of, static in zip(groups, steps, statics, strict=True)
    )
    notices = [*_missing(values, columns), *_filled(steps, columns), *_unwritten(statics, columns)]
    _check_series(series, groups, columns, learning, place, notices)
    return SeriesSet(series, columns, frequency, tuple(notices))


def read_rows(table: pl.DataFrame, columns: Columns, place: Place) -> tuple[list[Rows], Clock]:
    """Finds the rows of each series and their times, and checks the order of time.

    Args:
        table: Any table with the time and series columns.
        columns: Which column plays which part.
        place: What the table is called and how its rows are counted.

    Returns:
        The series in the order in which they first appear, and how times are written.

    Raises:
        DataError: A row without a series, or a time column that does not run forward.
    """
    if columns.time is None:
        time, clock = None, Clock()
    else:
        time, clock = read_clock(table[columns.time], place)
    groups = [
        Rows(name, index, np.arange(len(index)) if time is None else time[index])
        for name, index in _groups(table, columns, place)
    ]
    if columns.time is not None:
        for rows in groups:
            Grid(columns.time, place).check_order(rows)
    return groups, clock


def _groups(
    table: pl.DataFrame, columns: Columns, place: Place
) -> list[tuple[str | None, np.ndarray]]:
    if columns.series is None:
        return [(None, np.arange(table.height))]
    names = table[columns.series]
    missing = names.is_null().arg_true()
    if len(missing):
        raise DataError(
            f"{place.name}: expected a name in each row of series column {columns.series!r}, got "
            f"none in {place.row(missing[0])}. Fill it in, or drop the row."
        )
    named = pl.DataFrame({"name": names.cast(pl.String)}).with_row_index("row")
    found = named.group_by("name", maintain_order=True).agg("row")
    rows = [one.to_numpy().astype(np.int64) for one in found["row"]]
    return list(zip(found["name"].to_list(), rows, strict=True))


def _frequency(
    groups: list[Rows],
    clock: Clock,
    known: Frequency | None,
    columns: Columns,
    place: Place,
) -> Frequency:
    found = infer_frequency([rows.time for rows in groups], clock)
    if found is None and known is None:
        raise DataError(
            f"{place.name}: expected at least 2 rows in a series, got 1. Give more of the past."
        )
    if known is None:
        return found  # type: ignore[return-value]
    wanted, come = known.kind == "number", groups[0].time.dtype.kind != "M"
    if wanted != come:
        raise DataError(
            f"{place.name}: expected {'whole numbers' if wanted else 'dates or times'} in time "
            f"column {columns.time!r} as in the data learnt from, got "
            f"{'whole numbers' if come else 'dates or times'}. Write the times alike."
        )
    return known


def _static(table: pl.DataFrame, rows: Rows, columns: Columns, place: Place) -> tuple[str, ...]:
    found = []
    for name in columns.static:
        words = table[name].gather(rows.index).cast(pl.String)
        changes = words.ne_missing(words.shift(1)).slice(1).arg_true()
        if len(changes):
            row = int(changes[0]) + 1
            of = "" if rows.name is None else f" of series {rows.name!r}"
            raise DataError(
                f"{place.name}: expected one value of static column {name!r} for a whole series, "
                f"got {words[row - 1]!r} and then {words[row]!r} in "
                f"{place.row(int(rows.index[row]))}{of}. Name it as past or known instead."
            )
        found.append(words[0] or "")
    return tuple(found)


def _regular(
    rows: Rows,
    steps: np.ndarray,
    frequency: Frequency,
    values: np.ndarray,
    static: tuple[str, ...],
    columns: Columns,
) -> Series:
    """A series with a row at every step; rows that the table lacks are NaN."""
    num_rows = int(steps[-1]) + 1
    full = values[rows.index]
    time = rows.time
    if num_rows > len(rows.index):
        full = np.full((num_rows, values.shape[1]), np.nan)
        full[steps] = values[rows.index]
        time = frequency.times(rows.time[0], np.arange(num_rows))
    first, second = len(columns.target), len(columns.target) + len(columns.past)
    return Series(
        name="series" if rows.name is None else rows.name,
        time=time,
        target=full[:, :first],
        past=full[:, first:second],
        known=full[:, second:],
        static=static,
    )


def _check_values(values: np.ndarray, columns: Columns, learning: bool, place: Place) -> None:
    for name, column in zip(columns.numeric, values.T, strict=True):
        known = column[~np.isnan(column)]
        part = _part(columns, name)
        if not len(known):
            raise DataError(
                f"{place.name}: expected values in {part} column {name!r}, got none in "
                f"{len(column):,} rows. Fill it in, or leave the column out."
            )
        if learning and part == "target" and len(known) > 1 and (known == known[0]).all():
            raise DataError(
                f"{place.name}: expected a target column {name!r} that varies, got {known[0]:g} in "
                "every row. There is nothing to learn; name another column."
            )


def _check_series(
    series: tuple[Series, ...],
    groups: list[Rows],
    columns: Columns,
    learning: bool,
    place: Place,
    notices: list[str],
) -> None:
    """Checks each target of each series, and adds what is unusual to `notices`."""
    constant = dict.fromkeys(columns.target, 0)
    for one, rows in zip(series, groups, strict=True):
        for name, column in zip(columns.target, one.target.T, strict=True):
            known = column[~np.isnan(column)]
            if not len(known):
                raise DataError(
                    f"{place.name}: expected values in target column {name!r} for series "
                    f"{one.name!r}, got none in its {len(rows.index):,} rows from "
                    f"{place.row(int(rows.index[0]))} on ({shown(one.time[0])}). Fill them in, or "
                    "leave the series out."
                )
            constant[name] += bool((known == known[0]).all())
    if learning:
        notices += [
            f"Column {name!r}: the target never changes in {number} of {len(series)} series."
            for name, number in constant.items()
            if number
        ]


def _missing(values: np.ndarray, columns: Columns) -> list[str]:
    numbers = np.isnan(values).sum(axis=0)
    total = f"{len(values):,}"
    return [
        f"Column {name!r}: {number:,} of {total} values {'is' if number == 1 else 'are'} missing."
        for name, number in zip(columns.numeric, numbers.tolist(), strict=True)
        if number
    ]


def _filled(steps: list[np.ndarray], columns: Columns) -> list[str]:
    rows = sum(int(one[-1]) + 1 - len(one) for one in steps)
    gaps = sum(int((np.diff(one) > 1).sum()) for one in steps)
    if not rows:
        return []
    places = "1 gap was" if gaps == 1 else f"{gaps:,} gaps were"
    filling = "1 row" if rows == 1 else f"{rows:,} rows"
    return [f"Column {columns.time!r}: {places} filled with {filling} of missing values."]


def _unwritten(statics: list[tuple[str, ...]], columns: Columns) -> list[str]:
    numbers = [sum(not static[i] for static in statics) for i in range(len(columns.static))]
    return [
        f"Column {name!r}: {number} of {len(statics)} series have no value."
        for name, number in zip(columns.static, numbers, strict=True)
        if number
    ]


def _part(columns: Columns, name: str) -> str:
    return next(part for part, column in columns.parts() if column == name)
