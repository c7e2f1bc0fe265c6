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
from lstmkit.data.series import ONLY, Series, SeriesSet, read_series
from lstmkit.errors import DataError


@dataclass(frozen=True, eq=False)
class StoredSeries:
    """Where the series of a table lie; their values are read piece by piece.

    Attributes:
        table: The table.
        columns: Which column plays which part.
        frequency: The step from row to row.
        names: Names of the series, in the order of their rows.
        starts: First row of each in the table, and the end of the last, int64 (S + 1,).
        static: Categories of each.
    """

    table: ParquetTable
    columns: Columns
    frequency: Frequency
    names: tuple[str, ...]
    starts: np.ndarray
    static: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        """Number of series."""
        return len(self.names)

    @property
    def lengths(self) -> np.ndarray:
        """Rows of each series, int64 (S,)."""
        return np.diff(self.starts)

    def within(self, first: int, last: int) -> range:
        """The series that have rows from `first` to before `last`."""
        return range(
            int(np.searchsorted(self.starts, first, "right")) - 1,
            int(np.searchsorted(self.starts, last, "left")),
        )

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
    names, starts, static = _places(table, columns)
    first = _read(table, columns, 0, int(table.starts[1]), None)
    return StoredSeries(
        table, columns, first.frequency, names, np.array([*starts, len(table)]), static
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


def _places(
    table: ParquetTable, columns: Columns
) -> tuple[tuple[str, ...], list[int], tuple[tuple[str, ...], ...]]:
    """Names, first rows and categories of the series."""
    if columns.series is None:
        words = _words(table.read(0, 1), columns.static)
        return (ONLY,), [0], (words,)
    found: dict[str, int] = {}
    static: list[tuple[str, ...]] = []
    before: str | None = None
    for first, last in zip(table.starts[:-1].tolist(), table.starts[1:].tolist(), strict=True):
        rows = table.read(first, last, [columns.series, *columns.static])
        names = rows[columns.series].cast(pl.String)
        changes = names.ne_missing(names.shift(1)).arg_true().to_list()
        for row in sorted({0, *changes}):
            name = names[row]
            if name is None:
                raise DataError(
                    f"{table.name}: expected a name in each row of series column "
                    f"{columns.series!r}, got none in row {first + row + 1:,}. Fill it in, or drop "
                    "the row."
                )
            if name == before:
                continue
            if name in found:
                raise DataError(
                    f"{table.name}: expected the rows of a series side by side, got {name!r} of "
                    f"column {columns.series!r} again in row {first + row + 1:,}. Sort the files "
                    "by it, and then by time."
                )
            found[name], before = first + row, name
            static.append(_words(rows[row : row + 1], columns.static))
    return tuple(found), list(found.values()), tuple(static)


def _words(rows: pl.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    """Categories of the first row."""
    return tuple(rows[name].cast(pl.String)[0] or "" for name in names)
