"""The figure of the data and its split."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lstmkit.tasks.report.drawing import (
    FONT_SIZE,
    INK,
    MODEL,
    MUTED,
    STYLE,
    WIDE,
    ShownSeries,
    along,
    new_figure,
    short,
    time_axis,
)

MOST_TARGETS = 4
FEWEST_POINTS = 40


@matplotlib.rc_context(STYLE)
def data_figure(
    series: ShownSeries,
    targets: Sequence[str],
    split: Mapping[str, int],
    season: int | None = None,
    width: float = WIDE,
) -> Figure:
    """The series over time with its validation and test part shaded; a panel for each target.

    Only the first four targets are shown. A series longer than the figure can show is drawn as the
    mean of neighbouring rows, inside the band from their lowest to their highest.

    Args:
        series: What to draw.
        targets: Names of the columns of its target.
        split: Row counts "train_end", "valid_end" and "test_end".
        season: Steps of a season; whole seasons are averaged where that is fine enough.
        width: Of the figure, in inches.
    """
    shown = list(targets)[:MOST_TARGETS]
    figure, axes = new_figure(width, 1.1 + 1.15 * len(shown), rows=len(shown))
    time = along(series["time"])
    block = rows_per_point(len(time), season, width)
    for place, (axis, target) in enumerate(zip(axes, shown, strict=True)):
        _draw_history(axis, time, series["target"][:, place], block)
        parts = _shade_parts(axis, time, split)
        time_axis(axis, series["time"], ticks=10 if width >= WIDE else 7)
        axis.margins(x=0.005)
        if axis is axes[0]:
            _name_parts(axis, parts, width)
        if axis is not axes[-1]:
            axis.tick_params(labelbottom=False)
            axis.xaxis.offsetText.set_visible(False)
        axis.set_ylabel(short(target, 20 if len(shown) == 1 else 14))
    return figure


def rows_per_point(rows: int, season: int | None, width: float = WIDE) -> int:
    """How many neighbouring rows the data figure joins to one point; 1 where all are drawn.

    Example:
        >>> rows_per_point(1000, season=24), rows_per_point(10320, season=336)
        (1, 48)
    """
    size = rows // int(width * 45)
    if size < 3:
        return 1
    # whole seasons, or days of a weekly one, do not wave from point to point
    for whole in (season, season // 7 if season and season % 7 == 0 else None):
        joined = -(-size // whole) * whole if whole else rows
        if rows // joined >= FEWEST_POINTS:
            return joined
    return size


def _draw_history(axis: Axes, time: np.ndarray, value: np.ndarray, size: int) -> None:
    if size == 1:
        axis.plot(time, value, color=INK, linewidth=0.9)
        return
    rows = len(value) // size * size
    block = value[:rows].reshape(-1, size)
    seen = np.isfinite(block)
    count = seen.sum(axis=1)
    any_seen = count > 0
    mean = np.where(any_seen, np.where(seen, block, 0).sum(axis=1) / np.maximum(count, 1), np.nan)
    low = np.where(any_seen, np.where(seen, block, np.inf).min(axis=1), np.nan)
    high = np.where(any_seen, np.where(seen, block, -np.inf).max(axis=1), np.nan)
    middle = time[:rows].reshape(-1, size).mean(axis=1)
    axis.fill_between(middle, low, high, color=INK, alpha=0.22, linewidth=0)
    axis.plot(middle, mean, color=INK, linewidth=0.9)


def _shade_parts(
    axis: Axes, time: np.ndarray, split: Mapping[str, int]
) -> list[tuple[str, float, float, int]]:
    ends = [0, split["train_end"], split["valid_end"], split["test_end"]]
    tints = {"training": None, "validation": (MUTED, 0.16), "test": (MODEL, 0.16)}
    parts = []
    for (name, tint), start, end in zip(tints.items(), ends[:-1], ends[1:], strict=True):
        if end <= start:
            continue
        left, right = time[start], time[min(end, len(time) - 1)]
        parts.append((name, float(left), float(right), end - start))
        if tint is not None:
            axis.axvspan(left, right, color=tint[0], alpha=tint[1], linewidth=0, zorder=0)
    return parts


def _name_parts(axis: Axes, parts: list[tuple[str, float, float, int]], width: float) -> None:
    """Each part's name (and rows, where there is room) above it; raised where two would touch."""
    inch = (parts[-1][2] - parts[0][1]) / (width - 0.7)
    end_before = -np.inf
    for name, left, right, rows in parts:
        text = f"{name}\n{rows:,} rows" if width >= WIDE else name
        half = max(map(len, text.split("\n"))) * FONT_SIZE * 0.6 / 72 / 2 * inch
        middle = min(max((left + right) / 2, end_before + half), parts[-1][2] - half)
        raised = middle - half < end_before - 0.01 * inch
        axis.annotate(
            text,
            (middle, 1),
            xycoords=axis.get_xaxis_transform(),
            xytext=(0, 5 + 2.6 * FONT_SIZE * raised),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=MODEL if name == "test" else MUTED,
        )
        end_before = end_before if raised else middle + half
