"""ETTh1 at horizon 96 by neuralforecast's LSTM and NHITS as they come.

    LSTMKIT_DATA=<folder with ett/> PYTHON -m benchmarks.forecast_peers [--models NHITS LSTM]

with a Python that has neuralforecast (requirements-series.txt); lstmkit is not needed. The standard
split of 12/4/4 months, all seven columns, each standardised by the training part, every origin of
the test part: the same numbers as benchmarks.etth1 and benchmarks.long_horizon tell of lstmkit. The
models see each column as a series of its own. Their settings are the defaults; the look-back, which
NHITS has no default for, is five horizons. The validation part is not learnt from, as with us.
Results are kept in runs/forecast_peers.
"""

import argparse
import json
import os
import statistics
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quiet_lightning import quiet_lightning

HORIZON, TRAIN, VALID, TEST = 96, 8640, 2880, 2880
NHITS_LOOKBACK = 5 * HORIZON


def columns(path: Path) -> tuple[list[str], np.ndarray]:
    """Names and standardised values (rows, columns) of the three parts."""
    with path.open() as file:
        names = file.readline().strip().split(",")[1:]
    values = np.loadtxt(path, delimiter=",", skiprows=1, usecols=range(1, 1 + len(names)))
    values = values[: TRAIN + VALID + TEST]
    return names, (values - values[:TRAIN].mean(0)) / values[:TRAIN].std(0)


def measured(name: str, names: list[str], values: np.ndarray, seed: int) -> dict[str, Any]:
    """Trains a model by its defaults and measures its forecasts from every origin of the test."""
    import pandas as pd
    from neuralforecast import NeuralForecast
    from neuralforecast.models import LSTM, NHITS

    options, ends = quiet_lightning()
    # looked at once, at the end: it stops nothing
    options["val_check_steps"] = 1000
    made = (
        LSTM(h=HORIZON, random_seed=seed, **options)
        if name == "LSTM"
        else NHITS(h=HORIZON, input_size=NHITS_LOOKBACK, random_seed=seed, **options)
    )
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(names, len(values)),
            "ds": np.tile(np.arange(len(values)), len(names)),
            "y": values.T.ravel(),
        }
    )
    model = NeuralForecast(models=[made], freq=1)
    told = model.cross_validation(
        frame, n_windows=None, val_size=VALID, test_size=TEST, step_size=1
    )
    missed = told[name].to_numpy() - told["y"].to_numpy()
    origins = TEST - HORIZON + 1
    assert len(missed) == origins * HORIZON * len(names)
    return {
        "mse": float((missed**2).mean()),
        "mae": float(np.abs(missed).mean()),
        "step": statistics.median(np.diff(ends)),
        "steps": len(ends),
        "weights": sum(one.numel() for one in made.parameters()),
    }


def main() -> None:
    """Measures what is not there yet and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["NHITS", "LSTM"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--folder", type=Path, default=Path("runs/forecast_peers"))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    names, values = columns(Path(os.environ["LSTMKIT_DATA"]) / "ett" / "ETTh1.csv")
    print("| neuralforecast, defaults | weights | MSE | MAE | seeds | training |")
    print("|---|---|---|---|---|---|")
    for name in asked.models:
        kept = []
        for seed in asked.seeds:
            path = asked.folder / f"{name}-{seed}.json"
            if not path.exists():
                path.write_text(json.dumps(measured(name, names, values, seed)))
            kept.append(json.loads(path.read_text()))
        mse, mae = (
            f"{statistics.mean(ones):.3f} ± {statistics.pstdev(ones):.3f}"
            for ones in ([one[key] for one in kept] for key in ("mse", "mae"))
        )
        seconds = statistics.median(one["step"] * one["steps"] for one in kept)
        print(
            f"| {name} | {kept[0]['weights']:,} | {mse} | {mae} | {len(kept)} | {seconds:.0f} s |",
            flush=True,
        )


if __name__ == "__main__":
    main()
