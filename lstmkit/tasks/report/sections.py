"""The figures of a forecast's report in their order, each with its heading and how to read it."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import polars as pl

from lstmkit.tasks.report.data_figure import MOST_TARGETS, data_figure, rows_per_point
from lstmkit.tasks.report.drawing import number, short
from lstmkit.tasks.report.figures import calibration_figure, step_figure
from lstmkit.tasks.report.forecast_figure import forecast_figure
from lstmkit.tasks.report.run import Run
from lstmkit.tasks.report.section import Section, loss_section
from lstmkit.tasks.report.shown_windows import ShownWindow, bands, choose_windows, known_truth
from lstmkit.tasks.report.verdict import model_of, spoken


def sections(run: Run) -> list[Section]:
    """The figures that `run` has something to show for."""
    found = [
        _data(run),
        loss_section(run["history"]),
        _forecasts(run),
        _steps(run),
        _calibration(run),
    ]
    return [section for section in found if section is not None]


def _data(run: Run) -> Section:
    series, split = run["series"][0], run["split"]
    targets, number_of_series = run["targets"], len(run["series"])
    read = (
        "The model learnt from the training part, stopped by the validation part, and is judged on "
        "the test part, which it never saw."
    )
    block = rows_per_point(len(series["time"]), run["season"])
    if block > 1:
        read += f" The line is the mean of {block:,} rows, the grey band their lowest to highest."
    if number_of_series > 1:
        read += f" Shown is series {short(series['name'])}, the first of {number_of_series:,}."
    if len(targets) > MOST_TARGETS:
        read += f" Shown are the first {MOST_TARGETS} of {len(targets):,} targets."
    names = ", ".join(short(target) for target in targets[:MOST_TARGETS])
    alt = (
        f"{names} over time; training ends at row {split['train_end']:,}, validation at row "
        f"{split['valid_end']:,}, test at row {split['test_end']:,}."
    )
    draw = partial(data_figure, series, targets, split, run["season"])
    return Section("data", "Data and split", read, alt, draw)


def _forecasts(run: Run) -> Section | None:
    frame = run["frame"]
    if frame.is_empty():
        return None
    horizon = int(frame.select(pl.col("step").max()).item())
    past = max(horizon, min(run["season"] or 0, 3 * horizon // 2), 24)
    windows = choose_windows(frame, run["series"], run["targets"], past)
    count = frame.select(pl.struct("series", "target", "origin").n_unique()).item()
    read = (
        "Left of the upright line is the past, right of it what happened and, in blue, what was "
        f"forecast{' with its bands' if bands(run['quantiles']) else ''}. {_which(windows, count)}"
    )
    alt = f"Windows with forecast and truth: {len(windows)}. " + " ".join(
        f"{window.note.capitalize()} window: mean absolute error {number(window.error)}."
        for window in windows
        if window.note
    )
    draw = partial(forecast_figure, windows, run["quantiles"])
    return Section("forecasts", "Forecasts", read, alt, draw)


def _which(windows: Sequence[ShownWindow], count: int) -> str:
    shown = (
        f"{len(windows)} of {count:,} windows" if count > len(windows) else f"all {count} windows"
    )
    shown = f"Shown: {'the only window' if count == 1 else shown} of the test part"
    notes = [f"the {window.note}" for window in windows if window.note]
    if not notes:
        return f"{shown}."
    return f"{shown}, among them {', '.join(notes[:-1])} and {notes[-1]} by error."


def _steps(run: Run) -> Section | None:
    errors = {
        name: np.array(values["mae"], dtype=float)
        for name, values in run["metrics"]["by_step"].items()
        if "mae" in values
    }
    errors = {name: error for name, error in errors.items() if np.isfinite(error).any()}
    model = model_of(errors)
    if model is None:
        return None
    read = "The lower the better; errors usually grow with the distance."
    rivals = [error for name, error in errors.items() if name != model]
    if rivals:
        wins = int((errors[model] < np.min(rivals, axis=0)).sum())
        read += f" The model is better than every baseline at {wins} of {len(errors[model])} steps."
    alt = "Mean absolute error by step ahead: " + "; ".join(
        f"{spoken(name)} from {number(error[0])} to {number(error[-1])}"
        for name, error in errors.items()
    )
    unit = run["targets"][0] if len(run["targets"]) == 1 else ""
    draw = partial(step_figure, errors, run["frequency"], unit)
    return Section("steps", "Error by step", read, alt + ".", draw)


def _calibration(run: Run) -> Section | None:
    known = known_truth(run["frame"])
    pairs = bands(run["quantiles"])
    if known.is_empty() or all(level == 0.5 for level in run["quantiles"]):
        return None
    read = (
        "An honest forecast lies on the dashed lines; a band that catches less than it promises is "
        "too sure of itself, one that catches more is too careful."
    )
    caught = " ".join(_caught(known, low, high) for low, high in pairs[:3])
    alt = f"Share of the truth below each quantile and inside each band. {caught}".strip()
    read = f"{read} {caught}".strip()
    draw = partial(calibration_figure, known, run["quantiles"])
    return Section("calibration", "Are the bands honest?", read, alt, draw)


def _caught(known: pl.DataFrame, low: float, high: float) -> str:
    inside = pl.col("truth").is_between(pl.col(f"q{low:g}"), pl.col(f"q{high:g}"))
    share = known.select(inside.mean()).item()
    return f"The {high - low:.0%} band caught {share:.0%} of the truth."
