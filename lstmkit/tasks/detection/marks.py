"""Which steps are said to be anomalous: yes, no, or unknown."""

from typing import Any

import numpy as np

from lstmkit.errors import DataError
from lstmkit.tasks.sequence.step_labels import is_missing

UNKNOWN = -1


def marks(target: np.ndarray) -> list[np.ndarray]:
    """Reads labels of steps.

    Args:
        target: For each series a list of labels: True or 1 where a step is anomalous, False or 0
            where it is clean, None where nobody knows.

    Returns:
        For each series 1, 0 or -1 at each step, int8 (T,).

    Raises:
        DataError: Another label.
    """
    return [np.array([_mark(one) for one in each], np.int8) for each in target]


def _mark(label: Any) -> int:
    if is_missing(label):
        return UNKNOWN
    if isinstance(label, str):
        label = {"true": 1, "false": 0}.get(label.strip().lower(), label)
    if isinstance(label, bool | int | float) and label in (0, 1):
        return int(label)
    raise DataError(
        f"Detector: expected labels of steps that are 1 or True where a step is anomalous, 0 or "
        f"False where it is clean, got {label!r}. Convert them."
    )
