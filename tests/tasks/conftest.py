"""Runs made up for the tests of figures and reports."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from lstmkit.tasks.report.run import Run

ROWS = 400


def _run(
    *,
    targets: tuple[str, ...] = ("y",),
    series: tuple[str, ...] = ("s",),
    horizon: int = 6,
    stride: int = 9,
    quantiles: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9),
    truth: bool = True,
    dated: bool = True,
) -> Run:
    """A daily run of `ROWS` rows whose last fifth is the test part."""
    rng = np.random.default_rng(0)
    time = np.arange(ROWS)
    if dated:
        time = (np.datetime64("2023-01-01") + time).astype("datetime64[us]")
    wave = np.sin(np.arange(ROWS) / 8)[:, None] + rng.normal(0, 0.1, (ROWS, len(targets)))
    values = wave * 10.0 ** np.arange(len(targets))
    parts = []
    for origin in range(319, ROWS - horizon, stride):
        rows = slice(origin + 1, origin + 1 + horizon)
        for name in series:
            for column, target in enumerate(targets):
                scale = 10.0**column
                forecast = values[rows, column] + rng.normal(0, 0.2 * scale, horizon)
                part = {
                    "series": [name] * horizon,
                    "origin": np.full(horizon, time[origin]),
                    "time": time[rows],
                    "step": np.arange(1, horizon + 1),
                    "target": [target] * horizon,
                    "truth": values[rows, column] if truth else [None] * horizon,
                    "forecast": forecast,
                }
                part |= {f"q{level:g}": forecast + (level - 0.5) * scale for level in quantiles}
                parts.append(pl.DataFrame(part, schema_overrides={"truth": pl.Float64}))
    scores = {"model": {"mae": 0.5, "mase": 0.4}, "naive": {"mae": 1.0, "mase": 0.9}}
    by_step = {name: {"mae": [value["mae"]] * horizon} for name, value in scores.items()}
    if not truth:
        scores = {"model": {"mae": None, "mase": None}}
        by_step = {"model": {"mae": [None] * horizon}}
    return {
        "title": "made up",
        "history": {
            "train_loss": [1.0, 0.6, 0.4],
            "valid_loss": [1.1, 0.7, 0.8],
            "learning_rate": [0.01] * 3,
            "seconds": [1.0] * 3,
            "best_epoch": 2,
            "stopped": "patience",
        },
        "series": [{"name": name, "time": time, "target": values} for name in series],
        "split": {"train_end": 240, "valid_end": 320, "test_end": ROWS},
        "targets": list(targets),
        "frame": pl.concat(parts),
        "metrics": {"overall": scores, "by_step": by_step},
        "quantiles": list(quantiles),
        "settings": {"horizon": horizon, "seed": 0},
        "notices": [],
        "season": 7,
        "frequency": "1 day" if dated else "",
    }


@pytest.fixture(scope="session")
def made_up_run() -> Callable[..., Run]:
    """Makes a run; the keywords of `_run` say how it differs from one daily series."""
    return _run
