"""Anomalies planted in clean telemetry, to choose settings by where nobody looks at labels.

    LSTMKIT_DATA=<folder with smap_msl/> python -m benchmarks.planted

Goswami et al. 2023 plant nine kinds of anomalies and find that a detector which is good at them
tends to be good at real ones. Eight kinds are planted here, one in a series, in the channel that is
judged, at a random place of the held-out part of each training part of `benchmarks.smap_msl`, 10
to 200 steps long and never longer than half of it. Sizes are in standard deviations of the channel.
The mean average precision over channels is printed for each method, smoothing and memory; and in
how many steps of the second half of the held-out parts, as they are, there is an alarm where the
first half sets the threshold. No test part is read. Results are kept in runs/planted.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.smap_msl import SETS, THRESHOLD, read, telemetry
from lstmkit import Detector
from lstmkit.tasks.detection.clean_parts import CleanParts

SHORTEST, LONGEST = 10, 200
TRIES, SEEN = 20, 0.1
"""A stretch is drawn anew where planting changes less than a tenth of a standard deviation."""


def either(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between the two, or its negative."""
    return float(rng.choice([-1.0, 1.0]) * rng.uniform(low, high))


def smoothed(values: np.ndarray) -> np.ndarray:
    """The mean of ten steps around each."""
    around = np.pad(values, (5, 4), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(around, 10).mean(1)


def scaled(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Further from the mean, 1.5 to 3 times, or nearer by as much."""
    factor = rng.uniform(1.5, 3.0) ** rng.choice([-1.0, 1.0])
    stretched: np.ndarray = values.mean() + factor * (values - values.mean())
    return stretched


KINDS: dict[str, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "spike": lambda x, size, rng: x + size * either(rng, 2.0, 5.0),
    "level": lambda x, size, rng: x + size * either(rng, 0.5, 2.0),
    "drift": lambda x, size, rng: x + size * either(rng, 0.5, 2.0) * np.linspace(0, 1, len(x)),
    "noise": lambda x, size, rng: x + size * rng.uniform(0.25, 1.0) * rng.normal(size=len(x)),
    "frozen": lambda x, size, rng: np.full_like(x, x[0]),
    "scaled": lambda x, size, rng: scaled(x, rng),
    "backwards": lambda x, size, rng: x[::-1],
    "smoothed": lambda x, size, rng: smoothed(x),
}


def planted(
    values: np.ndarray, kind: str, first: int, size: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Plants an anomaly in one channel.

    Args:
        values: The channel (T,).
        kind: A name of `KINDS`.
        first: The first step that may be changed.
        size: Standard deviation of the channel.
        rng: Source of randomness.

    Returns:
        The channel with the anomaly, and where it is (T,); None where no place was found that it
        changes, as where a constant is smoothed.
    """
    room = len(values) - first
    for _ in range(TRIES):
        longest = max(1, min(LONGEST, room // 2))
        length = round(float(np.exp(rng.uniform(*np.log([min(SHORTEST, longest), longest])))))
        length = 1 if kind == "spike" else length
        begin = first + int(rng.integers(0, room - length + 1))
        place = slice(begin, begin + length)
        changed = values.copy()
        changed[place] = KINDS[kind](values[place], size, rng)
        if np.abs(changed - values).max() >= max(SEEN * size, np.finfo(float).tiny):
            anomalous = np.zeros(len(values), bool)
            anomalous[place] = True
            return changed, anomalous
    return None


SETTINGS = [(10, 500), (30, 500), (100, 500), (10, 200), (10, None)]


def measured(train: np.ndarray, method: str, number: int) -> dict[str, dict[str, float]]:
    """Average precision for each kind, and "alarms", by each of `SETTINGS`."""
    judged = [f"channel_{place}" for place in telemetry(train)]
    model = Detector(method=method, judged=judged).fit([train])
    steps = np.arange(len(train))
    first = round((1 - model.validation) * len(train))
    half, rng = (first + len(train)) // 2, np.random.default_rng(number)
    clean = model.read([train], labelled=False).sequences
    (errors,) = model.step_errors(clean)
    broken = {}
    for kind in KINDS:
        found = planted(train[:, 0], kind, first, float(train[:first, 0].std()), rng)
        if found is not None:
            series = np.column_stack([found[0], train[:, 1:]])
            (other,) = model.step_errors(model.read([series], labelled=False).sequences)
            broken[kind] = other.own[first:], found[1][first:]
    result = {}
    for smoothing, memory in SETTINGS:
        model.set_params(smoothing=smoothing, memory=memory)
        model.calibrate(clean, CleanParts((steps < first,), (steps >= first,)))
        _, late = model.errors_.follow(errors.own[:first])
        by_kind = {
            kind: float(
                average_precision_score(anomalous, model.errors_.follow(own, late)[0][:, 0])
            )
            for kind, (own, anomalous) in broken.items()
        }
        model.calibrate(clean, CleanParts((steps < first,), ((steps >= first) & (steps < half),)))
        alarms = model.errors_.follow(errors.own)[0][half:, 0] >= THRESHOLD
        result[f"{smoothing}, {memory}"] = by_kind | {"alarms": float(alarms.mean())}
    return result


def main() -> None:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--methods", nargs="+", default=["forecast", "reconstruction", "both"])
    parser.add_argument("--out", type=Path, default=Path("runs/planted"))
    arguments = parser.parse_args()
    folder = Path(os.environ["LSTMKIT_DATA"]) / "smap_msl"
    heads = ["method", "smoothing, memory", *KINDS, "mean", "alarms"]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for method in arguments.methods:
        every = []
        for name in SETS:
            for number, (channel, (train, _, _)) in enumerate(read(folder, name).items()):
                path = arguments.out / method / name / f"{channel}.json"
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(json.dumps(measured(train, method, number)))
                every.append(json.loads(path.read_text()))
        for called in every[0]:
            *means, alarms = (
                np.mean([one[called][kind] for one in every if kind in one[called]])
                for kind in (*KINDS, "alarms")
            )
            cells = [f"{one:.3f}" for one in (*means, np.mean(means))]
            print("| " + " | ".join([method, called, *cells, f"{alarms:.1%}"]) + " |")


if __name__ == "__main__":
    main()
