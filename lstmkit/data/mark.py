"""What tells data from all others: a digest of everything that they hold."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lstmkit.data.parquet_table import ParquetTable
from lstmkit.data.sequences import Sequences
from lstmkit.data.series import SeriesSet
from lstmkit.data.stored_sequences import StoredSequences
from lstmkit.data.stored_series import StoredSeries
from lstmkit.data.stored_steps import StoredSteps


def mark_of(*parts: Any) -> str:
    """Digests values; the same values have the same mark in every process and on every machine.

    Args:
        parts: Arrays, lists, texts, numbers, or None, in any depth.

    Returns:
        A text that other values would not have.

    Example:
        >>> mark_of(np.arange(3), ["a", None]) == mark_of(np.arange(3), ["a", None])
        True
        >>> mark_of(np.arange(3), ["a"]) == mark_of(np.arange(3), ["b"])
        False
    """
    digest = hashlib.sha256()
    for piece in _pieces(parts):
        digest.update(piece)
    return digest.hexdigest()


def series_mark(series: SeriesSet | StoredSeries) -> str:
    """Tells series by their columns and values; those in files by what `table_parts` tells.

    Args:
        series: The series that are learnt from.
    """
    if isinstance(series, StoredSeries):
        return mark_of(repr(series.columns), table_parts(series.table))
    rows = [
        (one.name, one.category, one.static, one.time, one.target, one.past, one.known)
        for one in series
    ]
    return mark_of(repr(series.columns), rows)


def sequence_parts(sequences: Sequences) -> tuple[Any, ...]:
    """What `mark_of` tells sequences by: all values, or of those in files where they lie.

    Args:
        sequences: The sequences that are learnt from.
    """
    told = (sequences.channels, sequences.names, sequences.static_names, sequences.static)
    if isinstance(sequences, StoredSequences):
        assert sequences.blocks is not None
        return (*told, sequences.places, table_parts(sequences.blocks.table))
    if isinstance(sequences, StoredSteps):
        return (*told, sequences.places, sequences.lengths, table_parts(sequences.source.table))
    return (*told, sequences.values, sequences.times)


def table_parts(table: ParquetTable) -> list[tuple[str, int, bytes]]:
    """What `mark_of` tells files by that are too large to be read for it.

    Args:
        table: The files.

    Returns:
        Of each its name, its size and its last bytes, in which Parquet keeps the columns, the rows
        and sizes of row groups and, of most writers, their least and largest values.
        A value changed in place to another between these may pass unnoticed.
    """
    return [(file.name, file.stat().st_size, _footer(file)) for file in table.files]


def _footer(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(size - 8)
        # four bytes of its length, then four of Parquet's name
        length = int.from_bytes(file.read(4), "little")
        file.seek(max(0, size - 8 - length))
        return file.read(length)


def _pieces(part: Any) -> Iterator[bytes]:
    if isinstance(part, np.ndarray) and part.dtype != object:
        yield f"{part.dtype.str}{part.shape}".encode()
        yield part.tobytes()
    elif isinstance(part, np.ndarray | list | tuple):
        values = list(part)
        yield f"{len(values)}:".encode()
        if any(isinstance(one, np.ndarray | list | tuple) for one in values):
            for one in values:
                yield from _pieces(one)
        else:
            yield repr(values).encode()
    else:
        yield repr(part).encode()
