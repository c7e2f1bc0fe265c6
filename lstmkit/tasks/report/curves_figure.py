"""How what is looked for is found as the threshold falls: two curves for each label."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lstmkit.tasks.report.drawing import BASELINES, INK, MODEL, MUTED, STYLE, WIDE, new_figure
from lstmkit.tasks.report.drawing import number as written

COLORS = (MODEL, *BASELINES.values(), "#806000", INK)
DASHES = (0, (2, 2))


class Sought(NamedTuple):
    """What is looked for among rows.

    Attributes:
        name: What it is called.
        score: The higher, the more likely it is there (N,).
        there: Whether it is (N,); it is in some rows and not in others.
    """

    name: str
    score: Float[np.ndarray, " rows"]
    there: Bool[np.ndarray, " rows"]


@matplotlib.rc_context(STYLE)
def curves_figure(sought: Sequence[Sought], width: float = WIDE) -> Figure:
    """The receiver operating characteristic and the precision-recall curve of each.

    Args:
        sought: What is looked for, at most six.
        width: Of the figure, in inches.
    """
    from sklearn.metrics import (
        average_precision_score,
        precision_recall_curve,
        roc_auc_score,
        roc_curve,
    )

    wide = width >= WIDE
    figure, (left, right) = new_figure(width, 2.8 if wide else 5.2, *((1, 2) if wide else (2, 1)))
    left.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=DASHES)
    areas, precisions = [], []
    for color, (_, score, there) in zip(COLORS, sought, strict=False):
        false, true, _ = roc_curve(there, score)
        left.step(false, true, where="post", color=color, linewidth=1.6)
        precision, recall, _ = precision_recall_curve(there, score)
        right.step(recall, precision, where="post", color=color, linewidth=1.6)
        if len(sought) == 1:
            right.axhline(there.mean(), color=MUTED, linewidth=0.8, linestyle=DASHES)
        areas.append(roc_auc_score(there, score))
        precisions.append(average_precision_score(there, score))
    title, under = (f"{sought[0].name} found",) * 2 if len(sought) == 1 else ("Found", "found")
    _dress(left, [one.name for one in sought], "area", areas)
    left.set_xlabel("false alarms")
    left.set_title(title, color=INK)
    _dress(right, [one.name for one in sought], "average", precisions)
    right.set_xlabel(under)
    right.set_title("Finds that are right", color=INK)
    return figure


def _dress(axis: Axes, names: Sequence[str], said: str, values: Sequence[float]) -> None:
    """Writes the numbers at the right, each in the colour of its line, where these are not."""
    lines = list(zip(names, values, COLORS, strict=False))
    lowest = 0.06 if len(lines) == 1 or np.mean(values) > 0.6 else 0.94 - 0.08 * len(lines)
    for row, (name, value, color) in enumerate(reversed(lines)):
        told = f"{said} {written(value)}" if len(lines) == 1 else f"{name} {written(value)}"
        place = (0.97, lowest + 0.08 * row)
        axis.text(*place, told, color=color, ha="right", transform=axis.transAxes)
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.04))
    axis.xaxis.set_major_formatter(_percent())
    axis.yaxis.set_major_formatter(_percent())


def _percent() -> FuncFormatter:
    return FuncFormatter(lambda value, _: f"{value:.0%}")
