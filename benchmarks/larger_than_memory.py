"""Peak memory of learning from Parquet files that are read piece by piece, by how much there is.

    python -m benchmarks.larger_than_memory [--times 1 10 100] [--folder DIR]

Writes sequences of 200 steps and 8 channels, or series of 2,500 rows with a target and 31
covariates, as folders of Parquet files: 16 MB as float64, and 10 and 100 times as much. A detector
learns from the sequences, and once more from all their steps as one series. Each folder is learnt
from by a process of its own, one epoch of 8 units, and the peak of its resident memory (VmHWM) is
printed; up to ten times also that of a process that reads the whole folder at once.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

MEGABYTES = 16
STEPS, CHANNELS = 200, 8
ROWS, COVARIATES = 2_500, 31
GROUP = 10_000
WAYS = ("piece by piece", "at once")


def write_sequences(folder: Path, times: int) -> None:
    """One file for each 16 MB: sequences whose label is the sign of the first channel's mean."""
    number = MEGABYTES * 10**6 // (8 * STEPS * CHANNELS)
    for part in range(times):
        rng = np.random.default_rng(part)
        label = rng.integers(0, 2, number)
        values = rng.normal(size=(number, STEPS, CHANNELS))
        values[..., 0] += 0.5 * (2 * label[:, None] - 1)
        names = np.array([f"s{part * number + place}" for place in range(number)])
        table = {"id": np.repeat(names, STEPS), "label": np.repeat(label, STEPS)}
        table |= {f"c{place}": values[..., place].ravel() for place in range(CHANNELS)}
        _write(folder, part, table)


def write_series(folder: Path, times: int) -> None:
    """One file for each 16 MB: series with a rhythm of 24 rows, noise, and covariates of noise."""
    number = MEGABYTES * 10**6 // (8 * ROWS * (1 + COVARIATES))
    step = np.arange(ROWS)
    for part in range(times):
        rng = np.random.default_rng(part)
        names = [f"s{part * number + place}" for place in range(number)]
        table = {"id": np.repeat(names, ROWS), "step": np.tile(step, number)}
        noise = rng.normal(0, 0.3, (1 + COVARIATES, number * ROWS))
        table["y"] = np.tile(np.sin(step * 2 * np.pi / 24), number) + noise[0]
        table |= {f"c{place}": noise[1 + place] for place in range(COVARIATES)}
        _write(folder, part, table)


def _write(folder: Path, part: int, table: dict[str, np.ndarray]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{part:04d}.parquet"
    pl.DataFrame(table).write_parquet(path, row_group_size=GROUP, compression="lz4")


def learn(task: str, folder: Path, way: str) -> None:
    """Learns one epoch in this process, and prints its seconds and the peak of its memory."""
    import torch

    from lstmkit.data import open_parquet

    torch.set_num_threads(1)
    start = time.monotonic()
    data = open_parquet(folder) if way == WAYS[0] else pl.read_parquet(folder / "*.parquet")
    TASKS[task](data)
    seconds = time.monotonic() - start
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"seconds": round(seconds), "megabytes": int(peak.split()[1]) // 1024}))


def _classify(data: Any) -> None:
    from lstmkit import Classifier

    model = Classifier(online=True, hidden_size=8, epochs=1, batch_size=256, device="cpu")
    model.fit(data, series="id", target="label")


def _forecast(data: Any) -> None:
    from lstmkit import Forecaster

    model = Forecaster(12, preset="segments", hidden_size=8, lookback=24, epochs=1, batch_size=1024)
    past = [f"c{place}" for place in range(COVARIATES)]
    model.fit(data, "y", time="step", series="id", past=past)


def _detect(data: Any, series: str | None = "id") -> None:
    from lstmkit import Detector

    model = Detector(hidden_size=8, epochs=1, batch_size=256, device="cpu")
    model.fit(data, series=series, values=[f"c{place}" for place in range(CHANNELS)])


def _detect_in_one(data: Any) -> None:
    _detect(data, None)


TASKS: dict[str, Callable[[Any], None]] = {
    "Classifier": _classify,
    "Forecaster": _forecast,
    "Detector": _detect,
    "Detector, one series": _detect_in_one,
}


def measured(task: str, folder: Path, way: str) -> dict[str, int]:
    """What `learn` prints in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.larger_than_memory", "--learn", task, way]
    done = subprocess.run(
        [*command, "--folder", str(folder)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--learn", nargs=2)
    arguments = parser.parse_args()
    if arguments.learn:
        learn(arguments.learn[0], arguments.folder, arguments.learn[1])
        return
    with tempfile.TemporaryDirectory() as temporary:
        base = arguments.folder or Path(temporary)
        print("| task | data, float64 | way | peak memory | time |\n|---|---|---|---|---|")
        for task in arguments.tasks:
            for times in arguments.times:
                kind = "series" if task == "Forecaster" else "sequences"
                folder = base / f"{kind}-{times}"
                if not folder.exists():
                    (write_series if kind == "series" else write_sequences)(folder, times)
                for way in WAYS[: 2 if times <= 10 else 1]:
                    found = measured(task, folder, way)
                    size = f"{MEGABYTES * times:,} MB"
                    told = f"{found['megabytes']:,} MB | {found['seconds']:,} s"
                    print(f"| {task} | {size} | {way} | {told} |", flush=True)


if __name__ == "__main__":
    main()
