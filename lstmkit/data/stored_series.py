"""Time series that stay in their Parquet files: where each lies, and pieces of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from lstmkit.data.columns import Columns
from lstmkit.data.frequency import Frequency
from lstmkit.data.numeric import read_numbers
from lstmkit.data.parquet_table import ParquetTable
from lstmkit.data.place import Place
from lstmkit.data.series import Series, SeriesSet
from lstmkit.data.series_places import SeriesPlaces, find_series
from lstmkit.data.series_table import read_series
from lstmkit.errors import DataError


@dataclass(frozen=True, eq=False)
class StoredSeries(SeriesPlaces):
    """Time series in files, and what else is known of them.

    Attributes:
        columns: Which column plays which part.
        frequency: The step from row to row.
        static: Numbers of each (S, N).
        category: Categories of each.
    """

    columns: Columns
    frequency: Frequency
    static: np.ndarray
    category: tuple[tuple[str, ...], ...]

    def piece(self, first: int, last: int) -> SeriesSet:
        """Reads and checks rows from `first` to before `last` as series, some of them cut.

        Raises:
            DataError: What `read_series` refuses, or static columns that change from one row group
                to the next.
        """
        found = _read(self.table, self.columns, first, last, self.frequency)
        for number, one in zip(self.within(first, last), found, strict=True):
            same = np.array_equal(one.static, self.static[number], equal_nan=True)
            if not same or one.category != self.category[number]:
                raise DataError(
                    f"{self.table.name}: expected one value of each static column for a whole "
                    f"series, got others in rows from {first + 1:,} on than in the first row of "
                    f"series {one.name!r}. Name what changes as past or known instead."
                )
        return found

    def numbers(self, ends: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Reads the first rows of each series, row group by row group.

        Args:
            ends: How many rows of each, int64 (S,).

        Yields:
            Number of a series, and its next rows: targets, past and known covariates (T, C).
        """
        place = Place(self.table.name)
        groups = zip(self.table.starts[:-1].tolist(), self.table.starts[1:].tolist(), strict=True)
        names, parts = self.columns.numeric, self.columns.numeric_parts
        moving = list(zip(parts, names, strict=True))[: self.columns.bounds[-1]]
        for first, last in groups:
            rows = self.table.read(first, last, [name for _, name in moving])
            values = np.stack([read_numbers(rows[name], part, place) for part, name in moving], 1)
            for one in self.within(first, last):
                start = int(self.starts[one])
                stop = min(last, start + int(ends[one]))
                if stop > max(first, start):
                    yield one, values[max(first, start) - first : stop - first]

    def some(self, rows: int) -> SeriesSet:
        """Reads whole series spread evenly over the files: about so many rows, at least one."""
        number = max(1, min(len(self), rows * len(self) // len(self.table)))
        places = np.linspace(0, len(self) - 1, number).round().astype(int)
        ends = zip(self.starts[places].tolist(), self.starts[places + 1].tolist(), strict=True)
        found = [one for first, last in ends for one in self.piece(first, last)]
        return SeriesSet(tuple(found), self.columns, self.frequency, ())

    def tails(self, rows: int) -> SeriesSet:
        """Reads the last rows of each series.

        Args:
            rows: How many.
        """
        found: list[Series] = []
        for last in np.unique(np.searchsorted(self.table.starts, self.starts[1:], "left")):
            begin, end = self.table.starts[last - 1], self.table.starts[last]
            ending = np.flatnonzero((self.starts[1:] > begin) & (self.starts[1:] <= end))
            for one in ending.tolist():
                stop = int(self.starts[one + 1])
                found += self.piece(max(int(self.starts[one]), stop - rows), stop).series
        return SeriesSet(tuple(found), self.columns, self.frequency, ())


def store_series(table: ParquetTable, columns: Columns) -> StoredSeries:
    """Finds the series of a table.

    Args:
        table: Rows of a series stand together, in the order of time.
        columns: Which column plays which part.

    Returns:
        Where they are. The step from row to row is that of the first row group.

    Raises:
        DataError: A column that is absent, a series in two places, or a static column without a
            number.
    """
    columns.require(table.columns, table.name)
    columns = columns.told_apart(table.read(0, 1))
    found = find_series(table, columns.series, columns.static + columns.category)
    first = _read(table, columns, 0, int(table.starts[1]), None)
    return StoredSeries(
        table=table,
        names=found.names,
        starts=found.starts,
        columns=columns,
        frequency=first.frequency,
        static=_numbers(found.first_rows, columns.static, len(found.names), table.name),
        category=_words(found.first_rows, columns.category, len(found.names)),
    )


def _read(
    table: ParquetTable, columns: Columns, first: int, last: int, frequency: Frequency | None
) -> SeriesSet:
    wanted = [name for _, name in columns.parts()]
    return read_series(
        table.read(first, last, wanted),
        columns,
        learning=False,
        frequency=frequency,
        what=f"{table.name}, rows from {first + 1:,} on",
    )


def _numbers(rows: pl.DataFrame, names: Sequence[str], number: int, what: str) -> np.ndarray:
    """Numbers of each of so many series (S, N), by the first row of each."""
    if not names:
        return np.zeros((number, 0))
    columns = [read_numbers(rows[name], "static", Place(what)) for name in names]
    for name, column in zip(names, columns, strict=True):
        if np.isnan(column).all():
            raise DataError(
                f"{what}: expected values in static column {name!r}, got none in {number:,} "
                "series. Fill it in, or leave the column out."
            )
    return np.stack(columns, axis=1)


def _words(rows: pl.DataFrame, names: Sequence[str], number: int) -> tuple[tuple[str, ...], ...]:
    """Categories of each of so many series, by the first row of each."""
    words = [rows[name].cast(pl.String).fill_null("").to_list() for name in names]
    return tuple(zip(*words, strict=True)) if words else ((),) * number
