"""Figure of a tagger: a channel over time, true and answered labels below it, and the errors."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lstmkit.tasks.report.drawing import (
    BASELINES,
    FONT_SIZE,
    INK,
    MODEL,
    MUTED,
    STYLE,
    WIDE,
    new_figure,
    short,
)

# more labels than colours share them, paler
COLORS = (MODEL, *BASELINES.values(), MUTED)
STRIP = 0.16


class Course(NamedTuple):
    """What is drawn of a sequence.

    Attributes:
        name: What stands above it.
        values: The channel (T,), NaN where missing.
        truth: Places of the true labels (T,), -1 where unknown.
        answered: Places of the labels answered (T,).
    """

    name: str
    values: np.ndarray
    truth: np.ndarray
    answered: np.ndarray


@matplotlib.rc_context(STYLE)
def timeline_figure(
    courses: Sequence[Course], classes: Sequence[str], width: float = WIDE
) -> Figure:
    """A panel for each sequence.

    Args:
        courses: What is drawn.
        classes: Names of the labels.
        width: Of the figure, in inches.
    """
    figure, axes = new_figure(width, 1.7 * len(courses) + 0.4, len(courses))
    for axis, course in zip(axes, courses, strict=True):
        _draw(axis, course)
    axes[-1].set_xlabel("step")
    _legend(axes[0], classes, most=4 if width < WIDE else 8)
    return figure


def _draw(axis: Axes, course: Course) -> None:
    steps = np.arange(1, len(course.values) + 1)
    axis.plot(steps, course.values, color=INK, linewidth=0.9)
    known = course.values[np.isfinite(course.values)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    room = (high - low) or 1.0
    wrong = np.where((course.truth >= 0) & (course.truth != course.answered), 0, -1)
    for place, (labels, color) in enumerate(
        ((course.truth, None), (course.answered, None), (wrong, INK))
    ):
        bottom = low - room * (0.12 + 1.2 * STRIP * (place + 1))
        for first, last, label in segments(labels):
            axis.broken_barh(
                [(first + 0.5, last - first)],
                (bottom, room * STRIP),
                color=color or COLORS[label % len(COLORS)],
                alpha=1.0 if label < len(COLORS) else 0.45,
                linewidth=0,
            )
        name = ("true", "answered", "wrong")[place]
        axis.text(
            1.01,
            bottom + room * STRIP / 2,
            name,
            va="center",
            color=MUTED,
            clip_on=False,
            transform=axis.get_yaxis_transform(),
        )
    axis.set_xlim(0.5, len(steps) + 0.5)
    axis.set_ylim(low - room * (0.15 + 3.6 * STRIP), high + 0.05 * room)
    axis.set_yticks([])
    axis.set_title(course.name, color=INK)


def segments(labels: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs of one label: first step, step after the last, label; unknown ones (-1) left out.

    Example:
        >>> segments(np.array([2, 2, -1, 0]))
        [(0, 2, 2), (3, 4, 0)]
    """
    ends = [*(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    starts = [0, *ends[:-1]]
    runs = zip(starts, ends, strict=True)
    return [(first, last, int(labels[first])) for first, last in runs if labels[first] >= 0]


def _legend(axis: Axes, classes: Sequence[str], most: int) -> None:
    shown = [short(name, 14) for name in classes[:most]]
    if len(classes) > most:
        shown.append(f"and {len(classes) - most} more")
    colors = [COLORS[place % len(COLORS)] for place in range(len(shown))]
    axis.set_title(axis.get_title(loc="left"), loc="left", color=INK, pad=FONT_SIZE * 2.4)
    for place, (name, color) in enumerate(zip(shown, colors, strict=True)):
        last = len(classes) > most and place == len(shown) - 1
        axis.text(
            place / len(shown),
            1.04,
            name,
            color=MUTED if last else color,
            transform=axis.transAxes,
            va="bottom",
        )
