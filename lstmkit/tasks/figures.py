"""Figures of a forecaster's data, training, error by step and calibration."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lstmkit.tasks.drawing import (
    BASELINES,
    FONT_SIZE,
    INK,
    MODEL,
    MUTED,
    STYLE,
    WIDE,
    EndLabel,
    ShownSeries,
    along,
    count_axis,
    dots,
    label_ends,
    new_figure,
    number,
    short,
    time_axis,
)
from lstmkit.tasks.shown_windows import bands, known_truth

MOST_TARGETS = 4


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
        time_axis(axis, series["time"], ticks=round(width) + 2)
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
        >>> rows_per_point(1000, season=24), rows_per_point(10320, season=48)
        (1, 48)
    """
    size = rows // int(width * 45)
    if size < 3:
        return 1
    seasons = -(-size // season) * season if season else size
    return seasons if rows // seasons >= 40 else size


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


@matplotlib.rc_context(STYLE)
def loss_figure(
    train_loss: Sequence[float], valid_loss: Sequence[float], best_epoch: int, width: float = WIDE
) -> Figure:
    """Training and validation loss by epoch, the best epoch marked.

    Args:
        train_loss: One value an epoch.
        valid_loss: One value an epoch; may be empty.
        best_epoch: Counted from 1.
        width: Of the figure, in inches.
    """
    figure, (axis,) = new_figure(width, 2.3)
    labels = []
    for name, color, losses in (("training", MUTED, train_loss), ("validation", MODEL, valid_loss)):
        loss = np.asarray(losses, dtype=float)
        if not np.isfinite(loss).any():
            continue
        axis.plot(
            np.arange(1, len(loss) + 1), loss, color=color, marker=dots(len(loss)), markersize=3
        )
        labels.append(EndLabel(name, float(loss[np.isfinite(loss)][-1]), color))
    drawn = np.array([*train_loss, *valid_loss], dtype=float)
    if np.nanmin(drawn) > 0 and np.nanmax(drawn) > 30 * np.nanmin(drawn):
        axis.set_yscale("log")
    judged = valid_loss if len(valid_loss) else train_loss
    if 1 <= best_epoch <= len(judged):
        _mark_best(axis, best_epoch, judged[best_epoch - 1], epochs=len(judged))
    count_axis(axis, len(train_loss), "epoch")
    axis.set_ylabel("loss")
    label_ends(axis, labels, inches=1.7)
    return figure


def _mark_best(axis: Axes, epoch: int, loss: float, epochs: int) -> None:
    axis.axvline(epoch, color=MODEL, linewidth=0.8, linestyle=(0, (2, 2)))
    axis.plot([epoch], [loss], marker="o", markersize=5, color=MODEL)
    share = (epoch - 1) / max(epochs - 1, 1)
    side = "left" if share < 0.25 else "right" if share > 0.75 else "center"
    axis.annotate(
        f"best epoch: {epoch}, loss {number(loss)}",
        (epoch, 1),
        xycoords=axis.get_xaxis_transform(),
        xytext=(0, 4),
        textcoords="offset points",
        ha=side,
        va="bottom",
        color=MODEL,
    )


@matplotlib.rc_context(STYLE)
def step_figure(
    by_step: Mapping[str, Sequence[float] | np.ndarray],
    step: str,
    unit: str = "",
    width: float = WIDE,
) -> Figure:
    """Mean absolute error by how far ahead, of the model and of each baseline.

    Args:
        by_step: Name of the model or baseline to its error at each step (horizon,).
        step: How long a step is, in words; "" when unknown.
        unit: Of what the error is, for the y axis; "" when there are several targets.
        width: Of the figure, in inches.
    """
    figure, (axis,) = new_figure(width, 2.6)
    dashes = {
        "naive": (0, (1, 1.5)),
        "seasonal_naive": (0, (5, 1.5)),
        "drift": (0, (4, 1.5, 1, 1.5)),
    }
    labels = []
    for name in sorted(by_step, key=lambda name: name not in BASELINES):
        error = np.asarray(by_step[name], dtype=float)
        if not np.isfinite(error).any():
            continue
        color = BASELINES.get(name, MODEL)
        steps = np.arange(1, len(error) + 1)
        thick = {"naive": 1.8, "seasonal_naive": 1.3, "drift": 1.1}.get(name, 2.2)
        axis.plot(
            steps,
            error,
            color=color,
            linestyle=dashes.get(name, "-"),
            linewidth=thick,
            marker=dots(len(error)),
            markersize=4,
        )
        labels.append(
            EndLabel(short(name.replace("_", " "), 18), error[np.isfinite(error)][-1], color)
        )
    axis.set_ylim(0, 1.06 * max((np.nanmax(line.get_ydata()) for line in axis.lines), default=1.0))
    horizon = max(len(error) for error in by_step.values())
    count_axis(axis, horizon, "steps ahead" + (f" (one step: {short(step)})" if step else ""))
    axis.set_ylabel("mean absolute error" + (f"\n({short(unit, 22)})" if unit else ""))
    label_ends(axis, labels, inches=1.9)
    return figure


@matplotlib.rc_context(STYLE)
def calibration_figure(
    frame: pl.DataFrame, quantiles: Sequence[float], width: float = WIDE
) -> Figure:
    """How often the truth lay below each quantile and inside each band, against the promise.

    Args:
        frame: Long table of forecasts; rows without truth are left out.
        quantiles: Levels whose columns `frame` has, e.g. "q0.1".
        width: Of the figure, in inches.
    """
    known = known_truth(frame)
    wide = width >= WIDE
    pairs = bands(quantiles)
    panels = 2 if pairs else 1
    size = (1, panels) if wide else (panels, 1)
    figure, axes = new_figure(width, 2.7 if wide else 2.5 * panels, *size)
    _draw_reliability(axes[0], known, quantiles)
    if pairs:
        _draw_coverage(axes[1], known, pairs)
    for axis in axes:
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    return figure


def _draw_reliability(axis: Axes, known: pl.DataFrame, quantiles: Sequence[float]) -> None:
    levels = sorted(quantiles)
    below = [
        known.select((pl.col("truth") <= pl.col(f"q{level:g}")).mean()).item() for level in levels
    ]
    axis.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    axis.plot(levels, below, color=MODEL, marker="o", markersize=4)
    axis.text(0.97, 0.05, "dashed: as promised", color=MUTED, ha="right")
    axis.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axis.set_xlabel("level of the quantile")
    axis.set_title("Truth at or below each quantile", color=INK)


def _draw_coverage(axis: Axes, known: pl.DataFrame, pairs: Sequence[tuple[float, float]]) -> None:
    labels = []
    for low, high in pairs:
        inside = pl.col("truth").is_between(pl.col(f"q{low:g}"), pl.col(f"q{high:g}"))
        share = known.group_by("step").agg(inside.mean().alias("share")).sort("step")
        axis.axhline(high - low, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
        axis.plot(
            share["step"].to_numpy(),
            share["share"].to_numpy(),
            color=MODEL,
            marker=dots(len(share)),
            markersize=4,
        )
        labels.append(EndLabel(f"{high - low:.0%}", high - low, MODEL))
    axis.set_ylim(0, 1.02)
    count_axis(axis, known["step"].n_unique(), "steps ahead")
    axis.set_title("Truth inside each band, by step", color=INK)
    label_ends(axis, labels, inches=1.9)
