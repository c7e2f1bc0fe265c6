"""Time series read from a table, and checked."""

from dataclasses import replace
from typing import Any, NamedTuple, NoReturn

import numpy as np
import polars as pl

from lstmkit.data.clock import Clock
from lstmkit.data.columns import Columns
from lstmkit.data.content import category_notices, check_values, content_notices
from lstmkit.data.frequency import Frequency, infer_frequency
from lstmkit.data.grid import Gaps, even_steps
from lstmkit.data.numeric import read_numbers
from lstmkit.data.place import Place
from lstmkit.data.rows import Rows, read_rows
from lstmkit.data.series import ONLY, Series, SeriesSet
from lstmkit.data.table import categorical_columns, read_table
from lstmkit.errors import DataError, SettingsError


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
        learning: Whether the target must vary, and static columns are told apart by what they
            hold; False for data to forecast from, with the columns that were found in learning.
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
    given = read_given(source, columns, what, tell_apart=learning)
    place, values, groups = given.place, given.values, given.groups
    named, columns = columns, given.columns
    check_values(values, groups, columns, place, learning=learning)
    frequency = step_of(given, frequency)
    steps = [even_steps(rows, frequency, gaps, columns.time or "", place) for rows in groups]
    series = [
        even_series(given, rows, places, frequency)
        for rows, places in zip(groups, steps, strict=True)
    ]
    notices = content_notices(values, groups, steps, columns)
    notices += category_notices(given.table, named) if learning else []
    return SeriesSet(tuple(series), columns, frequency, tuple(notices))


class Given(NamedTuple):
    """A table as it was read.

    Attributes:
        place: What it is called and how its rows are counted.
        table: Its columns.
        columns: Which column plays which part.
        values: Its numeric columns (rows, channels), NaN where missing.
        groups: The rows of each series.
        clock: How its time column writes times.
    """

    place: Place
    table: pl.DataFrame
    columns: Columns
    values: np.ndarray
    groups: list[Rows]
    clock: Clock


def read_given(source: object, columns: Columns, what: str, *, tell_apart: bool = False) -> Given:
    """Reads numbers, series and times of a table.

    Args:
        source: A path or a table in memory.
        columns: Which column plays which part.
        what: What a table in memory is called in messages.
        tell_apart: Whether what static columns hold says which of them are categories.

    Raises:
        DataError: An absent column, no numbers, a row without a series, times that do not run
            forward.
    """
    place = Place.of(source, what)
    table = read_table(source, what)
    columns.require(table.columns, place.name)
    columns = columns.told_apart(table, categorical_columns(source)) if tell_apart else columns
    parts = zip(columns.numeric_parts, columns.numeric, strict=True)
    values = np.stack([read_numbers(table[name], part, place) for part, name in parts], axis=1)
    return Given(place, table, columns, values, *read_rows(table, columns, place))


def step_of(given: Given, known: Frequency | None) -> Frequency:
    """Finds the step of a table, or says that the known one cannot be its step.

    Args:
        given: The table.
        known: The step that it must have; None to infer it.

    Returns:
        The step, with the clock of the table.

    Raises:
        DataError: One row only, or dates where there were whole numbers.
    """
    place, groups, clock = given.place, given.groups, given.clock
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
            f"{place.name}: expected {learnt} in time column {given.columns.time!r} as in the "
            f"data learnt from, got {come}. Write the times alike."
        )
    return replace(known, clock=clock)


def even_series(given: Given, rows: Rows, steps: np.ndarray, frequency: Frequency) -> Series:
    """Makes a series of its rows in a table.

    Args:
        given: The table.
        rows: The rows.
        steps: The steps from the first row to each, int64 (rows,).
        frequency: The step.

    Returns:
        The series with a row at every step, NaN where the table has none.

    Raises:
        DataError: A static column that changes.
    """
    values, last = given.values[rows.index], given.columns.bounds[-1]
    time, full = _regular(rows, steps, frequency, values[:, :last])
    target, past, known = np.split(full, given.columns.bounds[:-1], axis=1)
    name = ONLY if rows.name is None else rows.name
    static = _numbers(given, rows, values[:, last:])
    return Series(name, time, target, past, known, static, _categories(given, rows))


def _numbers(given: Given, rows: Rows, values: np.ndarray) -> np.ndarray:
    """The numbers of a whole series (N,), of its rows (rows, N)."""
    for name, column in zip(given.columns.static, values.T, strict=True):
        same = (column == column[0]) | (np.isnan(column) & np.isnan(column[0]))
        changes = np.flatnonzero(~same)
        if len(changes):
            row = int(changes[0])
            _refuse_change(given, rows, name, column[[0, row]].tolist(), row)
    numbers: np.ndarray = values[0].copy()
    return numbers


def _categories(given: Given, rows: Rows) -> tuple[str, ...]:
    found = []
    for name in given.columns.category:
        words = given.table[name].gather(rows.index).cast(pl.String)
        changes = words.ne_missing(words.shift(1)).slice(1).arg_true()
        if len(changes):
            row = int(changes[0]) + 1
            _refuse_change(given, rows, name, words[[row - 1, row]].to_list(), row)
        found.append(words[0] or "")
    return tuple(found)


def _refuse_change(given: Given, rows: Rows, name: str, values: list[Any], row: int) -> NoReturn:
    place, (before, after) = given.place, values
    raise DataError(
        f"{place.name}: expected one value of static column {name!r} for a whole series, got "
        f"{before!r} and then {after!r} in {place.row(int(rows.index[row]))}{rows.of}. Name it as "
        "past or known instead."
    )


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
