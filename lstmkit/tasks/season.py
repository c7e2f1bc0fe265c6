"""Which seasons a table has, found on its training part alone."""

from collections.abc import Sequence

import numpy as np

from lstmkit.data import SeriesSet
from lstmkit.errors import SettingsError
from lstmkit.tasks.baselines import naive, seasonal_naive


def checked_season(season: int | str | None) -> int | str | None:
    """Checks the setting of the season.

    Args:
        season: `"auto"`, steps of a season, or None for none.

    Returns:
        The setting.

    Raises:
        SettingsError: Something else.
    """
    whole = isinstance(season, int) and not isinstance(season, bool) and season >= 1
    if season is None or season == "auto" or whole:
        return season
    raise SettingsError(
        f"season: expected 'auto', None or the steps of a season, got {season!r}. "
        "A week of hourly rows has 168 steps."
    )


def find_seasons(
    series: SeriesSet, train_ends: Sequence[int], horizon: int, season: int | str | None
) -> tuple[int, ...]:
    """Finds the seasons worth telling a model of, the most telling first.

    Candidates are the seasons that the step between rows suggests (a day, a week, a year), as
    long as the training part holds three of them. One is kept where repeating it forecasts the
    training part better than repeating the last value.

    Args:
        series: The series.
        train_ends: Rows of each training part.
        horizon: Steps of a forecast.
        season: The setting: `"auto"`, a number of steps, or None.

    Returns:
        Lengths of seasons in steps, best first; at most two, possibly none.
    """
    if season is None or season == 1:
        return ()
    if isinstance(season, int):
        return (season,)
    shortest = min(train_ends)
    candidates = [s for s in series.frequency.seasons if 1 < s <= shortest // 3]
    plain = _error(series, train_ends, horizon, None)
    errors = {s: _error(series, train_ends, horizon, s) for s in candidates}
    good = [s for s in sorted(errors, key=lambda s: errors[s]) if errors[s] < plain]
    return tuple(good[:2])


def _error(series: SeriesSet, train_ends: Sequence[int], horizon: int, season: int | None) -> float:
    """Mean absolute error inside the training part, in standard deviations of each series."""
    errors = []
    for one, end in zip(series, train_ends, strict=True):
        first = min(season or 1, end - horizon - 1)
        origins = np.arange(max(first, 0), end - horizon)[-2000:]
        target = one.target[:end]
        if season is None:
            forecast = naive(target, origins, horizon)
        else:
            forecast = seasonal_naive(target, origins, horizon, season)
        truth = target[origins[:, None] + np.arange(1, horizon + 1)]
        missed = np.abs(forecast - truth)
        if np.isfinite(missed).any():
            errors.append(np.nanmean(missed) / (np.nanstd(target) + 1e-12))
    return float(np.mean(errors)) if errors else float("inf")
