"""Where the series of a table in files lie, found by the one column that names them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from lstmkit.data.parquet_table import ParquetTable
from lstmkit.data.series import ONLY
from lstmkit.errors import DataError


@dataclass(frozen=True, eq=False)
class SeriesPlaces(ABC):
    """Where the series of a table lie; their values are read piece by piece.

    Attributes:
        table: The table.
        names: Names of the series, in the order of their rows.
        starts: First row of each in the table, and the end of the last, int64 (S + 1,).
    """

    table: ParquetTable
    names: tuple[str, ...]
    starts: np.ndarray

    def __len__(self) -> int:
        """Number of series."""
        return len(self.names)

    @property
    def lengths(self) -> np.ndarray:
        """Rows of each series, int64 (S,)."""
        return np.diff(self.starts)

    @property
    def edges(self) -> np.ndarray:
        """First row of each block that is read at once, and the end of the last, int64 (K + 1,)."""
        return self.table.starts

    def within(self, first: int, last: int) -> range:
        """The series that have rows from `first` to before `last`."""
        return range(
            int(np.searchsorted(self.starts, first, "right")) - 1,
            int(np.searchsorted(self.starts, last, "left")),
        )

    @abstractmethod
    def piece(self, first: int, last: int) -> Any:
        """Reads rows from `first` to before `last` as series, some of them cut."""


class FoundSeries(NamedTuple):
    """The series of a table.

    Attributes:
        names: Their names, in the order of their rows.
        starts: First row of each, and the end of the last, int64 (S + 1,).
        first_rows: What the first row of each says in some columns.
    """

    names: tuple[str, ...]
    starts: np.ndarray
    first_rows: pl.DataFrame


def find_series(table: ParquetTable, series: str | None, more: Sequence[str] = ()) -> FoundSeries:
    """Finds the series of a table.

    Args:
        table: Rows of a series stand together.
        series: The column that tells them apart; None where the table is one series.
        more: Columns of which the first rows are wanted.

    Returns:
        The series.

    Raises:
        DataError: A row without a name, or a series in two places.
    """
    if series is None:
        rows = table.read(0, 1, list(more)) if more else pl.DataFrame()
        return FoundSeries((ONLY,), np.array([0, len(table)]), rows)
    found: dict[str, int] = {}
    firsts: list[pl.DataFrame] = []
    before: str | None = None
    for first, last in zip(table.starts[:-1].tolist(), table.starts[1:].tolist(), strict=True):
        rows = table.read(first, last, [series, *more])
        names = rows[series].cast(pl.String)
        changes, new = names.ne_missing(names.shift(1)).arg_true().to_list(), list[int]()
        for row in sorted({0, *changes}):
            name = names[row]
            if name is None:
                raise DataError(
                    f"{table.name}: expected a name in each row of series column {series!r}, got "
                    f"none in row {first + row + 1:,}. Fill it in, or drop the row."
                )
            if name == before:
                continue
            if name in found:
                raise DataError(
                    f"{table.name}: expected the rows of a series side by side, got {name!r} of "
                    f"column {series!r} again in row {first + row + 1:,}. Sort the files by it, "
                    "and then by time."
                )
            found[name], before = first + row, name
            new.append(row)
        if more and new:
            firsts.append(rows.select(more)[new])
    starts = np.array([*found.values(), len(table)])
    first_rows = pl.concat(firsts, how="vertical_relaxed") if firsts else pl.DataFrame()
    return FoundSeries(tuple(found), starts, first_rows)
