"""The forecasts that any model must beat: the last value, the last season, the last trend."""

import numpy as np
import polars as pl

from lstmkit.data import SeriesSet, fill_forward
from lstmkit.data.windows import seasonal_offsets
from lstmkit.tasks.long_frame import long_frame


def naive(target: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    """Repeats the last known value.

    Args:
        target: Values of one series (T, K), NaN where missing.
        origins: Rows of the last known value, int64 (N,).
        horizon: Steps of a forecast.

    Returns:
        Forecasts (N, horizon, K); NaN where nothing is known yet.

    Example:
        >>> naive(np.array([[1.0], [5.0]]), np.array([1]), horizon=2).ravel().tolist()
        [5.0, 5.0]
    """
    return np.repeat(fill_forward(target)[origins][:, None], horizon, axis=1)


def seasonal_naive(
    target: np.ndarray, origins: np.ndarray, horizon: int, season: int
) -> np.ndarray:
    """Repeats the last known season: step k takes the value of season * ceil(k / season) before.

    A missing value is taken from the season before it; where the series is younger than a season,
    the last known value stands in.

    Args:
        target: Values of one series (T, K), NaN where missing.
        origins: Rows of the last known value, int64 (N,).
        horizon: Steps of a forecast.
        season: Steps of a season, at least 1.

    Returns:
        Forecasts (N, horizon, K); NaN where nothing is known yet.

    Example:
        >>> weeks = np.array([[1.0], [2.0], [3.0], [4.0]])
        >>> seasonal_naive(weeks, np.array([3]), horizon=3, season=2).ravel().tolist()
        [3.0, 4.0, 3.0]
    """
    rows = origins[:, None] + seasonal_offsets(horizon, season)
    values = fill_forward(target, season)[np.maximum(rows, 0)]
    return np.where((rows >= 0)[..., None], values, naive(target, origins, horizon))


def drift(target: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    """Goes on along the line from the first known value to the last.

    Args:
        target: Values of one series (T, K), NaN where missing.
        origins: Rows of the last known value, int64 (N,).
        horizon: Steps of a forecast.

    Returns:
        Forecasts (N, horizon, K); NaN where nothing is known yet.

    Example:
        >>> drift(np.array([[1.0], [2.0], [3.0]]), np.array([2]), horizon=2).ravel().tolist()
        [4.0, 5.0]
    """
    known = ~np.isnan(target)
    rows = np.arange(len(target))[:, None]
    first = known.argmax(axis=0)
    last = np.maximum.accumulate(np.where(known, rows, 0), axis=0)[origins]
    run = np.maximum(last - first, 1)
    start = np.take_along_axis(target, first[None], axis=0)
    level = fill_forward(target)[origins]
    slope = (level - start) / run
    # a missing origin is as many steps past the last known value
    ahead = origins[:, None, None] - last[:, None] + np.arange(1, horizon + 1)[:, None]
    line: np.ndarray = level[:, None] + slope[:, None] * ahead
    return line


def baseline_forecasts(
    series: SeriesSet, origins: np.ndarray, horizon: int, season: int | None = None
) -> dict[str, np.ndarray]:
    """Forecasts of every baseline from given origins.

    Args:
        series: The series.
        origins: Pairs (series, row of the last known value), int64 (N, 2).
        horizon: Steps of a forecast.
        season: Steps of a season; None for data without one.

    Returns:
        "naive", "seasonal_naive" where there is a season above 1, and "drift": each (N, horizon,
        K) in the unit of the target.
    """
    shape = (len(origins), horizon, len(series.columns.target))
    names = ["naive", "seasonal_naive", "drift"] if season and season > 1 else ["naive", "drift"]
    forecasts = {name: np.empty(shape) for name in names}
    for index, one in enumerate(series):
        mine = origins[:, 0] == index
        rows = origins[mine, 1]
        forecasts["naive"][mine] = naive(one.target, rows, horizon)
        forecasts["drift"][mine] = drift(one.target, rows, horizon)
        if season and season > 1:
            forecasts["seasonal_naive"][mine] = seasonal_naive(one.target, rows, horizon, season)
    return forecasts


def baseline_frames(
    series: SeriesSet, origins: np.ndarray, horizon: int, season: int | None = None
) -> dict[str, pl.DataFrame]:
    """Forecasts of every baseline as long tables, row by row those of `long_frame`.

    Args:
        series: The series.
        origins: Pairs (series, row of the last known value), int64 (N, 2).
        horizon: Steps of a forecast.
        season: Steps of a season; None for data without one.

    Returns:
        Long tables by name of the baseline.
    """
    forecasts = baseline_forecasts(series, origins, horizon, season)
    return {name: long_frame(series, origins, values) for name, values in forecasts.items()}
