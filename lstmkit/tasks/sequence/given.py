"""What a sequence task is given, in any form, as sequences and what stands beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from torch import Tensor

from lstmkit.data.labelled_file import SUFFIXES, read_labelled
from lstmkit.data.mark import mark_of, sequence_parts
from lstmkit.data.parquet_table import ParquetTable, stored_table
from lstmkit.data.sequence_table import SequenceColumns, TableOfSequences, read_sequence_table
from lstmkit.data.sequences import Sequences, to_sequences
from lstmkit.data.stored_sequences import Indexed, stored
from lstmkit.data.wide_table import is_dataframe, read_wide_table
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks.sequence.labels import beside
from lstmkit.tasks.sequence.step_labels import ragged, steps_of

NO_TARGET = (
    "expected a target for each sequence, got none. Give y, or name columns of a long table: "
    "series=..., target=.... (command line: --series, --target)."
)


@dataclass(frozen=True, eq=False)
class Given:
    """Sequences with their targets.

    Attributes:
        sequences: The sequences.
        target: One row for each, (N,) or (N, K), of objects where there is a target for every step;
            None where none was given.
        columns: Columns of a long table; None for arrays and archive files.
        groups: Group of each (N,); None where none was given.
    """

    sequences: Sequences
    target: np.ndarray | None
    columns: SequenceColumns | None
    groups: np.ndarray | None = None

    def take(self, places: np.ndarray) -> "Given":
        """Returns some of the sequences, with what stands beside them."""
        return Given(
            self.sequences.take(places),
            None if self.target is None else self.target[places],
            self.columns,
            None if self.groups is None else self.groups[places],
        )

    def mark(self) -> str:
        """What tells these sequences and all beside them from others."""
        parts = sequence_parts(self.sequences)
        return mark_of(parts, self.target, repr(self.columns), self.groups)

    def labels(self) -> np.ndarray:
        """The targets.

        Raises:
            DataError: There are none.
        """
        if self.target is None:
            raise DataError(f"data: {NO_TARGET}")
        return self.target


def read_given(
    source: Any,
    target: Any = None,
    columns: SequenceColumns | None = None,
    *,
    static: Any = None,
    groups: Any = None,
    labelled: bool = True,
    every_step: bool = False,
) -> Given:
    """Reads what `fit`, `predict` and `evaluate` take.

    Args:
        source: `Sequences`; an array or a list of arrays (`to_sequences`); a dataframe
            (`read_wide_table`); a `.ts` or UCR file (`read_labelled`); with `columns` a path or a
            table in memory (`read_sequence_table`).
        target: One row for each sequence; None where the file or the table holds them.
        columns: Which column of a long table plays which part.
        static: Numbers of each sequence (N, S), for arrays; a table names columns.
        groups: Group of each sequence, for arrays; a table names a column.
        labelled: Whether there must be a target.
        every_step: Whether there is a target for every step, in an array of objects.

    Returns:
        The sequences with their targets.

    Raises:
        DataError: What is no such source, a target that is missing or has another length.
        SettingsError: A target beside a table that names its own.
    """
    if columns is not None:
        return _of_table(source, target, columns, labelled=labelled, every_step=every_step)
    found, own = _of_source(source, static)
    if every_step:
        given = None if target is None else steps_of(target, found.lengths)
    else:
        given = own if target is None else _array(target)
    if not labelled or given is None:
        if labelled:
            raise DataError(f"data: {NO_TARGET}")
        return Given(found, None, None)
    if given.ndim not in (1, 2) or len(given) != len(found):
        raise DataError(
            f"y: expected one row for each of the {len(found)} sequences, got shape {given.shape}. "
            "Give data and y of one length."
        )
    grouped = None if groups is None else _array(groups)
    if grouped is not None and grouped.shape != (len(found),):
        raise DataError(
            f"groups: expected one for each of the {len(found)} sequences, got shape "
            f"{grouped.shape}. Give data and groups of one length."
        )
    return Given(found, given, None, grouped)


def _of_source(source: Any, static: Any) -> tuple[Sequences, np.ndarray | None]:
    if isinstance(source, Sequences):
        if static is not None:
            raise SettingsError(
                "static: expected it inside of Sequences, got it beside them. Give it to "
                "to_sequences."
            )
        return source, None
    if isinstance(source, str | Path):
        if Path(source).suffix.lower() not in SUFFIXES:
            raise DataError(
                f"{source}: a long table needs to be told which column tells its sequences apart. "
                "Name it: series=... (command line: --series)."
            )
        read = read_labelled(source)
        return _with_static(read.sequences, static), read.labels
    if isinstance(source, np.ndarray | Tensor | list | tuple):
        return to_sequences(source, static=static), None
    if is_dataframe(source):
        return to_sequences(read_wide_table(source), static=static), None
    raise DataError(
        f"data: expected an array (sequence, time, channel), a list of arrays (time, channel) or a "
        f"file, got {type(source).__name__}. For a table name its columns: series=..., target=...."
    )


def _with_static(found: Sequences, static: Any) -> Sequences:
    return found if static is None else to_sequences(found.values, times=found.times, static=static)


def _of_table(
    source: Any,
    target: Any,
    columns: SequenceColumns,
    *,
    labelled: bool,
    every_step: bool,
    what: str = "data",
) -> Given:
    if target is not None:
        raise SettingsError(
            "fit: expected y or columns of a table, got both. Leave out y, and name the target "
            "column."
        )
    if labelled and not columns.target:
        raise SettingsError(
            "fit: expected a target column beside series, got none. Name it: target=... (command "
            "line: --target)."
        )
    files = stored_table(source)
    if files is not None:
        return _of_files(files, columns, labelled=labelled, every_step=every_step)
    table = read_sequence_table(source, columns, labelled=labelled, what=what)
    if not labelled:
        return Given(table.sequences, None, table.columns)
    places = range(len(columns.target))
    if every_step:
        targets = [ragged([one[place].to_list() for one in table.target]) for place in places]
    else:
        targets = [_whole(table, place) for place in places]
    return Given(table.sequences, beside(targets), table.columns, table.groups)


def _of_files(
    table: ParquetTable, columns: SequenceColumns, *, labelled: bool, every_step: bool
) -> Given:
    """Reads and checks all once, piece by piece, and keeps what is no step."""
    key = str(columns.series)
    table.require("series", key)
    index, targets, groups, seen = [], [], [], set[str]()
    for row, frame in table.whole(key):
        what = f"{table.name}, rows from {row + 1:,} on"
        part = _of_table(frame, None, columns, labelled=labelled, every_step=every_step, what=what)
        found = part.sequences
        again = seen.intersection(found.names)
        if again:
            raise DataError(
                f"{what}: expected the rows of a sequence side by side, got {min(again)!r} of "
                f"column {columns.series!r} a second time. Sort the files by it."
            )
        seen.update(found.names)
        index.append(Indexed(row, found.names, found.lengths, found.static, found.dates))
        targets.append(part.target)
        groups.append(part.groups)
        # all pieces have the channels of the first
        columns = part.columns or columns
    return Given(
        stored(table, columns, index),
        _joined(targets),
        columns,
        _joined(groups),
    )


def _joined(parts: Sequence[np.ndarray | None]) -> np.ndarray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None


def _whole(table: TableOfSequences, place: int) -> np.ndarray:
    """The one value that a target column has in each sequence."""
    found = []
    for name, columns in zip(table.sequences.names, table.target, strict=True):
        values = columns[place].unique(maintain_order=True)
        if len(values) != 1:
            raise DataError(
                f"data: expected one value of target column {values.name!r} for a whole sequence, "
                f"got {values[0]!r} and then {values[1]!r} in {table.columns.series} {name!r}. A "
                "value for every step is a job for a Tagger."
            )
        found.append(values)
    return pl.concat(found).to_numpy()


def _array(values: Any) -> np.ndarray:
    if isinstance(values, Tensor):
        return values.detach().cpu().numpy()
    array: np.ndarray = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    return array


def as_columns(
    series: str | None,
    target: str | Sequence[str] = (),
    time: str | None = None,
    static: Any = None,
    values: str | Sequence[str] = (),
    group: Any = None,
) -> SequenceColumns | None:
    """The columns of a long table, or None where no series column was named.

    Raises:
        SettingsError: Columns without a series column, or one in two parts.
    """
    if series is None:
        named = {"target": target, "time": time, "values": values}
        extra = [name for name, value in named.items() if value]
        if extra:
            raise SettingsError(
                f"fit: {', '.join(extra)} name columns of a long table, but not series, the column "
                "that tells its sequences apart. Name it: series=... (command line: --series)."
            )
        return None
    return SequenceColumns.of(series, target, time, () if static is None else static, values, group)
