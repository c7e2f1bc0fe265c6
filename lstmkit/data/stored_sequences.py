"""Sequences that stay in their Parquet files until their steps are asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, overload

import numpy as np

from lstmkit.data.dated import Dates
from lstmkit.data.parquet_table import Kept, ParquetTable
from lstmkit.data.sequence_table import SequenceColumns, TableOfSequences, read_sequence_table
from lstmkit.data.sequences import Sequences

BLOCKS_KEPT = 10
"""Blocks in memory at a time: the eight that are shuffled together, and those at their ends."""


def read_stored(
    table: ParquetTable,
    columns: SequenceColumns,
    dates: Dates | None,
    first: int,
    last: int,
    *,
    labelled: bool,
) -> TableOfSequences:
    """Reads rows of a table as sequences.

    Args:
        table: The table.
        columns: Which column plays which part.
        dates: How the times of the whole table are dates, if they are.
        first: The first row.
        last: The first row that is not read.
        labelled: Whether targets and groups are asked for.

    Returns:
        The sequences, with the times of the whole table.

    Raises:
        DataError: What `read_sequence_table` refuses.
    """
    found = read_sequence_table(
        table.read(first, last, [name for _, name in columns.parts()]),
        columns,
        labelled=labelled,
        what=f"{table.name}, rows from {first + 1:,} on",
    )
    alone = found.sequences
    if dates is None or alone.dates is None or alone.times is None:
        return found
    # a piece alone counts its hours from its own first time
    (later,) = dates.hours(np.array([alone.dates.since]))
    times = tuple(one + later for one in alone.times)
    return replace(found, sequences=replace(alone, times=times, dates=dates))


class Blocks:
    """Whole sequences by blocks of about a row group, the last few kept in memory.

    Args:
        table: Where they are.
        columns: Which column plays which part.
        rows: First row of each block, and the end of the last, int64 (K + 1,).
        first: First sequence of each block, and the end of the last, int64 (K + 1,).
        dates: How the times of all blocks are dates, if they are.

    Attributes:
        table: Where they are.
    """

    def __init__(
        self,
        table: ParquetTable,
        columns: SequenceColumns,
        rows: np.ndarray,
        first: np.ndarray,
        dates: Dates | None,
    ) -> None:
        self.table, self._rows, self.first, self._dates = table, rows, first, dates
        # what is to be predicted was read with the index
        self._columns = replace(columns, target=(), group=None)
        self.block = Kept(self._read, BLOCKS_KEPT)

    def of(self, places: np.ndarray) -> np.ndarray:
        """The block of each of some sequences."""
        return np.searchsorted(self.first, places, "right") - 1

    def _read(self, number: int) -> Sequences:
        first, last = self._rows[number : number + 2].tolist()
        found = read_stored(self.table, self._columns, self._dates, first, last, labelled=False)
        return found.sequences


@dataclass(frozen=True, eq=False)
class Stored(Sequence[np.ndarray]):
    """Steps or times of some sequences, read when they are asked for.

    Attributes:
        blocks: Where they are.
        places: Which sequences.
        timed: Whether times are wanted, and not steps.
    """

    blocks: Blocks
    places: np.ndarray
    timed: bool = False

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> "Stored": ...
    def __getitem__(self, index: int | slice) -> "np.ndarray | Stored":
        """Those of one sequence, or of several, still unread."""
        if isinstance(index, slice):
            return replace(self, places=self.places[index])
        place = int(self.places[index])
        number = int(self.blocks.of(np.array([place]))[0])
        block = self.blocks.block(number)
        found = block.times if self.timed else block.values
        assert found is not None
        return found[place - int(self.blocks.first[number])]


@dataclass(frozen=True, eq=False)
class StoredSequences(Sequences):
    """`Sequences` whose steps are in files; only names, lengths and static numbers are in memory.

    Attributes:
        blocks: Where the steps are.
        places: Which of the stored sequences these are, int64 (N,).
        known_lengths: Steps of each, int64 (N,).
    """

    blocks: Blocks | None = None
    places: np.ndarray | None = None
    known_lengths: np.ndarray | None = None

    @property
    def lengths(self) -> np.ndarray:
        """Steps of each sequence, int64 (N,)."""
        assert self.known_lengths is not None
        return self.known_lengths

    @property
    def block_sizes(self) -> np.ndarray:
        """How many of these sequences each block holds that holds any, int64.

        The sequences stand in the order of their blocks.
        """
        assert self.blocks is not None
        assert self.places is not None
        sizes = np.bincount(self.blocks.of(self.places))
        return sizes[sizes > 0]

    def take(self, places: Sequence[int] | np.ndarray) -> "StoredSequences":
        """Returns the sequences at some places, in that order, unread."""
        assert self.blocks is not None
        assert self.places is not None
        chosen = np.asarray(places, np.int64)
        mine = self.places[chosen]
        return replace(
            self,
            values=Stored(self.blocks, mine),
            names=tuple(self.names[place] for place in chosen),
            times=None if self.times is None else Stored(self.blocks, mine, timed=True),
            static=self.static[chosen],
            places=mine,
            known_lengths=self.lengths[chosen],
        )

    def parts(self) -> Iterator[Sequences]:
        """Block by block, in memory."""
        ends = np.cumsum(self.block_sizes)
        for first, last in zip([0, *ends[:-1]], ends, strict=True):
            part = self.take(np.arange(first, last))
            yield Sequences(
                values=tuple(part.values),
                channels=part.channels,
                names=part.names,
                times=None if part.times is None else tuple(part.times),
                static=part.static,
                static_names=part.static_names,
                dates=part.dates,
            )


class Indexed(NamedTuple):
    """What is kept in memory of a piece of a table.

    Attributes:
        row: Its first row in the table.
        names: Names of its sequences.
        lengths: Their steps.
        static: Their numbers.
        dates: How its times are dates, if they are.
    """

    row: int
    names: tuple[str, ...]
    lengths: np.ndarray
    static: np.ndarray
    dates: Dates | None


def stored(
    table: ParquetTable,
    columns: SequenceColumns,
    index: Sequence["Indexed"],
) -> StoredSequences:
    """Joins what was found in the pieces of a table.

    Args:
        table: The table.
        columns: Which column plays which part, channels named.
        index: What each piece of it holds.

    Returns:
        All sequences.
    """
    rows = np.array([*(part.row for part in index), len(table)])
    first = np.cumsum([0, *(len(part.names) for part in index)])
    dates = index[0].dates
    blocks = Blocks(table, columns, rows, first, dates)
    places = np.arange(blocks.first[-1])
    timed = columns.time is not None
    return StoredSequences(
        values=Stored(blocks, places),
        channels=columns.values,
        names=tuple(name for part in index for name in part.names),
        times=Stored(blocks, places, timed=True) if timed else None,
        static=np.concatenate([part.static for part in index]),
        static_names=columns.static,
        dates=dates,
        blocks=blocks,
        places=places,
        known_lengths=np.concatenate([part.lengths for part in index]),
    )
