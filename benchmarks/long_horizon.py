"""Long horizons of ETTh1 and the exchange rates by the preset "segments", beside other forecasts.

    LSTMKIT_DATA=<folder with ett/ and exchange_rate/> python -m benchmarks.long_horizon

The standard splits (12/4/4 months; 70/10/20 %); MSE and MAE of the median on values standardised by
the training part, over every origin of the test part, and once more without the last batch of 256
origins where it is not whole, as SegRNN's first published rows were measured
(long_horizon_published). The settings are the preset's own; they were chosen on the validation part
of ETTh1 at horizon 96. Each result is kept in a file: a run that was stopped goes on where it was,
`--minutes` begins no further model after so long, and `--table` prints what is there.
"""

import argparse
import json
import statistics
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float

from benchmarks.linear import fitted
from benchmarks.long_horizon_published import HORIZONS, PUBLISHED, SPLITS, WITHOUT_LAST
from lstmkit.data import SeriesSet
from lstmkit.data.datasets import etth1, exchange_rate
from lstmkit.tasks import Forecaster
from lstmkit.tasks.baselines import naive, seasonal_naive

TIMES = {"etth1": "date", "exchange_rate": None}
NAMES = {"etth1": "ETTh1", "exchange_rate": "exchange rates"}
ORIGINS_AT_ONCE = BATCH = 256


def loaded(data: str) -> tuple[pl.DataFrame, list[str]]:
    """The table of a data set and the columns to forecast."""
    table = etth1() if data == "etth1" else exchange_rate()
    return table, [name for name in table.columns if name != TIMES[data]]


def trained(data: str, horizon: int, seed: int, folder: Path) -> dict[str, Any]:
    """Trains one model, or goes on training it, and measures it on the test part."""
    table, targets = loaded(data)
    model = Forecaster(horizon, preset="segments", split=SPLITS[data], seed=seed)
    checkpoints = folder / f"{data}-{horizon}-{seed}"
    begun = (checkpoints / "checkpoint.safetensors").exists()
    model.fit(table, targets, time=TIMES[data], folder=checkpoints, resume=begun)
    series, origins = model.rolling(None, "test", 1)
    scale = model.trained_.prepared.targets.learnt.std[0]
    squared, absolute = [], []
    for some in np.array_split(origins, -(-len(origins) // ORIGINS_AT_ONCE)):
        forecast = model.trained_.values(series, some)[0.5]
        missed = (forecast - truth(series, some[:, 1], horizon)) / scale
        squared.append((missed**2).mean((1, 2)))
        absolute.append(np.abs(missed).mean((1, 2)))
    return errors(np.concatenate(squared), np.concatenate(absolute)) | {
        "seconds": sum(model.history_.seconds),
        "epochs": model.history_.num_epochs,
        "best_epoch": model.history_.best_epoch,
        "parameters": model.num_parameters_,
        "origins": len(origins),
        "lookback": model.lookback_,
        "hidden_size": model.chosen.hidden_size,
    }


def truth(series: SeriesSet, rows: np.ndarray, horizon: int) -> np.ndarray:
    """What came after each origin (N, horizon, K)."""
    after: np.ndarray = series[0].target[rows[:, None] + np.arange(1, horizon + 1)]
    return after


def others(data: str, horizon: int) -> dict[str, Any]:
    """The naive forecasts and the linear one, from the same origins."""
    table, targets = loaded(data)
    values = table.select(targets).to_numpy()
    train, valid, test = SPLITS[data]
    values = (values - values[:train].mean(0)) / values[:train].std(0)
    origins = {
        "train": np.arange(train - horizon),
        "valid": np.arange(train - 1, train + valid - horizon),
        "test": np.arange(train + valid - 1, train + valid + test - horizon),
    }
    linear = fitted(values, origins["train"], origins["valid"], horizon)
    forecasts = {
        "naive": lambda some: naive(values, some, horizon),
        f"linear, closed form, {linear.lookback} rows": lambda some: linear.forecast(values, some),
    }
    if data == "etth1":
        forecasts["seasonal naive, a day"] = lambda some: seasonal_naive(values, some, horizon, 24)
    found = {}
    for name, forecast in forecasts.items():
        missed = [
            forecast(some) - values[some[:, None] + np.arange(1, horizon + 1)]
            for some in np.array_split(origins["test"], 8)
        ]
        squared = np.concatenate([(one**2).mean((1, 2)) for one in missed])
        absolute = np.concatenate([np.abs(one).mean((1, 2)) for one in missed])
        found[name] = errors(squared, absolute)
    return found


def errors(
    squared: Float[np.ndarray, " origins"], absolute: Float[np.ndarray, " origins"]
) -> dict[str, float]:
    """Mean errors over every origin, and without the last batch where it is not whole.

    Args:
        squared: Mean squared error of the forecast from each origin, in their order.
        absolute: Mean absolute error of each.
    """
    whole = len(squared) // BATCH * BATCH
    named = {"mse": squared, "mae": absolute}
    every = {name: float(each.mean()) for name, each in named.items()}
    return every | {
        f"{name}_of_batches": float(each[:whole].mean()) for name, each in named.items()
    }


def print_table(folder: Path) -> None:
    """Prints every result in the folder beside the published ones."""
    print("| data | horizon | forecast | MSE | MAE | of batches: MSE | MAE | seeds | training |")
    print("|---|---|---|---|---|---|---|---|---|")
    for data, (place, horizon) in product(SPLITS, enumerate(HORIZONS)):
        paths = sorted(folder.glob(f"{data}-{horizon}-[0-9]*.json"))
        runs = [json.loads(path.read_text()) for path in paths]
        if not runs:
            continue
        seconds = statistics.median(run["seconds"] for run in runs)
        print(
            f"| {NAMES[data]} | {horizon} | **lstmkit, segments** | {measured(runs)} "
            f"| {len(runs)} | {seconds:.0f} s |"
        )
        beside = folder / f"{data}-{horizon}-others.json"
        for name, one in (json.loads(beside.read_text()) if beside.exists() else {}).items():
            print(f"| | | {name} | {measured([one])} | | |")
        for name, values in PUBLISHED[data].items():
            told = " | ".join("" if value is None else f"{value:.3f}" for value in values[place])
            both = f"| | {told}" if name.endswith(WITHOUT_LAST) else f"{told} | |"
            print(f"| | | {name} | {both} | | |")


def measured(runs: list[dict[str, Any]]) -> str:
    """The columns of errors: means over seeds, standard deviations where there are several."""
    kinds = ("mse", "mae", "mse_of_batches", "mae_of_batches")
    return " | ".join(spread([run[kind] for run in runs]) for kind in kinds)


def spread(values: list[float]) -> str:
    """Mean over seeds, and the standard deviation where there are several."""
    mean = f"{statistics.mean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} ± {statistics.pstdev(values):.3f}"


def main() -> None:
    """Runs what is not there yet and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", nargs="+", choices=SPLITS, default=list(SPLITS))
    parser.add_argument("--horizons", type=int, nargs="+", choices=HORIZONS, default=HORIZONS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, default=Path("runs/long_horizon"))
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    todo = [] if arguments.table else ["others", *arguments.seeds]
    for which, data, horizon in product(todo, arguments.data, arguments.horizons):
        path = arguments.folder / f"{data}-{horizon}-{which}.json"
        if path.exists() or time.monotonic() - start > 60 * arguments.minutes:
            continue
        if which == "others":
            result = others(data, horizon)
        else:
            result = trained(data, horizon, which, arguments.folder)
        path.write_text(json.dumps(result, indent=1))
    print_table(arguments.folder)


if __name__ == "__main__":
    main()
