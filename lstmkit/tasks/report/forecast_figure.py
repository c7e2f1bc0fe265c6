"""The figure of a forecaster's report that shows forecasts against the truth."""

import datetime
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lstmkit.tasks.report.drawing import (
    INK,
    MODEL,
    MUTED,
    STYLE,
    WIDE,
    along,
    dots,
    new_figure,
    number,
    time_axis,
)
from lstmkit.tasks.report.shown_windows import ShownWindow, bands


@matplotlib.rc_context(STYLE)
def forecast_figure(
    windows: Sequence[ShownWindow], quantiles: Sequence[float], width: float = WIDE
) -> Figure:
    """A panel for each window: the past before the origin, then truth and forecast with its bands.

    Args:
        windows: What `choose_windows` chose, at least one.
        quantiles: Levels that the windows' tables carry.
        width: Of the figure, in inches.
    """
    columns = 2 if width >= WIDE and len(windows) > 1 else 1
    rows = -(-len(windows) // columns)
    figure, axes = new_figure(
        width, 0.45 + (1.8 if windows[0].name else 1.65) * rows, rows, columns
    )
    for axis, window in zip(axes, windows, strict=False):
        axis.axvline(along(window.origin)[0], color=MUTED, linewidth=0.8)
        axis.plot(along(window.past_time), window.past_value, color=MUTED, linewidth=1.0)
        _draw_window(axis, window, quantiles)
        _title(axis, window)
        time_axis(axis, window.values("time"), ticks=7, offset=False, zone=window.zone)
    for axis in axes[len(windows) :]:
        axis.remove()
    _key(figure, quantiles, columns=8 if width >= WIDE else 5)
    return figure


def _draw_window(axis: Axes, window: ShownWindow, quantiles: Sequence[float]) -> None:
    time = along(window.values("time"))
    marker = dots(len(time))
    for low, high in bands(quantiles):
        axis.fill_between(
            time,
            window.values(f"q{low:g}"),
            window.values(f"q{high:g}"),
            color=MODEL,
            alpha=0.18,
            linewidth=0,
        )
        if len(time) == 1:
            axis.vlines(
                time,
                window.values(f"q{low:g}"),
                window.values(f"q{high:g}"),
                color=MODEL,
                alpha=0.3,
                lw=6,
            )
    truth = np.append(window.past_value[-1:], window.values("truth"))
    since = np.append(along(window.past_time)[-1:], time)
    axis.plot(since, truth, color=INK, marker=marker, markersize=4, markevery=slice(1, None))
    axis.plot(
        time, window.values("forecast"), color=MODEL, linewidth=1.6, marker=marker, markersize=4
    )


def _title(axis: Axes, window: ShownWindow) -> None:
    origin = window.table["origin"][0]
    dated = isinstance(origin, datetime.date)
    start = f"from {origin.day} {origin:%b %Y}" if dated else f"from {origin:,}"
    line = f"{window.note.capitalize()} · {start}" if window.note else start
    text = f"{window.name}\n{line}" if window.name else line
    axis.set_title(text, color=INK, fontweight="bold" if window.note else "normal")
    if np.isfinite(window.error):
        axis.set_title(f"MAE {number(window.error)}", loc="right", color=MUTED)


def _key(figure: Figure, quantiles: Sequence[float], columns: int) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=MUTED, linewidth=1.0, label="past"),
        Line2D([], [], color=INK, label="truth"),
        Line2D([], [], color=MODEL, linewidth=1.6, label="forecast"),
    ]
    for depth, (low, high) in enumerate(bands(quantiles), start=1):
        text = f"{high - low:.0%}" + (" band" if depth == 1 else "")
        handles.append(Patch(color=MODEL, alpha=1 - (1 - 0.18) ** depth, linewidth=0, label=text))
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=columns,
        frameon=False,
        handlelength=1.2,
        handletextpad=0.5,
        columnspacing=1.1,
        borderpad=0,
        borderaxespad=0.4,
    )
