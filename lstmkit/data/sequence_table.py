"""Sequences out of a long table: one row a step, a column that tells the sequences apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from lstmkit.data.clock import read_clock
from lstmkit.data.columns import names_of
from lstmkit.data.dated import Dates
from lstmkit.data.numeric import read_numbers
from lstmkit.data.place import Place
from lstmkit.data.rows import rows_by_name
from lstmkit.data.sequences import Sequences, check_steps
from lstmkit.data.table import read_table
from lstmkit.errors import DataError, SettingsError, nearest


@dataclass(frozen=True, kw_only=True)
class SequenceColumns:
    """Which column of a long table plays which part.

    Attributes:
        series: Tells which sequence a row belongs to; None where the table is one sequence.
        target: What is to be predicted; None to predict from a table without it.
        time: Numbers, dates or times of the steps; None where rows are even steps.
        static: Numbers that hold for a whole sequence.
        values: Channels; empty takes every other column that holds numbers.
        group: Tells what a sequence belongs to: a patient, a speaker.
    """

    series: str | None
    target: tuple[str, ...] = ()
    time: str | None = None
    static: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    group: str | None = None

    @classmethod
    def of(
        cls,
        series: str | None,
        target: str | Sequence[str] = (),
        time: str | None = None,
        static: str | Sequence[str] = (),
        values: str | Sequence[str] = (),
        group: str | None = None,
    ) -> "SequenceColumns":
        """Makes columns of single names or sequences of names.

        Args:
            series: Tells which sequence a row belongs to, or None.
            target: What is to be predicted.
            time: Times of the steps.
            static: Numbers of a whole sequence.
            values: Channels.
            group: Tells what a sequence belongs to.

        Returns:
            The columns, every part that may have several as a tuple.

        Raises:
            SettingsError: A column that plays two parts.
        """
        columns = cls(
            series=series,
            target=names_of(target),
            time=time,
            static=names_of(static),
            values=names_of(values),
            group=group,
        )
        seen: dict[str, str] = {}
        for part, name in columns.parts():
            if name in seen:
                raise SettingsError(
                    f"SequenceColumns: expected each column in one part, got {name!r} as "
                    f"{seen[name]} and as {part}. Leave it in one of them."
                )
            seen[name] = part
        return columns

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "SequenceColumns":
        """The columns that `dataclasses.asdict` described, back from a model file.

        Args:
            values: Names by part, several as a list.
        """
        told: dict[str, Any] = {
            part: tuple(names) if isinstance(names, list) else names
            for part, names in values.items()
        }
        return cls(**told)

    def parts(self) -> list[tuple[str, str]]:
        """Every named column with the part it plays."""
        return [
            *([] if self.series is None else [("series", self.series)]),
            *(("target", name) for name in self.target),
            *([] if self.time is None else [("time", self.time)]),
            *(("static", name) for name in self.static),
            *(("values", name) for name in self.values),
            *([] if self.group is None else [("group", self.group)]),
        ]


@dataclass(frozen=True, eq=False)
class TableOfSequences:
    """What a long table holds.

    Attributes:
        sequences: Its sequences, in the order in which they first appear.
        columns: The columns read, channels named.
        target: For each sequence and target column the column's values (T,), as they stand; empty
            where they were not asked for.
        groups: For each sequence what it belongs to (N,); None where that was not asked for.
    """

    sequences: Sequences
    columns: SequenceColumns
    target: tuple[tuple[pl.Series, ...], ...]
    groups: np.ndarray | None


def read_sequence_table(
    source: object, columns: SequenceColumns, *, labelled: bool = True, what: str = "data"
) -> TableOfSequences:
    """Reads sequences from a long table.

    Args:
        source: A path or a table in memory, as `read_table` takes.
        columns: Which column plays which part.
        labelled: Whether targets and groups are asked for.
        what: What a table in memory is called in messages.

    Returns:
        The sequences with what is to be predicted.

    Raises:
        DataError: A column that is absent or of the wrong type, no column of values, a row without
            a sequence, times that fall, static numbers that change within a sequence. The message
            names column, row and remedy.

    Example:
        >>> table = {"id": ["a", "a", "b"], "x": [1.0, 2.0, 3.0], "kind": ["u", "u", "v"]}
        >>> found = read_sequence_table(table, SequenceColumns.of("id", target="kind"))
        >>> found.sequences.lengths.tolist(), found.columns.values
        ([2, 1], ('x',))
    """
    place, table = Place.of(source, what), read_table(source, what)
    columns = _complete(columns, table, place, labelled=labelled)
    rows = (
        {place.name: np.arange(table.height)}
        if columns.series is None
        else rows_by_name(table[columns.series], place)
    )
    values = _matrix(table, columns.values, "value", place)
    static = _matrix(table, columns.static, "static", place)
    times, dates = (None, None) if columns.time is None else _times(table[columns.time], place)
    if times is not None:
        _check_order(times, rows, columns.time or "", place)
    for name, index in rows.items():
        _check_static(static[index], name, columns.static, place)
    split = [values[index] for index in rows.values()]
    check_steps(split, [f"sequence {name!r}" for name in rows], place.name)
    return TableOfSequences(
        Sequences(
            values=tuple(split),
            channels=columns.values,
            names=tuple(rows),
            times=None if times is None else tuple(times[index] for index in rows.values()),
            static=np.stack([static[index[0]] for index in rows.values()]),
            static_names=columns.static,
            dates=dates,
        ),
        columns,
        tuple(
            tuple(table[name].gather(index) for name in columns.target) for index in rows.values()
        )
        if labelled
        else (),
        _groups(table[columns.group], rows, place) if labelled and columns.group else None,
    )


def _complete(
    columns: SequenceColumns, table: pl.DataFrame, place: Place, *, labelled: bool
) -> SequenceColumns:
    """Checks that the columns are there, and takes all other numbers where none are named."""
    unasked = () if labelled else ("target", "group")
    needed = [(part, name) for part, name in columns.parts() if part not in unasked]
    for part, name in needed:
        if name not in table.columns:
            shown = ", ".join(repr(column) for column in table.columns[:20])
            raise DataError(
                f"{place.name}: expected {part} column {name!r}, got the columns {shown}."
                f"{nearest(name, table.columns)} Name a column that is there."
            )
    if columns.values:
        return columns
    taken = {name for _, name in columns.parts()}
    found = [n for n in table.columns if n not in taken and table[n].dtype.is_numeric()]
    if not found:
        raise DataError(
            f"{place.name}: expected columns of numbers beside those named, "
            f"{', '.join(map(repr, taken)) or 'none'}, got none. Name them as values."
        )
    return replace(columns, values=tuple(found))


def _matrix(table: pl.DataFrame, names: Sequence[str], part: str, place: Place) -> np.ndarray:
    if not names:
        return np.zeros((table.height, 0))
    return np.stack([read_numbers(table[name], part, place) for name in names], axis=1)


def _times(column: pl.Series, place: Place) -> tuple[np.ndarray, Dates | None]:
    """Times as numbers; dates and times as hours since the first of all, and how to write them."""
    if column.dtype.is_numeric():
        found = read_numbers(column, "time", place)
        missing = np.flatnonzero(np.isnan(found))
        if len(missing):
            raise DataError(
                f"{place.name}: expected a time in each row of column {column.name!r}, got none in "
                f"{place.row(int(missing[0]))}. Fill it in, or drop the row."
            )
        return found, None
    time, clock = read_clock(column, place)
    dates = Dates(time.min(), clock)
    return dates.hours(time), dates


def _check_order(times: np.ndarray, rows: dict[str, np.ndarray], column: str, place: Place) -> None:
    for name, index in rows.items():
        falls = np.flatnonzero(np.diff(times[index]) < 0)
        if len(falls):
            row = int(index[falls[0] + 1])
            raise DataError(
                f"{place.name}: expected time column {column!r} to run forward within a sequence, "
                f"got an earlier time in {place.row(row)} of {name!r}. Sort the rows by time."
            )


def _groups(column: pl.Series, rows: dict[str, np.ndarray], place: Place) -> np.ndarray:
    found = []
    for name, index in rows.items():
        several = column.gather(index).unique(maintain_order=True)
        if len(several) != 1 or several[0] is None:
            raise DataError(
                f"{place.name}: expected one value of group column {column.name!r} for a whole "
                f"sequence, got {several.to_list()[:3]} in {name!r}. Fill it in, or leave it out."
            )
        found.append(str(several[0]))
    return np.array(found)


def _check_static(rows: np.ndarray, name: str, names: Sequence[str], place: Place) -> None:
    same = (rows == rows[0]) | (np.isnan(rows) & np.isnan(rows[0]))
    wrong = np.argwhere(~same)
    if len(wrong):
        step, column = wrong[0]
        raise DataError(
            f"{place.name}: expected one value of static column {names[column]!r} for a whole "
            f"sequence, got {rows[0, column]:g} and then {rows[step, column]:g} in sequence "
            f"{name!r}. Name it among the values instead."
        )
