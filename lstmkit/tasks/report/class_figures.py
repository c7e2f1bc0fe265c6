"""Figures of a classifier: confusion and reliability."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from lstmkit.tasks.report.drawing import (
    BASELINES,
    INK,
    MODEL,
    MUTED,
    STYLE,
    WIDE,
    new_figure,
    short,
)

BINS = 10
# the darkest cell still lets ink be read
DARKEST = 0.6


@matplotlib.rc_context(STYLE)
def confusion_figure(
    counts: Int[np.ndarray, "classes classes"], classes: Sequence[str], width: float = WIDE
) -> Figure:
    """Counts of true by answered label, each row shaded by its shares.

    Args:
        counts: True label by answered label.
        classes: Names of the labels.
        width: Of the figure, in inches.
    """
    size = len(classes)
    room = 1.2 if width < WIDE else 1.6
    side = min(width - room, max(1.6, 0.5 * size))
    figure, (axis,) = new_figure(width, side + 0.8)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    cell = 72 * side / size
    for (row, column), share in np.ndenumerate(shares):
        if share:
            color = MODEL if row == column else BASELINES["seasonal_naive"]
            corner = (column - 0.5, row - 0.5)
            # an edge of its own would leave a seam between neighbours
            axis.add_patch(Rectangle(corner, 1, 1, color=color, alpha=DARKEST * share, linewidth=0))
        if counts[row, column] and cell > 14:
            text = f"{counts[row, column]}"
            axis.text(
                column, row, text, ha="center", va="center", color=INK, fontsize=min(8, cell / 2.4)
            )
    axis.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal", anchor="W")
    axis.grid(visible=False)
    names = [short(name, 12 if width < WIDE else 18) for name in classes]
    small = min(8.0, cell / 1.4)
    turned = 90 if size > 4 or max(map(len, names)) * 4.6 > cell else 0
    axis.set_xticks(range(size), names, rotation=turned, fontsize=small)
    axis.set_yticks(range(size), names, fontsize=small)
    axis.set_xlabel("answered")
    axis.set_ylabel("true")
    for spine in axis.spines.values():
        spine.set_visible(True)
    return figure


@matplotlib.rc_context(STYLE)
def reliability_figure(
    probabilities: Float[np.ndarray, "rows classes"],
    places: Int[np.ndarray, " rows"],
    width: float = WIDE,
) -> Figure:
    """Share of right answers, and how many there are, by the probability of the answer.

    Args:
        probabilities: Probability of each class.
        places: True classes.
        width: Of the figure, in inches.
    """
    sure, right = probabilities.max(1), probabilities.argmax(1) == places
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    held = np.flatnonzero(count)
    wide = width >= WIDE
    figure, (above, below) = new_figure(width, 2.6 if wide else 4.6, *((1, 2) if wide else (2, 1)))
    above.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    mean = [sure[bins == one].mean() for one in held]
    share = [right[bins == one].mean() for one in held]
    above.plot(mean, share, color=MODEL, marker="o", markersize=4)
    above.text(0.03, 0.93, "dashed: as promised", color=MUTED, transform=above.transAxes, va="top")
    above.set_title("Answers that are right", color=INK)
    below.bar((np.arange(BINS) + 0.5) / BINS, count, width=0.92 / BINS, color=MODEL, linewidth=0)
    below.set_title("Answers so sure", color=INK)
    least = 1 / probabilities.shape[1]
    for axis in (above, below):
        axis.set_xlim(min(0.45, least) - 0.02, 1.02)
        axis.xaxis.set_major_formatter(_percent())
        axis.set_xlabel("probability of the answer")
    above.set_ylim(-0.04, 1.04)
    above.yaxis.set_major_formatter(_percent())
    return figure


def _percent() -> FuncFormatter:
    return FuncFormatter(lambda value, _: f"{value:.0%}")
