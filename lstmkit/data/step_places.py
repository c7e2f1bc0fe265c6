"""Where series of steps lie in Parquet files, and pieces of them."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from lstmkit.data.dated import Dates
from lstmkit.data.sequence_table import SequenceColumns
from lstmkit.data.series_places import SeriesPlaces
from lstmkit.data.stored_sequences import read_stored
from lstmkit.errors import DataError


class Steps(NamedTuple):
    """Some steps of one series, side by side.

    Attributes:
        series: Number of the series.
        first: Number of the first of them in the series, from 0.
        values: Steps (T, C), NaN where missing.
        times: Their times (T,); their numbers where steps are even.
        static: Numbers of the series (1, S).
        labels: What a column says of each; None where that was not asked for.
    """

    series: int
    first: int
    values: np.ndarray
    times: np.ndarray
    static: np.ndarray
    labels: list[object] | None = None

    def head(self, steps: int) -> "Steps":
        """The first so many of them."""
        labels = None if self.labels is None else self.labels[:steps]
        return self._replace(values=self.values[:steps], times=self.times[:steps], labels=labels)


@dataclass(frozen=True, eq=False)
class StepPlaces(SeriesPlaces):
    """Where the series of a table lie, each of them a sequence of steps.

    Attributes:
        columns: Which column plays which part, channels named.
        static: Numbers of each series (S, N), NaN where missing.
        groups: Group of each (S,); None where none was asked for.
        dates: How times are dates, if they are.
    """

    columns: SequenceColumns
    static: np.ndarray
    groups: np.ndarray | None
    dates: Dates | None

    @cached_property
    def edges(self) -> np.ndarray:
        """Edges of blocks: a series is cut only where it is longer than a row group."""
        found = [0]
        for end in self.table.starts[1:-1].tolist():
            begin = int(self.starts[np.searchsorted(self.starts, end, "right") - 1])
            found.append(begin if begin > found[-1] else end)
        return np.unique([*found, len(self.table)])

    def piece(self, first: int, last: int, *, labelled: bool = False) -> list[Steps]:
        """Reads and checks rows from `first` to before `last`, with labels where asked for.

        Raises:
            DataError: What `read_sequence_table` refuses, or static numbers or groups that are not
                those of the first row of a series.
        """
        columns = self.columns if labelled else replace(self.columns, target=(), group=None)
        found = read_stored(self.table, columns, self.dates, first, last, labelled=labelled)
        read, places = found.sequences, self.within(first, last)
        rows = slice(places.start, places.stop)
        same = np.array_equal(read.static, self.static[rows], equal_nan=True)
        if found.groups is not None and self.groups is not None:
            same = same and np.array_equal(found.groups, self.groups[rows])
        if not same:
            raise DataError(
                f"{self.table.name}: expected one value of each static and group column for a "
                f"whole series, got others in rows {first + 1:,} to {last:,} than before. Name "
                "what changes among the values instead."
            )
        steps = []
        for number, place in enumerate(places):
            begin = max(first - int(self.starts[place]), 0)
            values = read.values[number]
            even = np.arange(float(begin), float(begin + len(values)))
            times = even if read.times is None else read.times[number]
            told = found.target[number] if labelled and columns.target else None
            labels = None if told is None else told[0].to_list()
            static = self.static[place : place + 1]
            steps.append(Steps(place, begin, values, times, static, labels))
        return steps
