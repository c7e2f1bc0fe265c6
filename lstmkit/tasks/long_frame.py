"""Forecasts as one long table: a row for each series, origin, target and step."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from lstmkit.data import SeriesSet


def quantile_column(level: float) -> str:
    """Name of the column of a quantile.

    Example:
        >>> quantile_column(0.1)
        'q0.1'
    """
    return f"q{level:g}"


def quantile_levels(frame: pl.DataFrame) -> list[float]:
    """The quantile levels that a long table has columns for, ascending.

    Example:
        >>> quantile_levels(pl.DataFrame({"forecast": [1.0], "q0.9": [2.0], "q0.1": [0.0]}))
        [0.1, 0.9]
    """
    names = (name for name in frame.columns if name.startswith("q"))
    return sorted(float(name[1:]) for name in names if name[1:].replace(".", "", 1).isdigit())


def long_frame(
    series: SeriesSet,
    origins: np.ndarray,
    forecast: np.ndarray,
    quantiles: Mapping[float, np.ndarray] | None = None,
) -> pl.DataFrame:
    """Lays forecasts out as a long table.

    Args:
        series: The series with their times and truth.
        origins: Pairs (series, row of the last known value), int64 (N, 2).
        forecast: The median or the point, in the unit of the target (N, horizon, K).
        quantiles: Forecasts of the same shape, by level.

    Returns:
        Columns series, origin, time (as the time column writes them), step from 1, target, truth
        (null where missing or not known yet), forecast, and one column for each quantile; sorted
        by origin as given, then target, then step.
    """
    num_origins, horizon, num_targets = forecast.shape
    which = np.repeat(origins[:, 0], num_targets * horizon)
    target = np.tile(np.repeat(np.arange(num_targets), horizon), num_origins)
    step = np.tile(np.arange(1, horizon + 1), num_origins * num_targets)
    row = np.repeat(origins[:, 1], num_targets * horizon)
    times, truths, first = [], [], [0]
    for one in series:
        times += [one.time, series.frequency.future(one.time[-1], horizon)]
        truths += [one.target, np.full((horizon, num_targets), np.nan)]
        first.append(first[-1] + len(one) + horizon)
    time, start = np.concatenate(times), np.array(first)[which]
    written = series.frequency.clock.written
    columns = {
        "series": pl.Series(series.names, dtype=pl.String).gather(which),
        "origin": written(time[start + row]),
        "time": written(time[start + row + step]),
        "step": pl.Series(step, dtype=pl.Int32),
        "target": pl.Series(series.columns.target, dtype=pl.String).gather(target),
        "truth": pl.Series(np.concatenate(truths)[start + row + step, target], nan_to_null=True),
        "forecast": _flat(forecast),
    }
    columns |= {quantile_column(q): _flat(values) for q, values in (quantiles or {}).items()}
    return pl.DataFrame(columns)


def _flat(values: np.ndarray) -> pl.Series:
    return pl.Series(np.ascontiguousarray(values.transpose(0, 2, 1), np.float64).ravel())
