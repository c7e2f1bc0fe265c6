"""What is known ahead: the covariates of the steps to forecast."""

import numpy as np

from lstmkit.data.columns import Columns
from lstmkit.data.numeric import read_numbers
from lstmkit.data.place import Place
from lstmkit.data.rows import read_rows
from lstmkit.data.series import ONLY, SeriesSet
from lstmkit.data.table import read_table
from lstmkit.errors import DataError


def read_future(
    source: object, series: SeriesSet, horizon: int, *, what: str = "future"
) -> list[np.ndarray]:
    """Reads the known-ahead covariates of the steps after the last row of each series.

    Args:
        source: A path or a table in memory with the time, series and known columns of `series`;
            rows after the horizon and rows of other series are left out.
        series: The series to forecast.
        horizon: How many steps.
        what: What a table in memory is called in messages.

    Returns:
        For each series its covariates (horizon, Q), float64, none missing.

    Raises:
        DataError: An absent column, a step without a row, or a row without a value.
    """
    known = series.columns
    columns = Columns(target=(), time=known.time, series=known.series, known=known.known)
    place = Place.of(source, what)
    table = read_table(source, what)
    columns.require(table.columns, place.name)
    values = np.stack([read_numbers(table[name], "known", place) for name in columns.known], axis=1)
    groups, _ = read_rows(table, columns, place)
    found = {ONLY if rows.name is None else rows.name: rows for rows in groups}
    futures = []
    shown = series.frequency.clock.shown
    for one in series:
        rows = found.get(one.name)
        wanted = series.frequency.future(one.time[-1], horizon)
        if rows is None:
            raise DataError(
                f"{place.name}: expected {horizon} rows of series {one.name!r} from "
                f"{shown(wanted[0])} on, got none. Add them."
            )
        if columns.time is None:
            wanted = np.arange(horizon)
        if rows.time.dtype != wanted.dtype:
            raise DataError(
                f"{place.name}: expected time column {columns.time!r} to go on after "
                f"{shown(one.time[-1])}, got {shown(rows.time[0])}. Write the times alike."
            )
        spot = np.minimum(np.searchsorted(rows.time, wanted), len(rows.time) - 1)
        lacking = np.flatnonzero(rows.time[spot] != wanted)
        if len(lacking):
            raise DataError(
                f"{place.name}: expected a row for each of the {horizon} steps after "
                f"{shown(one.time[-1])} of series {one.name!r}, got none for "
                f"{shown(wanted[lacking[0]])} and {len(lacking)} lacking in all. Add them."
            )
        index = rows.index[spot]
        blank = np.argwhere(np.isnan(values[index]))
        if len(blank):
            row, column = blank[0]
            raise DataError(
                f"{place.name}: expected a number in known column {columns.known[column]!r}, got "
                f"none in {place.row(int(index[row]))}. Fill it in."
            )
        futures.append(values[index])
    return futures
