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


@dataclass(frozen=True, eq=False)
class StoredSeries(SeriesPlaces):
    """Time series in files, and what else is known of them.

    Attributes:
        columns: Which column plays which part.
        frequency: The step from row to row.
        static: Categories of each.
    """

    columns: Columns
    frequency: Frequency
    static: tuple[tuple[str, ...], ...]

    def piece(self, first: int, last: int) -> SeriesSet:
        """Reads and checks rows from `first` to before `last` as series, some of them cut.

        Raises:
            DataError: What `read_series` refuses.
        """
        return _read(self.table, self.columns, first, last, self.frequency)

    def numbers(self, ends: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Reads the first rows of each series, row group by row group.

        Args:
            ends: How many rows of each, int64 (S,).

        Yields:
            Number of a series, and its next rows: targets, past and known covariates (T, C).
        """
        place = Place(self.table.name)
        groups = zip(self.table.starts[:-1].tolist(), self.table.starts[1:].tolist(), strict=True)
        parts = list(zip(self.columns.numeric_parts, self.columns.numeric, strict=True))
        for first, last in groups:
            rows = self.table.read(first, last, list(self.columns.numeric))
            values = np.stack([read_numbers(rows[name], part, place) for part, name in parts], 1)
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
        DataError: A column that is absent, or a series in two places.
    """
    columns.require(table.columns, table.name)
    found = find_series(table, columns.series, columns.static)
    first = _read(table, columns, 0, int(table.starts[1]), None)
    return StoredSeries(
        table=table,
        names=found.names,
        starts=found.starts,
        columns=columns,
        frequency=first.frequency,
        static=_words(found.first_rows, columns.static, len(found.names)),
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


def _words(rows: pl.DataFrame, names: Sequence[str], number: int) -> tuple[tuple[str, ...], ...]:
    """Categories of each of so many series, by the first row of each."""
    words = [rows[name].cast(pl.String).fill_null("").to_list() for name in names]
    return tuple(zip(*words, strict=True)) if words else ((),) * number
