"""Naive2, Theta and ETS on M4 Hourly and Weekly by statsforecast, into m4_statistics.csv.

    pip install statsforecast    # in an environment of its own
    LSTMKIT_DATA=<folder with m4/> python -m benchmarks.m4_statistics

Naive2 is the competition's: a series that repeats with the season (its autocorrelation at that lag
is significant at 90 %) is divided by multiplicative seasonal indices of the classical
decomposition, its last value is repeated, and the indices are put back. Theta is the standard one;
ETS (`AutoETS`) chooses its form for each series. Both know the season of MASE and learn from all
values before the test horizon. The file is added to: a run that was stopped goes on, and a row that
is deleted is run again.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

from benchmarks.m4_measures import SETS, STATISTICS, scores, series

METHODS = ("Naive2", "Theta", "ETS")
# the quantile of the normal distribution that the competition's test of seasonality takes
SIGNIFICANT = 1.645


def is_seasonal(values: np.ndarray, season: int) -> bool:
    """The competition's test: whether the autocorrelation at the season's lag is significant."""
    if season == 1 or len(values) < 3 * season:
        return False
    centred = values - values.mean()
    known = np.array(
        [(centred[lag:] * centred[: len(centred) - lag]).sum() for lag in range(season + 1)]
    )
    correlation = known[1:] / known[0]
    limit = SIGNIFICANT * np.sqrt((1 + 2 * (correlation[:-1] ** 2).sum()) / len(values))
    return bool(abs(correlation[-1]) > limit)


def seasonal_indices(values: np.ndarray, season: int) -> np.ndarray:
    """Multiplicative indices of the classical decomposition, in the order of the rows."""
    weights = np.ones(season) / season
    if season % 2 == 0:
        weights = np.convolve(weights, [0.5, 0.5])
    half = len(weights) // 2
    ratio = np.full(len(values), np.nan)
    ratio[half : len(values) - half] = values[half : len(values) - half] / np.convolve(
        values, weights, "valid"
    )
    means = np.array([np.nanmean(ratio[place::season]) for place in range(season)])
    return means / means.mean()


def naive2(values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last value, seasonally adjusted where there is a season."""
    if not is_seasonal(values, season):
        return np.repeat(values[-1], horizon)
    indices = seasonal_indices(values, season)
    place = np.arange(len(values), len(values) + horizon) % season
    found: np.ndarray = values[-1] / indices[(len(values) - 1) % season] * indices[place]
    return found


def forecasts(method: str, learnt: list[np.ndarray], season: int, horizon: int) -> np.ndarray:
    """Forecasts of a method for all series (series, horizon)."""
    if method == "Naive2":
        return np.stack([naive2(one, season, horizon) for one in learnt])
    from statsforecast.models import AutoETS, Theta

    model = {"Theta": Theta, "ETS": AutoETS}[method](season_length=season)
    return np.stack([model.forecast(one, h=horizon)["mean"] for one in learnt])


def main() -> None:
    """Runs what the file does not hold yet, adds it, and prints it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--out", type=Path, default=STATISTICS)
    arguments = parser.parse_args()
    out: Path = arguments.out
    if not out.exists():
        out.write_text("set,method,smape,mase,seconds\n")
    done = {tuple(line.split(",")[:2]) for line in out.read_text().splitlines()}
    for name in arguments.sets:
        of, values = SETS[name], series(Path(os.environ["LSTMKIT_DATA"]) / "m4", name)
        learnt = [one[: -of.horizon] for one in values]
        for method in arguments.methods:
            if (name, method) in done:
                continue
            start = time.process_time()
            forecast = forecasts(method, learnt, of.season, of.horizon)
            seconds = time.process_time() - start
            found = scores(values, forecast, of.season, of.horizon)
            line = f"{name},{method},{found['smape']:.3f},{found['mase']:.3f},{seconds:.0f}"
            print(line, flush=True)
            with out.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


if __name__ == "__main__":
    main()
