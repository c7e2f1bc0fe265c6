"""Labels of the steps of sequences: ragged, and missing where nobody gave one."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError

# what a table of answers calls the sequence, the number and the time of a step
STEP_COLUMNS = ("sequence", "step", "time")


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
        target: For each sequence labels (T,), of several outputs (T, outputs); or an array
            (sequence, time) or (sequence, time, output) whose labels after the end of a sequence
            are padding.
        lengths: Steps of each sequence.

    Returns:
        For each sequence its labels, a list; of several outputs one for each, (N, outputs).

    Raises:
        DataError: Another number of sequences or steps, or not as many labels at every step.

    Example:
        >>> steps_of([[("a", 1), ("b", 2)], [("b", None)]], np.array([2, 1])).tolist()
        [[['a', 'b'], [1, 2]], [['b'], [None]]]
    """
    rows = [_plain(one) for one in target]
    if len(rows) != len(lengths):
        raise DataError(
            f"y: expected labels for each of the {len(lengths)} sequences, got {len(rows)}. Give "
            "data and y of one length."
        )
    if isinstance(target, np.ndarray) and target.ndim > 1:
        rows = [one[:length] for one, length in zip(rows, lengths, strict=True)]
    for place, (one, length) in enumerate(zip(rows, lengths, strict=True)):
        if not isinstance(one, list) or len(one) != length:
            got = f"{len(one)} labels" if isinstance(one, list) else repr(one)
            raise DataError(
                f"y: expected a label for each of the {length} steps of sequence {place} (counted "
                f"from 0), got {got}. Give None where a label is missing."
            )
    outputs = _outputs(rows)
    if outputs is None:
        return ragged(rows)
    columns = [ragged([[step[place] for step in one] for one in rows]) for place in range(outputs)]
    return columns[0] if outputs == 1 else np.stack(columns, axis=1)


def _outputs(rows: Sequence[Sequence[Any]]) -> int | None:
    """How many labels there are at each step; None where these are no lists."""
    widths = {len(step) if isinstance(step, list | tuple) else None for one in rows for step in one}
    if widths <= {None}:
        return None
    numbers = sorted({1 if width is None else width for width in widths})
    if len(widths) > 1 or numbers[0] == 0:
        raise DataError(
            "y: expected as many labels at every step as there are outputs, got "
            f"{', '.join(map(str, numbers))}. Give None for each label that is missing."
        )
    return numbers[0]


def checked_steps(target: np.ndarray, who: str) -> np.ndarray:
    """Brings labels of steps into one form.

    Args:
        target: For each sequence its labels, as `steps_of` returns them for one output.
        who: Who asks, for the error.

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
    return [_own(one) for one in labels] if isinstance(labels, list | tuple) else labels


def _own(label: Any) -> Any:
    """A label, or the labels of a step, as Python's own values."""
    if isinstance(label, list | tuple):
        return tuple(_own(one) for one in label)
    return label.item() if isinstance(label, np.generic) else label
