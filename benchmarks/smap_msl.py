"""Spacecraft telemetry by the detector's defaults, beside three simple detectors run here.

    LSTMKIT_DATA=<folder with smap_msl/> python -m benchmarks.smap_msl [--seeds 0 1 2]

SMAP and MSL of Hundman et al. 2018 in a processed copy: constant columns are dropped and all are
scaled to [0, 1], so that numbers are not comparable with those of the paper. Each of the 79
channels (a telemetry value and the commands sent) by itself: a detector learns from its training
part, which is clean, and scores its test part. One preset for all, the package's defaults. As in
the paper the telemetry value is judged, and the commands are read; contenders in "-all" judge the
commands too.

F1 counts single steps, pooled over the channels of a data set, without "point adjustment". "Own
threshold" is the one that one clean step in 1,000 reaches; for PCA and the random detector it is
made in the same way from their scores on the last 30 % of the training part. "Best threshold" is,
for each detector, the one for the whole data set that is best in hindsight: nobody has it. VUS-PR
is the mean over channels, with buffers up to 100 steps. Scores are kept in runs/smap_msl.
"""

import argparse
import os
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from benchmarks.vus import vus_pr
from lstmkit import Detector
from lstmkit.tasks.detection.tail import Tail

SETS = ("SMAP", "MSL")
THRESHOLD = 3.0
WINDOW = 10
COMMAND, NEAR = 1 / 1.0001, 2e-5
ALL = ", commands judged too"
Scores = dict[str, np.ndarray]


def telemetry(train: np.ndarray) -> list[int]:
    """The columns to be judged: the telemetry value, which is the first, or all without one.

    Commands are 0 or 1, and 1 has become 1 / (1 + 1e-4). A telemetry value that never changed was
    dropped with the other constant columns, so that such a channel is commands alone.
    """
    first = train[:, 0]
    command = np.minimum(np.abs(first), np.abs(first - COMMAND)).max() < NEAR
    return list(range(train.shape[1])) if command else [0]


def ours(method: str, *, every: bool = False) -> Callable[[np.ndarray, np.ndarray, int], Scores]:
    """Scores of a detector with this method, and of the last value by the same means."""

    def scores(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
        judged = None if every else [f"channel_{place}" for place in telemetry(train)]
        model = Detector(method=method, judged=judged, seed=seed).fit([train])
        errors = model.step_errors(model.read([test], labelled=False).sequences)[0]
        return {
            f"lstmkit, {method}{ALL * every}": model.errors_.follow(errors.own)[0][:, 0],
            f"last value{ALL * every}": model.naive_.follow(errors.naive)[0][:, 0],
        }

    return scores


def windows(values: np.ndarray) -> np.ndarray:
    """The last ten steps at each step, side by side; the first steps repeat the first one."""
    padded = np.vstack([np.repeat(values[:1], WINDOW - 1, 0), values])
    seen: np.ndarray = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, 0)
    return seen.reshape(len(values), -1)


def pca(train: np.ndarray, test: np.ndarray, seed: int, *, every: bool = False) -> Scores:
    """Squared distance of windows of ten steps from the components with 90 % of the variance."""
    cut = round(0.7 * len(train))
    judged = np.isin(np.arange(train.shape[1]), telemetry(train)) | every
    learnt, held, new = (windows(one) for one in (train[:cut], train[cut:], test))
    scaler = StandardScaler().fit(learnt)
    model = PCA(0.9, svd_solver="full", random_state=seed)
    # what never changed has no components, and is expected to stay as it is
    if varied := bool(np.ptp(learnt, axis=0).any()):
        model.fit(scaler.transform(learnt))

    def away(rows: np.ndarray) -> np.ndarray:
        scaled = scaler.transform(rows)
        back = model.inverse_transform(model.transform(scaled)) if varied else 0.0
        missed = ((scaled - back) ** 2).reshape(len(rows), -1, WINDOW).sum(2)
        return np.log(missed[:, judged].sum(1) + 1e-9)

    return {f"PCA{ALL * every}": Tail.fit(away(held)).surprise(away(new))}


