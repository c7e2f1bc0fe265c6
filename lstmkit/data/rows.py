"""Which rows of a table belong to which series, and that their time runs forward."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from lstmkit.data.clock import Clock, read_clock
from lstmkit.data.columns import Columns
from lstmkit.data.place import Place
from lstmkit.errors import DataError


@dataclass(frozen=True)
class Rows:
    """The rows of one series in a table.

    Attributes:
        name: Name of the series; None where the table holds one series.
        index: Row numbers in the table from 0, int64 (rows,).
        time: Their times, datetime64[us] or int64 (rows,).
    """

    name: str | None
    index: np.ndarray
    time: np.ndarray

    @property
    def of(self) -> str:
        """Words that name the series in a message; none where there is only one."""
        return "" if self.name is None else f" of series {self.name!r}"


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
    groups = _groups(table, columns, place)
    if columns.time is None:
        return [Rows(name, index, np.arange(len(index))) for name, index in groups], Clock()
    time, clock = read_clock(table[columns.time], place)
    found = [Rows(name, index, time[index]) for name, index in groups]
    for rows in found:
        _check_order(rows, columns.time, clock, place)
    return found, clock


def _groups(
    table: pl.DataFrame, columns: Columns, place: Place
) -> list[tuple[str | None, np.ndarray]]:
    if columns.series is None:
        return [(None, np.arange(table.height))]
    return list(rows_by_name(table[columns.series], place).items())


def rows_by_name(names: pl.Series, place: Place) -> dict[str, np.ndarray]:
    """Finds the rows of each name.

    Args:
        names: The series column.
        place: What the table is called and how its rows are counted.

    Returns:
        Row numbers, int64 (rows,), by name, in the order in which names first appear.

    Raises:
        DataError: A row without a name.
    """
    missing = names.is_null().arg_true()
    if len(missing):
        raise DataError(
            f"{place.name}: expected a name in each row of series column {names.name!r}, got "
            f"none in {place.row(missing[0])}. Fill it in, or drop the row."
        )
    named = pl.DataFrame({"name": names.cast(pl.String)}).with_row_index("row")
    found = named.group_by("name", maintain_order=True).agg("row")
    rows = [one.to_numpy().astype(np.int64) for one in found["row"]]
    return dict(zip(found["name"].to_list(), rows, strict=True))


def _check_order(rows: Rows, column: str, clock: Clock, place: Place) -> None:
    backward = np.flatnonzero(rows.time[1:] <= rows.time[:-1])
    if not len(backward):
        return
    first = int(backward[0])
    before, after = clock.shown(rows.time[first]), clock.shown(rows.time[first + 1])
    who = f"{place.name}: expected time column {column!r} to run forward"
    where = f"in {place.row(int(rows.index[first + 1]))}{rows.of}"
    several = ", or name the column that tells several series apart" if rows.name is None else ""
    if rows.time[first] != rows.time[first + 1]:
        raise DataError(
            f"{who}, got {after} after {before} {where}. Sort the rows by time{several}."
        )
    raise DataError(
        f"{who}, got {after} a second time {where}. Keep one row for each time{several}."
    )
