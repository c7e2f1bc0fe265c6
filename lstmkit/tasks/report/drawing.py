"""How every figure looks: colours, sizes, axes, labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

INK = "#1b2733"
MUTED = "#66727f"
GRID = "#dde3e9"
MODEL = "#0a6ab0"
# vermilion, bluish green and reddish purple of Okabe and Ito, darkened to be legible as text
BASELINES = {"naive": "#007a5a", "seasonal_naive": "#c44d00", "drift": "#a04a7d"}

WIDE = 7.6
NARROW = 3.6
FONT_SIZE = 8.0

# typed loosely, for matplotlib types its keys one by one
STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GRID,
    "axes.grid": True,
    "axes.labelcolor": MUTED,
    "axes.labelsize": FONT_SIZE,
    "axes.linewidth": 0.8,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": FONT_SIZE,
    "axes.unicode_minus": True,
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.04,
    "font.family": ["DejaVu Sans"],
    "font.size": FONT_SIZE,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "svg.fonttype": "none",
    "text.color": INK,
    # names come from the user's columns: a dollar sign in one is no mathematics
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": GRID,
    "xtick.labelcolor": MUTED,
    "ytick.color": GRID,
    "ytick.labelcolor": MUTED,
}


class ShownSeries(TypedDict):
    """A series as the figures need it: name, time (T,), target (T, K) with NaN where missing."""

    name: str
    time: np.ndarray
    target: np.ndarray


@dataclass(frozen=True)
class EndLabel:
    """A name written beside the right end of a line, in the line's colour."""

    text: str
    height: float
    color: str


def new_figure(
    width: float, height: float, rows: int = 1, columns: int = 1
) -> tuple[Figure, list[Axes]]:
    """A figure of `width` by `height` inches with a grid of axes, row by row."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="none")
    FigureCanvasAgg(figure)
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(rows * columns)]
    for axis in axes:
        axis.set_facecolor("none")
        axis.tick_params(length=0)
        axis.grid(visible=False, axis="x")
        axis.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    return figure, axes


def number(value: float) -> str:
    """A number for people: four significant digits, thousands separated.

    Example:
        >>> number(12345.678), number(0.0123456), number(-3.0)
        ('12,346', '0.01235', '-3')
    """
    if not np.isfinite(value):
        return "\N{EN DASH}"
    if 1000 <= abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def short(name: object, length: int = 28) -> str:
    """A name on one line of at most `length` characters; what cannot be printed becomes a mark."""
    text = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(name)
    )
    return text if len(text) <= length else text[: length - 1] + "…"


def along(time: np.ndarray) -> np.ndarray:
    """Times (datetime64 or integers) as the numbers that matplotlib puts on an axis."""
    if np.issubdtype(time.dtype, np.datetime64):
        days = mdates.date2num(time)
        return np.asarray(days, dtype=np.float64)
    return time.astype(np.float64)


def dots(points: int) -> str:
    """A marker for lines too short to be seen as lines."""
    return "o" if points < 3 else ""


def time_axis(
    axis: Axes, time: np.ndarray, *, ticks: int, offset: bool = True, zone: str | None = None
) -> None:
    """Formats the x axis for times of the kind of `time`.

    Args:
        axis: What to format.
        time: datetime64 (in UTC where there is a zone) or integers.
        ticks: How many labels at most; from 7 on there is a fitting interval for every span.
        offset: Whether to write what all labels have in common, such as the year, at the end.
        zone: Time zone whose clock the labels show.
    """
    if np.issubdtype(time.dtype, np.datetime64):
        clock = ZoneInfo(zone or "UTC")
        locator = mdates.AutoDateLocator(clock, minticks=3, maxticks=ticks)
        dates = mdates.ConciseDateFormatter(locator, clock, show_offset=offset)
        axis.xaxis.set_major_locator(locator)
        axis.xaxis.set_major_formatter(dates)
        axis.xaxis.get_offset_text().set_color(MUTED)
    else:
        axis.xaxis.set_major_locator(MaxNLocator(ticks, integer=True))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def count_axis(axis: Axes, last: int, name: str) -> None:
    """Makes the x axis of `axis` one of whole numbers from 1 to `last`."""
    if last == 1:
        axis.set_xlim(0.5, 1.5)
        axis.set_xticks([1])
    else:
        axis.margins(x=0.02)
        axis.xaxis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]))
    axis.set_xlabel(name)


def label_ends(axis: Axes, labels: Sequence[EndLabel], inches: float) -> None:
    """Writes each label beside the right edge of `axis`, moved apart where they would touch.

    Args:
        axis: With its final limits.
        labels: What to write, at heights in data units.
        inches: About how high the axes are.
    """
    to_share = axis.transScale + axis.transLimits
    heights = [float(to_share.transform((0, label.height))[1]) for label in labels]
    places = spread(heights, gap=1.3 * FONT_SIZE / 72 / inches)
    for label, place in zip(labels, places, strict=True):
        axis.text(
            1.015, place, label.text, color=label.color, transform=axis.transAxes, va="center"
        )


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Moves `heights` (shares of the axis) as little as needed to lie `gap` apart, within 0 and 1.

    Example:
        >>> spread([0.5, 0.5], gap=0.25)
        [0.375, 0.625]
    """
    order = np.argsort(heights, kind="stable")
    groups: list[list[float]] = []
    for place in order:
        groups.append([heights[place]])
        while len(groups) > 1 and _lowest(groups[-1], gap) - gap < _highest(groups[-2], gap):
            groups[-2:] = [groups[-2] + groups[-1]]
    moved = [_lowest(group, gap) + gap * place for group in groups for place in range(len(group))]
    places = np.empty(len(moved))
    places[order] = moved
    return [float(place) for place in places]


def _lowest(group: list[float], gap: float) -> float:
    room = (len(group) - 1) * gap
    return max(0.0, min(sum(group) / len(group) - room / 2, 1 - room))


def _highest(group: list[float], gap: float) -> float:
    return _lowest(group, gap) + (len(group) - 1) * gap
