"""Long horizons of ETTh1 and the exchange rates by neuralforecast's LSTM and NHITS as they come.

    LSTMKIT_DATA=<folder with ett/ and exchange_rate/> PYTHON -m benchmarks.forecast_peers

with a Python that has neuralforecast (requirements-series.txt); lstmkit is not needed. The splits
of benchmarks.long_horizon, all columns, each standardised by the training part, every origin of
the test part: the same numbers as benchmarks.etth1 and benchmarks.long_horizon tell of lstmkit. The
models see each column as a series of its own. Their settings are the defaults; the look-back, which
NHITS has no default for, is five horizons. The validation part is not learnt from, as with us.
Results are kept in runs/forecast_peers, and `--table` prints what is there.
"""

import argparse
import json
import os
import statistics
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.long_horizon_published import HORIZONS, SPLITS
from benchmarks.quiet_lightning import quiet_lightning


def standardised(data: str, folder: Path) -> np.ndarray:
    """Values (rows, columns) of the three parts, by means and deviations of the first."""
    if data == "etth1":
        path = folder / "ett" / "ETTh1.csv"
        values = np.loadtxt(path, delimiter=",", skiprows=1, usecols=range(1, 8))
    else:
        values = np.loadtxt(folder / "exchange_rate" / "exchange_rate.txt.gz", delimiter=",")
    train = SPLITS[data][0]
    values = values[: sum(SPLITS[data])]
    return (values - values[:train].mean(0)) / values[:train].std(0)


def measured(name: str, data: str, horizon: int, seed: int, folder: Path) -> dict[str, Any]:
    """Trains a model by its defaults and measures its forecasts from every origin of the test."""
    import pandas as pd
    from neuralforecast import NeuralForecast
    from neuralforecast.models import LSTM, NHITS

    options, ends = quiet_lightning()
    # looked at once, at the end: it stops nothing
    options["val_check_steps"] = 1000
    made = (
        LSTM(h=horizon, random_seed=seed, **options)
        if name == "LSTM"
        else NHITS(h=horizon, input_size=5 * horizon, random_seed=seed, **options)
    )
    values = standardised(data, folder)
    columns = values.shape[1]
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(columns), len(values)),
            "ds": np.tile(np.arange(len(values)), columns),
            "y": values.T.ravel(),
        }
    )
    model = NeuralForecast(models=[made], freq=1)
    _, valid, test = SPLITS[data]
    told = model.cross_validation(
        frame, n_windows=None, val_size=valid, test_size=test, step_size=1
    )
    missed = told[name].to_numpy() - told["y"].to_numpy()
    assert len(missed) == (test - horizon + 1) * horizon * columns
    return {
        "mse": float((missed**2).mean()),
        "mae": float(np.abs(missed).mean()),
        "step": float(np.median(np.diff(ends))),
        "steps": len(ends),
        "weights": sum(one.numel() for one in made.parameters()),
    }


def print_table(folder: Path) -> None:
    """Prints every result in the folder."""
    print("| data | horizon | neuralforecast, defaults | weights | MSE | MAE | seeds | training |")
    print("|---|---|---|---|---|---|---|---|")
    for data, horizon, name in product(SPLITS, HORIZONS, ("NHITS", "LSTM")):
        paths = sorted(folder.glob(f"{data}-{horizon}-{name}-*.json"))
        kept = [json.loads(path.read_text()) for path in paths]
        if not kept:
            continue
        mse, mae = (
            f"{statistics.mean(ones):.3f} ± {statistics.pstdev(ones):.3f}"
            for ones in ([one[key] for one in kept] for key in ("mse", "mae"))
        )
        seconds = statistics.median(one["step"] * one["steps"] for one in kept)
        print(
            f"| {data} | {horizon} | {name} | {kept[0]['weights']:,} | {mse} | {mae} | {len(kept)} "
            f"| {seconds:.0f} s |"
        )


def main() -> None:
    """Measures what is not there yet and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", choices=SPLITS, default=list(SPLITS))
    parser.add_argument("--horizons", type=int, nargs="+", choices=HORIZONS, default=HORIZONS)
    parser.add_argument("--models", nargs="+", choices=("NHITS", "LSTM"), default=["NHITS", "LSTM"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--folder", type=Path, default=Path("runs/forecast_peers"))
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    todo = [] if asked.table else product(asked.seeds, asked.models, asked.data, asked.horizons)
    for seed, name, data, horizon in todo:
        path = asked.folder / f"{data}-{horizon}-{name}-{seed}.json"
        if not path.exists():
            found = measured(name, data, horizon, seed, Path(os.environ["LSTMKIT_DATA"]))
            path.write_text(json.dumps(found))
            print(path.stem, found, flush=True)
    print_table(asked.folder)


if __name__ == "__main__":
    main()
