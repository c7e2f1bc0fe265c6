"""Figures of a detector: a series with its anomalies above the score, and the promise it made."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lstmkit.tasks.report.drawing import BASELINES, INK, MODEL, MUTED, STYLE, WIDE, new_figure

ALARM = BASELINES["seasonal_naive"]
TRUE = BASELINES["naive"]
POINTS = 600


class Shown(NamedTuple):
    """A stretch of a series.

    Attributes:
        name: What stands above it.
        first: Number of its first step, from 1.
        channels: Names of the channels that are drawn.
        values: Their values (T, C), NaN where missing.
        score: Score (T,).
        causes: Alarms at the channel that surprises most (T, C).
        anomalous: Steps that are said to be anomalous (T,); None where nobody said.
    """

    name: str
    first: int
    channels: Sequence[str]
    values: np.ndarray
    score: np.ndarray
    causes: np.ndarray
    anomalous: np.ndarray | None


@matplotlib.rc_context(STYLE)
def anomaly_figure(shown: Shown, threshold: float, width: float = WIDE) -> Figure:
    """The channels of a series one above the other, and below them the score.

    Args:
        shown: What is drawn.
        threshold: Where alarms begin.
        width: Of the figure, in inches.
    """
    rows = shown.values.shape[1] + 1
    figure, axes = new_figure(width, 1.05 * rows + 0.7, rows)
    steps = shown.first + np.arange(len(shown.score))
    channels = zip(shown.channels, shown.values.T, shown.causes.T, strict=True)
    for axis, (name, values, cause) in zip(axes, channels, strict=False):
        _strips(axis, steps, shown)
        _line(axis, steps, values, INK)
        at = np.flatnonzero(cause)
        axis.plot(steps[at], values[at], ".", color=ALARM, markersize=4)
        axis.set_title(name, color=INK)
    last = axes[-1]
    _strips(last, steps, shown)
    _line(last, steps, shown.score, MODEL)
    last.axhline(threshold, color=ALARM, linewidth=0.9, linestyle=(0, (3, 2)))
    last.set_title("score", color=MODEL)
    last.set_ylim(bottom=0)
    last.set_xlabel("step")
    for axis in axes:
        axis.set_xlim(steps[0] - 0.5, steps[-1] + 0.5)
    for axis in axes[:-1]:
        axis.set_xticklabels([])
    return figure


def _strips(axis: Axes, steps: np.ndarray, shown: Shown) -> None:
    """Where an anomaly is said to be."""
    if shown.anomalous is None:
        return
    edges = np.flatnonzero(np.diff(shown.anomalous.astype(np.int8), prepend=0, append=0))
    for first, end in edges.reshape(-1, 2):
        axis.axvspan(steps[first] - 0.5, steps[end - 1] + 0.5, color=TRUE, alpha=0.22, linewidth=0)


def _line(axis: Axes, steps: np.ndarray, values: np.ndarray, color: str) -> None:
    """A line of at most so many points that none of its peaks is lost."""
    chosen = peaks(values, POINTS)
    axis.plot(steps[chosen], values[chosen], color=color, linewidth=0.9)


def peaks(values: Float[np.ndarray, " time"], points: int) -> np.ndarray:
    """Places of the least and the largest value of each of `points` stretches, rising.

    Example:
        >>> peaks(np.array([0.0, 3.0, 1.0, 2.0, 5.0, 4.0]), 2)
        array([0, 1, 3, 4])
    """
    if len(values) <= 2 * points:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), points + 1).astype(np.int64)
    found = []
    for first, end in pairwise(edges):
        piece = values[first:end]
        if np.isnan(piece).all():
            found.append(first)
        else:
            found += [first + np.nanargmin(piece), first + np.nanargmax(piece)]
    places: np.ndarray = np.unique(found)
    return places


@matplotlib.rc_context(STYLE)
def promise_figure(
    score: Float[np.ndarray, " steps"], threshold: float, width: float = WIDE
) -> Figure:
    """Shares of steps above each score, beside what the score promises of clean ones.

    Args:
        score: Scores of steps that are taken for clean.
        threshold: Where alarms begin.
        width: Of the figure, in inches.
    """
    figure, (axis,) = new_figure(width, 2.6)
    falling = np.sort(score)[::-1]
    share = np.arange(1, len(falling) + 1) / len(falling)
    kept = np.unique(np.geomspace(1, len(falling), 300).astype(np.int64)) - 1
    limit = max(threshold * 1.3, 1.0)
    axis.plot([0, limit], [1, 10.0**-limit], color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axis.plot(falling[kept], share[kept], color=MODEL)
    axis.axvline(threshold, color=ALARM, linewidth=0.9, linestyle=(0, (3, 2)))
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    axis.minorticks_off()
    axis.set_xlim(0, limit)
    axis.set_ylim(min(10.0**-limit, share[0]) * 0.7, 1.3)
    axis.set_xlabel("score")
    axis.set_title("Share of the steps with this score or more", color=INK)
    axis.text(
        0.03, 0.08, "dashed: as promised of clean steps", color=MUTED, transform=axis.transAxes
    )
    return figure
