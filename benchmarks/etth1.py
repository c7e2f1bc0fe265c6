"""ETTh1 by the forecaster's defaults, beside naive forecasts and published rows.

    LSTMKIT_DATA=<folder with ett/ETTh1.csv> python -m benchmarks.etth1 [--horizons 24 96]

The standard split of 12/4/4 months; MSE and MAE of the median on values standardised by the
training part, over every origin of the test part, three seeds. Nothing is tuned on the test part:
the settings are the package's defaults for any hourly table.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import polars as pl

from lstmkit.data.datasets import etth1
from lstmkit.tasks import Forecaster
from lstmkit.tasks.baselines import baseline_frames

SPLIT = (8640, 2880, 2880)
LOADS = ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"]
TARGETS = {"multivariate": LOADS, "OT only": ["OT"]}
# as remembered from the papers named, not checked against them
PUBLISHED = {
    ("multivariate", 24): {"LSTMa (Informer paper)": 0.650},
    ("multivariate", 96): {"DLinear": 0.375, "PatchTST": 0.370, "SegRNN": 0.341},
}


def errors(frame: pl.DataFrame, table: pl.DataFrame) -> tuple[float, float]:
    """MSE and MAE on standardised values: mean over targets, steps and origins."""
    train = table[: SPLIT[0]]
    scale = pl.DataFrame(
        {"target": LOADS, "std": [float(np.std(train[name].to_numpy())) for name in LOADS]}
    )
    missed = frame.join(scale, on="target").select(
        ((pl.col("forecast") - pl.col("truth")) / pl.col("std")).alias("error")
    )["error"]
    return float((missed**2).mean()), float(missed.abs().mean())


def one(table: pl.DataFrame, kind: str, horizon: int, seed: int) -> dict[str, object]:
    """Trains one model and measures it."""
    model = Forecaster(horizon, split=SPLIT, seed=seed)
    start = time.monotonic()
    model.fit(table, TARGETS[kind], time="date")
    seconds = time.monotonic() - start
    mse, mae = errors(model.backtest(), table)
    return {"kind": kind, "horizon": horizon, "seed": seed, "mse": mse, "mae": mae} | {
        "seconds": seconds,
        "lookback": model.lookback_,
        "parameters": model.num_parameters_,
        "epochs": model.history_.num_epochs,
    }


def baselines(table: pl.DataFrame, kind: str, horizon: int) -> dict[str, tuple[float, float]]:
    """The naive forecasts from the same origins."""
    model = Forecaster(horizon, split=SPLIT, epochs=1, hidden_size=1)
    model.fit(table, TARGETS[kind], time="date")
    series, origins = model.rolling(None, "test", 1)
    frames = baseline_frames(series, origins, horizon, 24)
    return {name: errors(frame, table) for name, frame in frames.items()}


def main() -> None:
    """Runs everything and prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--horizons", type=int, nargs="+", default=[24, 96])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    table = etth1()
    results = []
    print("| targets | horizon | forecast | MSE | MAE | training |")
    print("|---|---|---|---|---|---|")
    for kind in TARGETS:
        for horizon in arguments.horizons:
            runs = [one(table, kind, horizon, seed) for seed in arguments.seeds]
            results += runs
            mse, mae, seconds = ([float(r[k]) for r in runs] for k in ("mse", "mae", "seconds"))
            print(
                f"| {kind} | {horizon} | **lstmkit** | {spread(mse)} | {spread(mae)} "
                f"| {statistics.median(seconds):.0f} s |",
                flush=True,
            )
            for name, (squared, absolute) in baselines(table, kind, horizon).items():
                print(f"| | | {name} | {squared:.3f} | {absolute:.3f} | |", flush=True)
            for name, value in PUBLISHED.get((kind, horizon), {}).items():
                print(f"| | | {name}, as remembered | {value:.3f} | | |", flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1))


def spread(values: list[float]) -> str:
    """Mean and standard deviation over seeds."""
    return f"{statistics.mean(values):.3f} ± {statistics.pstdev(values):.3f}"


if __name__ == "__main__":
    main()
