"""Figures of a forecaster's training, its error by step, and its calibration."""

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lstmkit.tasks.report.drawing import (
    BASELINES,
    INK,
    MODEL,
    MUTED,
    STYLE,
    WIDE,
    EndLabel,
    count_axis,
    dots,
    label_ends,
    new_figure,
    number,
    short,
)
from lstmkit.tasks.report.shown_windows import bands, known_truth


@matplotlib.rc_context(STYLE)
def loss_figure(
    train_loss: Sequence[float],
    valid_loss: Sequence[float],
    best_epoch: int,
    judged_by: str = "validation",
    width: float = WIDE,
) -> Figure:
    """Training and validation loss by epoch, the best epoch marked.

    Args:
        train_loss: One value an epoch.
        valid_loss: One value an epoch; may be empty.
        best_epoch: Counted from 1.
        judged_by: What the second loss is called.
        width: Of the figure, in inches.
    """
    figure, (axis,) = new_figure(width, 2.3)
    labels = []
    for name, color, losses in (("training", MUTED, train_loss), (judged_by, MODEL, valid_loss)):
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
