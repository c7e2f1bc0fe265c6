"""Figures of a search for settings: its course, and the settings as parallel coordinates."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from lstmkit.tasks.report.drawing import (
    GRID,
    INK,
    MODEL,
    MUTED,
    STYLE,
    WIDE,
    count_axis,
    new_figure,
    number,
    short,
)

if TYPE_CHECKING:
    from lstmkit.tasks.tuning.trials import Trial

BEST = 0.2


@matplotlib.rc_context(STYLE)
def search_figure(known: "Sequence[Trial]", width: float = WIDE) -> Figure:
    """Validation loss by trial, and the best so far.

    Args:
        known: Every trial.
        width: Of the figure, in inches.
    """
    figure, (axis,) = new_figure(width, 2.3)
    place = np.arange(1, len(known) + 1)
    losses = np.array([one.loss for one in known])
    pruned = np.array([one.pruned for one in known])
    so_far = np.minimum.accumulate(np.where(pruned, np.inf, losses))
    axis.step(place, so_far, where="post", color=MODEL)
    for chosen, face in ((~pruned, MODEL), (pruned, "none")):
        axis.plot(
            place[chosen],
            losses[chosen],
            linestyle="",
            marker="o",
            markersize=4,
            markerfacecolor=face,
            markeredgecolor=MODEL if face == MODEL else MUTED,
        )
    finite = losses[np.isfinite(losses)]
    if finite.min() > 0 and finite.max() > 30 * finite.min():
        axis.set_yscale("log")
    count_axis(axis, len(known), "trial")
    axis.set_ylabel("validation loss")
    return figure


@matplotlib.rc_context(STYLE)
def coordinates_figure(known: "Sequence[Trial]", width: float = WIDE) -> Figure:
    """Settings and validation loss of each trial, an upright axis for each.

    Args:
        known: Every trial, with the same settings.
        width: Of the figure, in inches.
    """
    figure, (axis,) = new_figure(width, 3.0)
    losses = np.array([one.loss for one in known])
    ranks = np.argsort(np.lexsort((losses, np.array([one.pruned for one in known]))))
    columns = {name: [one.params[name] for one in known] for name in known[0].params}
    heights, ends = [], []
    for values in columns.values():
        height, low, high = _heights(values)
        heights.append(height)
        ends.append((low, high))
    height, low, high = _heights([float(loss) for loss in losses])
    shared = np.stack([*heights, height], axis=1)
    for rank in np.argsort(-ranks):
        good = ranks[rank] < max(1, round(BEST * len(known)))
        axis.plot(
            shared[rank],
            color=MODEL if good else MUTED,
            linewidth=1.4 if good else 0.6,
            alpha=1.0 if good else 0.45,
            linestyle=(0, (2, 2)) if known[rank].pruned else "-",
        )
    names = [*columns, "validation loss"]
    for place, (bottom, top) in enumerate([*ends, (low, high)]):
        axis.axvline(place, color=GRID, linewidth=0.8, zorder=0)
        axis.text(place, -0.04, bottom, ha="center", va="top", color=MUTED)
        axis.text(place, 1.04, top, ha="center", va="bottom", color=MUTED)
    axis.set(xlim=(-0.3, len(names) - 0.7), ylim=(-0.14, 1.14))
    axis.grid(visible=False)
    axis.set_yticks([])
    between = " " if width >= WIDE else "\n"
    words = [[short(word, 10) for word in name.replace("_", " ").split()] for name in names]
    axis.set_xticks(range(len(names)), [between.join(one) for one in words])
    axis.tick_params(labelcolor=INK)
    return figure


def _heights(values: Sequence[Any]) -> tuple[np.ndarray, str, str]:
    """Places between 0 and 1, by ratio where the largest is over ten times the least; both ends."""
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
        names = sorted({str(one) for one in values})
        places = np.array([names.index(str(one)) for one in values], float)
        return places / max(1, len(names) - 1), short(names[0], 12), short(names[-1], 12)
    numbers = np.array(values, float)
    finite = np.isfinite(numbers)
    low, high = numbers[finite].min(), numbers[finite].max()
    numbers = np.where(finite, numbers, high)
    if low > 0 and high > 10 * low:
        scaled = np.log(numbers / low) / np.log(high / low)
    else:
        scaled = (numbers - low) / (high - low) if high > low else np.full(len(numbers), 0.5)
    return scaled, number(float(low)), number(float(high))
