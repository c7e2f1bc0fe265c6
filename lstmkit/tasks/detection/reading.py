"""Series as a detector is given them: labels may be there or not, and a table may be one series."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from lstmkit.data.labelled_file import SUFFIXES
from lstmkit.data.parquet_table import stored_table
from lstmkit.data.sequence_table import SequenceColumns, read_sequence_table
from lstmkit.data.sequences import Sequences
from lstmkit.data.stored_steps import store_steps
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks.sequence.given import Given, read_given
from lstmkit.tasks.sequence.step_labels import ragged


def is_table(data: Any) -> bool:
    """Whether something is a table: in memory, or a file that is none of the archives'."""
    if isinstance(data, str | Path):
        return Path(data).suffix.lower() not in set(SUFFIXES) - {".tsv"}
    return not isinstance(data, np.ndarray | Tensor | list | tuple | Sequences)


def read_arrays(data: Any, y: Any, *, static: Any = None, groups: Any = None) -> Given:
    """Reads series from arrays or an archive's file.

    Args:
        data: As `to_sequences` takes them, or a path.
        y: Labels of the steps of each, or None.
        static: Numbers of each.
        groups: Group of each.

    Returns:
        The series.

    Raises:
        DataError: What is no such source, several labels of a step, or groups of another length.
    """
    given = read_given(data, y, static=static, labelled=y is not None, every_step=True)
    if given.target is not None and given.target.ndim > 1:
        raise DataError(
            f"Detector: expected one label for each step, got {given.target.shape[1]}. Give labels "
            "(T,) of each series."
        )
    if groups is None:
        return given
    if len(groups) != len(given.sequences):
        raise DataError(
            f"groups: expected one for each of the {len(given.sequences)} series, got "
            f"{len(groups)}. Give data and groups of one length."
        )
    return replace(given, groups=np.asarray(groups))


def read_series_table(data: Any, y: Any, columns: SequenceColumns, *, learning: bool) -> Given:
    """Reads series from a table.

    Args:
        data: As `read_sequence_table` takes it, or a table to be read piece by piece.
        y: None; labels stand in a column.
        columns: Which column plays which part; those of labels may be missing.
        learning: Whether labels and groups are asked for where they are named.

    Returns:
        The series. Those in files are unread, and so are the labels of their steps.

    Raises:
        DataError: What `read_sequence_table` refuses.
        SettingsError: Labels beside a table, or several columns of them.
    """
    if y is not None:
        raise SettingsError(
            "Detector: expected y or a table, got both. Leave out y, and name the column of "
            "labels: target=... (command line: --target)."
        )
    if len(columns.target) > 1:
        raise SettingsError(
            f"Detector: expected one column of labels, got {', '.join(columns.target)}. Name one "
            "of them."
        )
    files = stored_table(data)
    if files is not None:
        stored = store_steps(files, columns, labelled=learning)
        return Given(stored, None, stored.source.columns, stored.groups)
    table = read_sequence_table(data, columns, labelled=learning)
    told = learning and columns.target
    steps = ragged([column.to_list() for (column,) in table.target]) if told else None
    return Given(table.sequences, steps, table.columns, table.groups)