def pca_alone(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """The same of windows of the columns to be judged alone."""
    judged = telemetry(train)
    found = pca(train[:, judged], test[:, judged], seed, every=True)
    return {"PCA, without commands": found[f"PCA{ALL}"]}


def at_random(train: np.ndarray, test: np.ndarray, seed: int) -> Scores:
    """Scores that know nothing, on the scale of the others: uniform probabilities."""
    del train
    return {"random": -np.log10(np.random.default_rng(seed).random(len(test)))}


CONTENDERS = {
    **{method: ours(method) for method in ("forecast", "reconstruction", "both")},
    "forecast-all": ours("forecast", every=True),
    "PCA": pca,
    "PCA-alone": pca_alone,
    "PCA-all": partial(pca, every=True),
    "random": at_random,
}
ALIKE = ("PCA", "last value")
"""What begins so does not depend on the seed."""


def read(folder: Path, name: str) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Training part, test part and labels of each channel."""
    with np.load(folder / f"{name}.npz") as file:
        channels = sorted({key.split("/")[0] for key in file})
        return {
            one: (
                file[f"{one}/train"].astype(np.float64),
                file[f"{one}/test"].astype(np.float64),
                file[f"{one}/label"].astype(bool),
            )
            for one in channels
        }


def run(folder: Path, out: Path, sets: list[str], contenders: list[str], seeds: list[int]) -> None:
    """Scores what is not scored yet."""
    for seed in seeds:
        for contender in contenders:
            if contender.startswith(ALIKE) and seed != seeds[0]:
                continue
            for name in sets:
                for channel, (train, test, _) in read(folder, name).items():
                    path = out / contender / str(seed) / name / f"{channel}.npz"
                    if path.exists():
                        continue
                    found = CONTENDERS[contender](train, test, seed)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    unfinished = path.with_suffix(".partial.npz")
                    np.savez_compressed(
                        unfinished, **{key: one.astype(np.float32) for key, one in found.items()}
                    )
                    unfinished.replace(path)
                    print(contender, seed, name, channel, flush=True)


def best_f1(score: np.ndarray, anomalous: np.ndarray) -> float:
    """The largest F1 of any threshold."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(anomalous[order])
    ends = np.flatnonzero(np.diff(score[order], append=np.nan) != 0)
    return float((2 * hits[ends] / (ends + 1 + anomalous.sum())).max())


def measured(scores: list[np.ndarray], labels: list[np.ndarray]) -> dict[str, float]:
    """F1 by the own threshold and by the best, and VUS-PR."""
    score, anomalous = np.concatenate(scores), np.concatenate(labels)
    alarm = score >= THRESHOLD
    hits = float((alarm & anomalous).sum())
    return {
        "F1": 2 * hits / (alarm.sum() + anomalous.sum()),
        "best F1": best_f1(score, anomalous),
        "VUS-PR": statistics.mean(
            vus_pr(one, told) for one, told in zip(scores, labels, strict=True) if told.any()
        ),
        "alarms": float((alarm & ~anomalous).sum() / (~anomalous).sum()),
    }


def results(
    folder: Path, out: Path, sets: list[str], contenders: list[str], seeds: list[int]
) -> dict[tuple[str, str], list[dict[str, float]]]:
    """For each data set and detector what was measured with each seed that is complete."""
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for name in sets:
        data = read(folder, name)
        labels = [told for _, _, told in data.values()]
        for contender in contenders:
            for seed in seeds:
                paths = [out / contender / str(seed) / name / f"{one}.npz" for one in data]
                if not all(path.exists() for path in paths):
                    continue
                files = [dict(np.load(path)) for path in paths]
                for kind in files[0]:
                    if kind.startswith(ALIKE) and (name, kind) in found:
                        continue
                    told = measured([one[kind] for one in files], labels)
                    found.setdefault((name, kind), []).append(told)
    return found


def table(found: dict[tuple[str, str], list[dict[str, float]]]) -> str:
    """The results as a Markdown table, the best VUS-PR of a data set first."""
    heads = ["data", "detector", "F1, own threshold", "F1, best threshold", "VUS-PR"]
    heads += ["clean steps with an alarm", "seeds"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]

    def height(item: tuple[Any, list[dict[str, float]]]) -> tuple[int, float]:
        return SETS.index(item[0][0]), -statistics.mean(one["VUS-PR"] for one in item[1])

    for (name, kind), several in sorted(found.items(), key=height):
        cells = [name, kind]
        for metric in ("F1", "best F1", "VUS-PR"):
            values = [one[metric] for one in several]
            spread = f" ± {statistics.pstdev(values):.3f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.3f}{spread}")
        cells.append(f"{statistics.mean(one['alarms'] for one in several):.1%}")
        lines.append("| " + " | ".join([*cells, str(len(several))]) + " |")
    return "\n".join(lines)


def main() -> None:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=SETS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--contenders", nargs="+", default=list(CONTENDERS), choices=CONTENDERS)
    parser.add_argument("--out", type=Path, default=Path("runs/smap_msl"))
    arguments = parser.parse_args()
    folder = Path(os.environ["LSTMKIT_DATA"]) / "smap_msl"
    chosen: Any = (arguments.out, arguments.sets, arguments.contenders, arguments.seeds)
    run(folder, *chosen)
    print(table(results(folder, *chosen)))


if __name__ == "__main__":
    main()
