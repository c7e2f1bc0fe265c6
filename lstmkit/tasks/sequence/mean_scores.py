"""Scores of several outputs in one."""

from collections.abc import Mapping, Sequence

import numpy as np


def mean_scores(scores: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """The mean of each score that all outputs have; None where it is unknown for one.

    Args:
        scores: Scores of each output by name.

    Example:
        >>> mean_scores([{"accuracy": 0.5, "auroc": 0.5}, {"accuracy": 1.0}])
        {'accuracy': 0.75}
    """
    found: dict[str, float | None] = {}
    for name in scores[0]:
        if not all(name in each for each in scores):
            continue
        known = [value for each in scores if (value := each[name]) is not None]
        found[name] = float(np.mean(known)) if len(known) == len(scores) else None
    return found
