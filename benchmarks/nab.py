"""Numenta anomaly benchmark by the detector's defaults, beside its published leaderboard.

    LSTMKIT_DATA=<folder with nab/> python -m benchmarks.nab [--seeds 0 1 2]

Each of the 58 files by itself: the detector learns from the rows that the benchmark leaves out of
its score (the first 15 %, at most 750, which hold no anomaly), and then scores every row, no row by
a later one. One preset for every file, the package's defaults. Detectors that are "learnt anew"
learn again from all rows so far, and whatever is wrong in them, whenever these are twice as many as
the last time. As the benchmark's rules say, one threshold for all files is chosen by the score
itself; so it is for every row of the leaderboard. Scores are kept
in runs/nab: a run that was stopped goes on where it was.
"""

import argparse
import json
import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.nab_score import Profile, Result, Truth, best
from lstmkit import Detector

PROFILES = {
    "standard": Profile(),
    "few false alarms": Profile(false=0.22),
    "few misses": Profile(missed=2.0),
}
# the scoreboard in the benchmark's own README, read in November 2026
PUBLISHED = {
    "ARTime": (74.9, 65.1, 80.4),
    "Numenta HTM, the better of two": (70.5, 62.6, 75.2),
    "CAD OSE": (69.9, 67.0, 73.2),
    "earthgecko Skyline": (58.2, 46.2, 63.9),
    "KNN CAD": (58.0, 43.4, 64.8),
    "Relative Entropy": (54.6, 47.6, 58.8),
    "Random Cut Forest": (51.7, 38.4, 59.7),
    "Twitter ADVec": (47.1, 33.6, 53.5),
    "Windowed Gaussian": (39.6, 20.9, 47.4),
    "Etsy Skyline": (35.7, 27.1, 44.5),
    "Bayesian Changepoint": (17.7, 3.2, 32.2),
    "EXPoSE": (16.4, 3.2, 26.9),
    "Random": (11.0, 1.2, 19.5),
    "no alarm": (0.0, 0.0, 0.0),
}
QUIET = 100
ANEW = "learnt anew"


def begins(score: np.ndarray) -> np.ndarray:
    """Scores of rows that are more unusual than each of the 100 before them; 0 of all others.

    An alarm that goes on for hours is one alarm to whoever is called, but the benchmark counts
    each of its rows.
    """
    padded = np.append(np.full(QUIET, -np.inf), score[:-1])
    before = np.lib.stride_tricks.sliding_window_view(padded, QUIET).max(1)
    found: np.ndarray = np.where(score > before, score, 0.0)
    return found


def ours(
    method: str, *, anew: bool = False
) -> Callable[[np.ndarray, int, int], dict[str, np.ndarray]]:
    """Scores of a detector with this method, and of the last value by the same means."""
    kind = f", {ANEW}" if anew else ""

    def scores(values: np.ndarray, learnt: int, seed: int) -> dict[str, np.ndarray]:
        series = values[:, None]
        found = {f"lstmkit, {method}{kind}": np.zeros(0), f"last value{kind}": np.zeros(0)}
        for end in stretches(learnt, len(series), anew=anew):
            before = len(found["last value" + kind])
            model = Detector(method=method, seed=seed).fit([series[: max(learnt, before)]])
            errors = model.step_errors(model.read([series[:end]], labelled=False).sequences)[0]
            scored = model.errors_.follow(errors.own)[0], model.naive_.follow(errors.naive)[0]
            for name, rows in zip(found, scored, strict=True):
                found[name] = np.append(found[name], rows[before:, 0])
        return found

    return scores


def stretches(learnt: int, rows: int, *, anew: bool) -> list[int]:
    """Where stretches end that are scored by what was learnt before them.

    Example:
        >>> stretches(100, 1000, anew=True)
        [200, 400, 800, 1000]
    """
    ends = [learnt * 2**times for times in range(1, rows.bit_length())] if anew else []
    return [*(end for end in ends if end < rows), rows]


def at_random(values: np.ndarray, learnt: int, seed: int) -> dict[str, np.ndarray]:
    """Scores that know nothing."""
    del learnt
    return {"random": np.random.default_rng(seed).random(len(values))}


