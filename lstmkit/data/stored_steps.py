"""Series of steps that stay in their Parquet files and are read piece by piece, however long."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, overload

import numpy as np

from lstmkit.data.numeric import read_numbers
from lstmkit.data.parquet_table import ParquetTable
from lstmkit.data.place import Place
from lstmkit.data.sequence_table import SequenceColumns, read_sequence_table
from lstmkit.data.sequences import Sequences
from lstmkit.data.series_places import find_series
from lstmkit.data.step_places import StepPlaces, Steps
from lstmkit.errors import DataError


@dataclass(frozen=True, eq=False)
class Whole(Sequence[np.ndarray]):
    """Steps or times of series, each read as a whole when it is asked for.

    Attributes:
        source: Where they lie.
        places: Which series.
        lengths: How many steps of each.
        timed: Whether times are wanted, and not steps.
    """

    source: StepPlaces
    places: np.ndarray
    lengths: np.ndarray
    timed: bool = False

    def __len__(self) -> int:
        """Number of series."""
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> "Whole": ...
    def __getitem__(self, index: int | slice) -> "np.ndarray | Whole":
        """Those of one series, or of several, still unread."""
        if isinstance(index, slice):
            return replace(self, places=self.places[index], lengths=self.lengths[index])
        first = int(self.source.starts[self.places[index]])
        (found,) = self.source.piece(first, first + int(self.lengths[index]))
        return found.times if self.timed else found.values


@dataclass(frozen=True, eq=False, kw_only=True)
class StoredSteps(Sequences):
    """`Sequences` in files whose steps are read piece by piece.

    Attributes:
        values: Steps of each, read as a whole when asked for.
        times: Their times, likewise.
        source: Where they lie.
        places: Which series of the table these are, ascending, int64 (N,).
        known_lengths: How many steps of each, its first ones, int64 (N,).
    """

    # `Whole`; a check of types would read one of them to see what it is
    values: Any
    times: Any
    source: StepPlaces
    places: np.ndarray
    known_lengths: np.ndarray

    @classmethod
    def of(cls, source: StepPlaces, places: np.ndarray, lengths: np.ndarray) -> "StoredSteps":
        """Some series, or their first steps."""
        timed = source.columns.time is not None
        return cls(
            values=Whole(source, places, lengths),
            channels=source.columns.values,
            names=tuple(source.names[place] for place in places),
            times=Whole(source, places, lengths, timed=True) if timed else None,
            static=source.static[places],
            static_names=source.columns.static,
            dates=source.dates,
            source=source,
            places=places,
            known_lengths=lengths,
        )

    @property
    def lengths(self) -> np.ndarray:
        """Steps of each series, int64 (N,)."""
        return self.known_lengths

    @property
    def groups(self) -> np.ndarray | None:
        """Group of each series (N,); None where none was asked for."""
        return None if self.source.groups is None else self.source.groups[self.places]

    def take(self, places: Sequence[int] | np.ndarray) -> "StoredSteps":
        """Returns the series at some places, which ascend, unread."""
        chosen = np.asarray(places, np.int64)
        return self.of(self.source, self.places[chosen], self.known_lengths[chosen])

    def shortened(self, lengths: np.ndarray) -> "StoredSteps":
        """Returns the first steps of each series, unread."""
        return self.of(self.source, self.places, lengths)

    def parts(self) -> Iterator[Sequences]:
        """Block by block, in memory; a series that is cut is in several."""
        for block in self.blocks():
            yield self.in_memory(block)

    def in_memory(self, found: Sequence[Steps]) -> Sequences:
        """Steps that were read, as sequences."""
        return Sequences(
            values=tuple(one.values for one in found),
            channels=self.channels,
            names=tuple(self.source.names[one.series] for one in found),
            times=None if self.times is None else tuple(one.times for one in found),
            static=np.concatenate([one.static for one in found]),
            static_names=self.static_names,
            dates=self.dates,
        )

    def blocks(self, *, labelled: bool = False) -> Iterator[list[Steps]]:
        """Reads everything once, in the order of the files.

        Args:
            labelled: Whether labels are asked for.

        Yields:
            Steps of a block, those of a series that is cut in several blocks; `series` is its
            number in the table.

        Raises:
            DataError: What `StepPlaces.piece` refuses, or times that fall.
        """
        starts, latest = self.source.starts, -np.inf
        for first, last in pairwise(self.source.edges.tolist()):
            inside = self.source.within(first, last)
            mine = slice(*np.searchsorted(self.places, [inside.start, inside.stop]).tolist())
            chosen, lengths = self.places[mine], self.known_lengths[mine]
            if not len(chosen):
                continue
            begin = max(first, int(starts[chosen[0]]))
            end = min(last, int(starts[chosen[-1]] + lengths[-1]))
            if end <= begin:
                continue
            left = dict(zip(chosen.tolist(), lengths.tolist(), strict=True))
            found: list[Steps] = []
            for one in self.source.piece(begin, end, labelled=labelled):
                steps = one.head(max(0, left.get(one.series, 0) - one.first))
                if not len(steps.values):
                    continue
                if one.first and one.times[0] < latest:
                    raise DataError(
                        f"{self.source.table.name}: expected time column "
                        f"{self.source.columns.time!r} to run forward within a series, got an "
                        f"earlier time in row {begin + 1:,}. Sort the rows by time."
                    )
                latest = float(steps.times[-1])
                found.append(steps)
            if found:
                yield found


def store_steps(table: ParquetTable, columns: SequenceColumns, *, labelled: bool) -> StoredSteps:
    """Finds the series of a table.

    Args:
        table: Rows of a series stand together, in the order of time.
        columns: Which column plays which part; without `series` the table is one.
        labelled: Whether targets and groups are asked for.

    Returns:
        The series, unread: what their steps hold is checked whenever they are read.

    Raises:
        DataError: A column that is absent, or a series in two places.
    """
    for part, name in columns.parts():
        if labelled or part not in ("target", "group"):
            table.require(part, name)
    group = (columns.group,) if labelled and columns.group else ()
    found = find_series(table, columns.series, [*columns.static, *group])
    rows, place = table.read(0, int(table.starts[1])), Place(table.name)
    head = read_sequence_table(rows, columns, labelled=labelled, what=table.name)
    static = [read_numbers(found.first_rows[name], "static", place) for name in columns.static]
    number = len(found.names)
    source = StepPlaces(
        table=table,
        names=(table.name,) if columns.series is None else found.names,
        starts=found.starts,
        columns=head.columns,
        static=np.stack(static, 1) if static else np.zeros((number, 0)),
        groups=np.array(list(map(str, found.first_rows[group[0]]))) if group else None,
        dates=head.sequences.dates,
    )
    return StoredSteps.of(source, np.arange(number), source.lengths)
