"""Seconds of a training step and of an epoch: lstmkit beside neuralforecast and Keras.

    LSTMKIT_DATA=<folder with ett/> python -m benchmarks.training_speed [--peers PYTHON]

The oil temperature of ETTh1, its twelve months of training, windows of 96 hours to the next 96, 128
of them a step. Everybody has 64 units in one recurrent layer, or as near as its settings come; the
table gives the weights. Each contender runs in a process of its own, with as many threads as asked
for, a few times in turn; a step's time is the median over all of them, after a few steps that are
not counted, and an epoch is as many steps as the windows make. Keras compiles (JAX) before these,
and runs its own `fit` on arrays cut before; the forecasters do all that they do in every step, the
cutting of windows included. `--peers` is a Python that has the peers (requirements.txt); who is not
installed is left out with a line.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quiet_lightning import quiet_lightning

LOOKBACK, HORIZON, BATCH, UNITS, TRAIN = 96, 96, 128, 64, 8640
WINDOWS = TRAIN - LOOKBACK - HORIZON + 1
WARM, STEPS = 8, 40


def oil() -> np.ndarray:
    """The standardised oil temperature of the training part."""
    path = Path(os.environ["LSTMKIT_DATA"]) / "ett" / "ETTh1.csv"
    values = np.loadtxt(path, delimiter=",", skiprows=1, usecols=7)[:TRAIN]
    return (values - values.mean()) / values.std()


def pairs(series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Windows of the past (N, 96, 1) and what follows (N, 96)."""
    view = np.lib.stride_tricks.sliding_window_view(series, LOOKBACK + HORIZON).astype(np.float32)
    return np.ascontiguousarray(view[:, :LOOKBACK, None]), np.ascontiguousarray(view[:, LOOKBACK:])


Result = tuple[list[float], int]


