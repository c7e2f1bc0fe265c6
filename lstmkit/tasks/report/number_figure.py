"""Figure of a regressor: predicted against true numbers."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lstmkit.tasks.report.drawing import INK, MODEL, MUTED, STYLE, WIDE, new_figure, number, short

MOST_TARGETS, MOST_DOTS = 4, 1000


@matplotlib.rc_context(STYLE)
def truth_figure(
    answered: Float[np.ndarray, "rows outputs"],
    truth: Float[np.ndarray, "rows outputs"],
    names: Sequence[str],
    width: float = WIDE,
) -> Figure:
    """A dot for each sequence, a panel for each target.

    Args:
        answered: Predicted numbers.
        truth: True numbers, NaN where unknown.
        names: What the targets are called.
        width: Of the figure, in inches.
    """
    shown = min(len(names), MOST_TARGETS)
    columns = min(shown, 2 if width >= WIDE else 1)
    rows = -(-shown // columns)
    figure, axes = new_figure(width, 3.0 * rows, rows, columns)
    for axis in axes[shown:]:
        axis.set_visible(False)
    for place, axis in enumerate(axes[:shown]):
        known = np.flatnonzero(np.isfinite(truth[:, place]))
        # dots spread evenly over the rows: a page of thousands is no clearer
        drawn = known[np.linspace(0, len(known) - 1, min(len(known), MOST_DOTS)).astype(np.int64)]
        x, y = truth[drawn, place], answered[drawn, place]
        ends = [min(x.min(), y.min()), max(x.max(), y.max())] if len(drawn) else [0.0, 1.0]
        axis.plot(ends, ends, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
        axis.plot(x, y, linestyle="", marker="o", markersize=3, color=MODEL, alpha=0.5, mew=0)
        axis.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
        axis.set_xlabel("true")
        axis.set_ylabel("predicted")
        axis.set_title(short(names[place]), color=INK)
    return figure
