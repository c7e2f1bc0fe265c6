"""Ranks of methods over data sets, and how far apart they must be to mean something."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from scipy.stats import rankdata, studentized_range

from lstmkit.tasks.report.drawing import GRID, INK, MODEL, MUTED, STYLE, new_figure


def average_ranks(scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Mean rank of each method over the data sets, 1 the best; equal scores share their ranks.

    Args:
        scores: For each method a score of each data set, higher is better.

    Example:
        >>> average_ranks({"a": [0.9, 0.8], "b": [0.7, 0.8]})
        {'a': 1.25, 'b': 1.75}
    """
    ranks = rankdata(-np.array(list(scores.values())), axis=0).mean(axis=1)
    return dict(zip(scores, ranks.tolist(), strict=True))


def critical_difference(methods: int, sets: int, level: float = 0.05) -> float:
    """Difference of mean ranks that the Nemenyi test takes for real (Demsar 2006, section 3.2.2).

    Args:
        methods: How many methods are compared.
        sets: On how many data sets.
        level: Chance of a false alarm.

    Returns:
        q sqrt(k (k + 1) / (6 N)) with q the studentised range over sqrt(2).

    Example:
        >>> round(critical_difference(4, 14), 2)
        1.25
    """
    q = studentized_range.ppf(1 - level, methods, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(methods * (methods + 1) / (6 * sets)))


def alike(ranks: Mapping[str, float], difference: float) -> list[tuple[float, float]]:
    """First and last rank of each largest group whose members do not differ.

    Args:
        ranks: Mean rank of each method.
        difference: From which on they differ.

    Example:
        >>> alike({"a": 1.0, "b": 1.5, "c": 2.5}, 1.1)
        [(1.0, 1.5), (1.5, 2.5)]
    """
    ordered = sorted(ranks.values())
    found: list[tuple[float, float]] = []
    for first in ordered:
        last = max(rank for rank in ordered if rank - first < difference)
        if last > first and not (found and found[-1][1] >= last):
            found.append((first, last))
    return found


@matplotlib.rc_context(STYLE)
def difference_figure(ranks: Mapping[str, float], difference: float, own: str) -> Figure:
    """Methods on an axis of ranks, the best on the left; bars join those that do not differ.

    Args:
        ranks: Mean rank of each method.
        difference: From which on they differ.
        own: The method in colour.
    """
    ordered = sorted(ranks, key=lambda name: ranks[name])
    groups = alike(ranks, difference)
    height = 0.22 * (len(ordered) + len(groups)) + 0.9
    figure, (axis,) = new_figure(7.6, height)
    bottom = len(ordered) + 1
    for place, name in enumerate(ordered):
        rank, level, color = ranks[name], place + 1, MODEL if name == own else INK
        axis.plot([rank, rank], [0, -level - len(groups) / 2], color=GRID, linewidth=0.8)
        axis.text(rank, -level - len(groups) / 2, f" {name}  {rank:.2f}", color=color, va="center")
    for place, (first, last) in enumerate(groups):
        level = -0.5 * (place + 1)
        axis.plot([first - 0.03, last + 0.03], [level, level], color=MUTED, linewidth=2.4)
    axis.plot([1, 1 + difference], [0.7, 0.7], color=MUTED, marker="|")
    axis.text(1 + difference, 0.7, f"  critical difference {difference:.2f}", va="center")
    axis.set(xlim=(0.9, len(ordered) + 0.9), ylim=(-bottom - len(groups) / 2, 1.2), yticks=[])
    axis.set_xticks(range(1, len(ordered) + 1))
    axis.xaxis.tick_top()
    axis.grid(visible=False)
    axis.axhline(0, color=GRID, linewidth=0.8)
    return figure
