"""Labels of the steps of sequences: ragged, and missing where nobody gave one."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError


def ragged(parts: Sequence[Any]) -> np.ndarray:
    """Arrays of any lengths as one array of objects, so that they can be picked like rows.

    Example:
        >>> ragged([[1, 2], [3, 4]]).shape
        (2,)
    """
    rows = np.empty(len(parts), dtype=object)
    for place, part in enumerate(parts):
        rows[place] = part
    return rows


def step_columns(sequences: Sequences) -> dict[str, Any]:
    """Columns of a table of answers that say of which step a row is.

    Args:
        sequences: Whose steps they are.

    Returns:
        "sequence", its name; "step", its number from 1; "time" where steps have times, dates as
        the table that was read writes them.
    """
    lengths, times = sequences.lengths, sequences.written_times()
    steps: dict[str, Any] = {
        "sequence": np.repeat(np.array(sequences.names), lengths),
        "step": np.concatenate([np.arange(1, length + 1) for length in lengths]),
    }
    return steps if times is None else steps | {"time": times}


def steps_of(target: Any, lengths: np.ndarray) -> np.ndarray:
    """Reads labels given step by step beside arrays.

    Args:
        target: A list of labels (T,) for each sequence, or an array (sequence, time) whose labels
            after the end of a sequence are padding.
        lengths: Steps of each sequence.

    Returns:
        For each sequence its labels, a list.

    Raises:
        DataError: Another number of sequences or steps.
    """
    rows = [_plain(one) for one in target]
    if len(rows) != len(lengths):
        raise DataError(
            f"y: expected labels for each of the {len(lengths)} sequences, got {len(rows)}. Give "
            "data and y of one length."
        )
    if isinstance(target, np.ndarray) and target.ndim == 2:
        rows = [one[:length] for one, length in zip(rows, lengths, strict=True)]
    for place, (one, length) in enumerate(zip(rows, lengths, strict=True)):
        if not isinstance(one, list) or len(one) != length:
            got = f"{len(one)} labels" if isinstance(one, list) else repr(one)
            raise DataError(
                f"y: expected a label for each of the {length} steps of sequence {place} (counted "
                f"from 0), got {got}. Give None where a label is missing."
            )
    return ragged(rows)


def checked_steps(target: np.ndarray, who: str) -> np.ndarray:
    """Brings labels of steps into one form.

    Args:
        target: For each sequence its labels, as `steps_of` returns them.
        who: Name of the task.

    Returns:
        The same with None wherever a label is missing.

    Raises:
        DataError: Labels that are not all texts, all numbers or all booleans.

    Example:
        >>> checked_steps(ragged([["a", None], ["b", float("nan")]]), "Tagger").tolist()
        [['a', None], ['b', None]]
    """
    rows = [[None if is_missing(one) else one for one in each] for each in target]
    one_kind([one for each in rows for one in each if one is not None], who)
    return ragged(rows)


def one_kind(labels: Sequence[Any], who: str) -> None:
    """Refuses labels that a model file could not hold.

    Raises:
        DataError: Labels that are not all texts, all numbers or all booleans.
    """
    kinds = {type(one) for one in labels}
    if len(kinds) > 1 or not kinds <= {str, int, float, bool}:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise DataError(
            f"{who}: expected labels that are all texts, all numbers or all booleans, got {names}. "
            "Convert them."
        )


def is_missing(label: object) -> bool:
    """Whether nobody gave a label."""
    return label is None or (isinstance(label, float) and math.isnan(label))


def _plain(labels: Any) -> Any:
    for name in ("tolist", "to_list"):
        if hasattr(labels, name):
            return getattr(labels, name)()
    return list(labels) if isinstance(labels, list | tuple) else labels