CONTENDERS = {
    **{method: ours(method) for method in ("forecast", "reconstruction", "both")},
    "forecast-anew": ours("forecast", anew=True),
    "random": at_random,
}


def read(folder: Path) -> dict[str, tuple[np.ndarray, Truth]]:
    """Values and windows of each file, by its name."""
    windows = json.loads((folder / "labels" / "combined_windows.json").read_text())
    found = {}
    for name, limits in sorted(windows.items()):
        table = pl.read_csv(folder / "data" / name)
        time = table["timestamp"].str.to_datetime().to_list()
        row = {when: place for place, when in enumerate(time)}
        ends = [tuple(pl.Series(pair).str.to_datetime().to_list()) for pair in limits]
        values = table["value"].cast(pl.Float64).to_numpy()
        found[name] = values, Truth(len(time), [(row[one], row[other]) for one, other in ends])
    return found


def run(folder: Path, out: Path, contenders: list[str], seeds: list[int]) -> None:
    """Scores what is not scored yet."""
    files = read(folder)
    for seed in seeds:
        for contender in contenders:
            for name, (values, truth) in files.items():
                path = out / contender / str(seed) / f"{Path(name).stem}.npz"
                if path.exists():
                    continue
                found = CONTENDERS[contender](values, truth.probation, seed)
                path.parent.mkdir(parents=True, exist_ok=True)
                partial = path.with_suffix(".partial.npz")
                np.savez_compressed(
                    partial, **{key: one.astype(np.float32) for key, one in found.items()}
                )
                partial.replace(path)
                print(contender, seed, name, flush=True)


def results(
    folder: Path, out: Path, contenders: list[str], seeds: list[int]
) -> dict[str, dict[str, list[Result]]]:
    """For each detector and profile the result of each seed of which every file is scored."""
    truths = {name: truth for name, (_, truth) in read(folder).items()}
    found: dict[str, dict[str, list[Result]]] = {}
    for contender in contenders:
        for seed in seeds:
            paths = [out / contender / str(seed) / f"{Path(one).stem}.npz" for one in truths]
            if not all(path.exists() for path in paths):
                continue
            files = [dict(np.load(path)) for path in paths]
            for kind in files[0]:
                # the last value has no seed, and is the same beside every method
                if kind.startswith("last value") and kind in found:
                    continue
                for name, profile in PROFILES.items():
                    every = [one[kind] for one in files]
                    first = [begins(one) for one in every]
                    for called, scores in ((kind, every), (f"{kind}, alarms begin", first)):
                        result = best(list(truths.values()), scores, profile)
                        found.setdefault(called, {}).setdefault(name, []).append(result)
    return found


def table(found: dict[str, dict[str, list[Result]]]) -> str:
    """The results as a Markdown table, the best first."""
    rows: list[tuple[float, str]] = []
    for kind, by_profile in found.items():
        cells = []
        for name in PROFILES:
            values = [one.normalised for one in by_profile[name]]
            spread = f" ± {statistics.pstdev(values):.1f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.1f}{spread}")
        standard = by_profile["standard"]
        own = f"{statistics.mean(one.found for one in standard):.0f} of {standard[0].windows}"
        false = f"{statistics.mean(one.false for one in standard):.0f}"
        cells += [own, false, str(len(standard))]
        order = statistics.mean(one.normalised for one in standard)
        rows.append((order, f"| **{kind}**, run here | " + " | ".join(cells) + " |"))
    for detector, values in PUBLISHED.items():
        cells = [f"{one:.1f}" for one in values]
        line = f"| {detector}, published | " + " | ".join([*cells, "", "", ""]) + " |"
        rows.append((values[0], line))
    heads = ["detector", *PROFILES, "anomalies found", "false alarms, rows", "seeds"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *(line for _, line in sorted(rows, reverse=True))])


def main() -> None:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--contenders", nargs="+", default=list(CONTENDERS), choices=CONTENDERS)
    parser.add_argument("--out", type=Path, default=Path("runs/nab"))
    arguments = parser.parse_args()
    folder = Path(os.environ["LSTMKIT_DATA"]) / "nab"
    chosen: Any = (arguments.out, arguments.contenders, arguments.seeds)
    run(folder, *chosen)
    print(table(results(folder, *chosen)))


if __name__ == "__main__":
    main()