def plain(series: np.ndarray, steps: int) -> Result:
    """Our LSTM of 64 units and a map to the horizon, in a loop as anybody writes it."""
    import torch

    from lstmkit.nn import LSTM

    x, y = (torch.from_numpy(one) for one in pairs(series))
    torch.manual_seed(0)
    lstm, head = LSTM(1, UNITS), torch.nn.Linear(UNITS, HORIZON)
    weights = [*lstm.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(weights, 1e-3)
    taken = []
    for _ in range(steps):
        start = time.perf_counter()
        rows = torch.randint(len(x), (BATCH,))
        loss = (head(lstm(x[rows])[0][:, -1]) - y[rows]).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        taken.append(time.perf_counter() - start)
    return taken, sum(one.numel() for one in weights)


def forecaster(preset: str) -> Callable[[np.ndarray, int], Result]:
    """`Forecaster.fit` with the sizes above, by what its history says of the epochs' time."""

    def run(series: np.ndarray, steps: int) -> Result:
        import polars as pl

        from lstmkit import Forecaster

        an_epoch = -(-WINDOWS // BATCH)
        model = Forecaster(
            HORIZON,
            preset=preset,
            lookback=LOOKBACK,
            season=24,
            hidden_size=UNITS,
            batch_size=BATCH,
            epochs=max(2, steps // an_epoch + 1),
            split=(TRAIN, 2 * HORIZON, 2 * HORIZON),
            device="cpu",
        )
        model.fit(pl.DataFrame({"oil": np.append(series, series[: 4 * HORIZON])}), "oil")
        # an epoch's time holds its validation; the first one also whatever is done once
        taken = [each / an_epoch for each in model.history_.seconds[1:]]
        return taken * an_epoch, model.num_parameters_

    return run


def neuralforecast(series: np.ndarray, steps: int) -> Result:
    """Its LSTM with one layer and 64 units, in encoder and decoder."""
    import pandas as pd
    from neuralforecast import NeuralForecast
    from neuralforecast.models import LSTM

    options, ends = quiet_lightning()
    model = LSTM(
        h=HORIZON,
        input_size=LOOKBACK,
        encoder_n_layers=1,
        encoder_hidden_size=UNITS,
        decoder_hidden_size=UNITS,
        windows_batch_size=BATCH,
        max_steps=steps,
        **options,
    )
    frame = pd.DataFrame({"unique_id": "oil", "ds": np.arange(len(series)), "y": series})
    NeuralForecast(models=[model], freq=1).fit(frame)
    return np.diff(ends).tolist(), sum(one.numel() for one in model.parameters())


def keras(backend: str) -> Callable[[np.ndarray, int], Result]:
    """Keras's LSTM of 64 units and a map to the horizon, by its own `fit`."""

    def run(series: np.ndarray, steps: int) -> Result:
        os.environ["KERAS_BACKEND"] = backend
        from keras import Sequential, callbacks, layers

        ends: list[float] = []

        class Clock(callbacks.Callback):
            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                ends.append(time.perf_counter())

        x, y = pairs(series)
        model = Sequential([layers.Input((LOOKBACK, 1)), layers.LSTM(UNITS), layers.Dense(HORIZON)])
        model.compile(optimizer="adam", loss="mae")
        rows = np.arange(steps * BATCH) % len(x)
        model.fit(x[rows], y[rows], batch_size=BATCH, epochs=1, verbose=0, callbacks=[Clock()])
        return np.diff(ends).tolist(), model.count_params()

    return run


# what runs, and which package it needs
CONTENDERS: dict[str, tuple[Callable[[np.ndarray, int], Result], str]] = {
    "lstmkit, LSTM and a map": (plain, "lstmkit"),
    "lstmkit, Forecaster, segments": (forecaster("segments"), "lstmkit"),
    "lstmkit, Forecaster, steps": (forecaster("steps"), "lstmkit"),
    "neuralforecast, LSTM": (neuralforecast, "neuralforecast"),
    "Keras on JAX, LSTM and a map": (keras("jax"), "jax"),
    "Keras on torch, LSTM and a map": (keras("torch"), "keras"),
}


def measured(name: str, python: str, threads: int, steps: int) -> dict[str, Any] | None:
    """Times of one contender in a process of its own; None if it is not installed there."""
    environment = os.environ | {
        key: str(threads) for key in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    }
    command = [python, "-m", "benchmarks.training_speed", "--worker", name, "--steps", str(steps)]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if told.returncode:
        print(told.stderr[-2000:], file=sys.stderr)
        raise SystemExit(f"training_speed: {name} failed in {python}.")
    found: dict[str, Any] | None = json.loads(told.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Runs every contender in turn and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=sys.executable, help="Python that has the peers")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        run, package = CONTENDERS[asked.worker]
        found = None
        if importlib.util.find_spec(package):
            taken, weights = run(oil(), WARM + asked.steps)
            found = {"seconds": taken[WARM:] or taken, "weights": weights}
        print(json.dumps(found))
        return
    every: dict[str, list[dict[str, Any]]] = {}
    for _ in range(asked.rounds):
        for name, (_, package) in CONTENDERS.items():
            python = sys.executable if package == "lstmkit" else asked.peers
            found = measured(name, python, asked.threads, asked.steps)
            if found is None:
                print(f"{name}: {package} is not installed, left out", file=sys.stderr)
            else:
                every.setdefault(name, []).append(found)
    steps = {
        name: [statistics.median(one["seconds"]) for one in ones] for name, ones in every.items()
    }
    ours = statistics.median(steps["lstmkit, LSTM and a map"])
    print(
        "| contender | weights | a step, ms (each round) | an epoch, s | over our LSTM and a map |"
    )
    print("|---|---|---|---|---|")
    for name, rounds in steps.items():
        each = ", ".join(f"{1000 * one:.1f}" for one in rounds)
        middle = statistics.median(rounds)
        print(
            f"| {name} | {every[name][0]['weights']:,} | {1000 * middle:.1f} ({each}) "
            f"| {middle * -(-WINDOWS // BATCH):.2f} | {middle / ours:.1f} |"
        )


if __name__ == "__main__":
    main()
