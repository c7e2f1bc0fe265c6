"""UCR archive by the classifier's defaults, beside published rows and scikit-learn.

    LSTMKIT_DATA=<folder with ucr/> python -m benchmarks.ucr [--sets Coffee] [--seeds 0 1 2 3 4]
    LSTMKIT_DATA=... python -m benchmarks.ucr --folder aeon/datasets/data --sets JapaneseVowels

The second names a folder of other sets, in `.ts` files and with several channels: two of the UEA
archive come inside the wheel of aeon (BSD-3).

The archive's own split into training and test sequences; accuracy on the test part. One preset for
every set, the package's defaults: nothing is chosen by the test part. Sequences are standardised by
the training part and not one by one, except that most sets of the archive come so. Each result is a
line of runs/ucr/results.jsonl: a run that was stopped goes on where it was, and --minutes stops it.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.critical_difference import (
    average_ranks,
    critical_difference,
    difference_figure,
)
from benchmarks.ucr_published import PUBLISHED, key, published
from lstmkit import Classifier
from lstmkit.data import read_labelled
from lstmkit.data.labelled_file import Labelled
from lstmkit.tasks.report.picture import save_png

# from the quickest to the slowest
SETS = (
    *("ItalyPowerDemand", "SonyAIBORobotSurface1", "GunPoint", "ECG200", "CBF", "Coffee"),
    *("ArrowHead", "Plane", "SyntheticControl", "PowerCons", "Wine", "Trace", "Lightning7"),
    *("MelbournePedestrian", "MedicalImages", "DistalPhalanxTW", "Ham", "GesturePebbleZ1"),
    *("OSULeaf", "SwedishLeaf", "Adiac", "CricketX", "FaceAll", "Strawberry"),
)


def padded(found: Labelled) -> np.ndarray:
    """Sequences as rows of one length for scikit-learn, zeros after the end of short ones."""
    shape = int(found.sequences.lengths.max()), len(found.sequences.channels)
    rows = np.zeros((len(found.sequences), *shape))
    for row, one in zip(rows, found.sequences, strict=True):
        row[: len(one)] = np.nan_to_num(one)
    return rows


def plain(model: Any) -> Callable[[Labelled, Labelled, int], float]:
    """Accuracy of an estimator of scikit-learn on the raw values, cut or filled to one length."""

    def accuracy(train: Labelled, test: Labelled, seed: int) -> float:
        del seed
        learnt, judged = padded(train), padded(test)
        width = learnt.shape[1]
        fitting = np.zeros((len(judged), *learnt.shape[1:]))
        fitting[:, : judged.shape[1]] = judged[:, :width]
        fitted = model.fit(learnt.reshape(len(learnt), -1), train.labels)
        return float(fitted.score(fitting.reshape(len(judged), -1), test.labels))

    return accuracy


def ours(train: Labelled, test: Labelled, seed: int) -> float:
    """Accuracy of the classifier's defaults."""
    return (
        Classifier(seed=seed).fit(train.sequences, train.labels).score(test.sequences, test.labels)
    )


CONTENDERS: dict[str, Callable[[Labelled, Labelled, int], float]] = {
    "logistic regression": plain(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    ),
    "1-NN": plain(KNeighborsClassifier(1)),
    "lstmkit": ours,
}


def jobs(sets: list[str], seeds: list[int]) -> Iterator[tuple[str, str, int]]:
    """Set, contender and seed; the first seeds of all sets before the next seed of any."""
    for seed in seeds:
        for name in sets:
            for contender in CONTENDERS:
                if contender == "lstmkit" or seed == seeds[0]:
                    yield name, contender, seed


def read_part(folder: Path, part: str) -> Labelled:
    """Training or test part of a set in its folder, of the UCR archive or else of the UEA one."""
    path = folder / f"{folder.name}_{part}.tsv"
    return read_labelled(path if path.exists() else path.with_suffix(".ts"))


def read(path: Path) -> list[dict[str, Any]]:
    """Results so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run(folder: Path, out: Path, sets: list[str], seeds: list[int], minutes: float) -> None:
    """Measures what is not measured yet."""
    done = {(one["set"], one["contender"], one["seed"]) for one in read(out)}
    out.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    for name, contender, seed in jobs(sets, seeds):
        if (name, contender, seed) in done:
            continue
        if time.monotonic() - begun > 60 * minutes:
            return
        train, test = (read_part(folder / name, part) for part in ("TRAIN", "TEST"))
        start = time.process_time()
        accuracy = CONTENDERS[contender](train, test, seed)
        seconds = round(time.process_time() - start, 1)
        result = {"set": name, "contender": contender, "seed": seed, "accuracy": accuracy}
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result | {"seconds": seconds}) + "\n")


def table(results: list[dict[str, Any]], known: dict[str, dict[str, float]]) -> str:
    """The results as a Markdown table, a row for each set of which lstmkit was measured."""
    heads = ["set", "lstmkit", "seeds", *(f"{name}, published" for name in PUBLISHED)]
    heads += ["logistic regression", "1-NN", "training"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name in dict.fromkeys(one["set"] for one in results):
        own = [one for one in results if one["set"] == name]
        values = {
            contender: [one["accuracy"] for one in own if one["contender"] == contender]
            for contender in CONTENDERS
        }
        if not values["lstmkit"]:
            continue
        told = known.get(key(name), {})
        spread = statistics.pstdev(values["lstmkit"])
        seconds = statistics.median(one["seconds"] for one in own if one["contender"] == "lstmkit")
        cells = [name, f"{statistics.mean(values['lstmkit']):.3f} ± {spread:.3f}"]
        cells.append(str(len(values["lstmkit"])))
        cells += [f"{told[method]:.3f}" if method in told else "" for method in PUBLISHED]
        for contender in ("logistic regression", "1-NN"):
            cells.append(f"{values[contender][0]:.3f}" if values[contender] else "")
        lines.append("| " + " | ".join([*cells, f"{seconds:.0f} s"]) + " |")
    return "\n".join(lines)


def ranked(
    results: list[dict[str, Any]], known: dict[str, dict[str, float]], seeds: int
) -> dict[str, list[float]]:
    """Accuracy of each method on the sets that all were measured on, ours with enough seeds."""
    scores: dict[str, list[float]] = {}
    for name in dict.fromkeys(one["set"] for one in results):
        told = known.get(key(name), {})
        own = {
            contender: [
                one["accuracy"]
                for one in results
                if (one["set"], one["contender"]) == (name, contender)
            ]
            for contender in CONTENDERS
        }
        if len(told) < len(PUBLISHED) or len(own["lstmkit"]) < seeds or not all(own.values()):
            continue
        for contender, values in own.items():
            scores.setdefault(contender, []).append(statistics.mean(values))
        for method, value in told.items():
            scores.setdefault(method, []).append(value)
    return scores


def main() -> None:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--folder", type=Path, help="folder with other sets")
    parser.add_argument("--out", type=Path, default=Path("runs/ucr/results.jsonl"))
    parser.add_argument("--picture", type=Path, help="PNG of the critical difference")
    parser.add_argument("--minutes", type=float, default=1e9)
    arguments = parser.parse_args()
    folder = Path(os.environ["LSTMKIT_DATA"]) / "ucr"
    sets = arguments.folder or folder
    run(sets, arguments.out, arguments.sets, arguments.seeds, arguments.minutes)
    known = published(folder)
    print(table(read(arguments.out), known))
    scores = ranked(read(arguments.out), known, len(arguments.seeds))
    if arguments.picture and scores:
        number = len(scores["lstmkit"])
        ranks, least = average_ranks(scores), critical_difference(len(scores), number)
        save_png(difference_figure(ranks, least, "lstmkit"), arguments.picture)
        print(f"\nMean ranks over {number} sets (critical difference {least:.2f}):", ranks)


if __name__ == "__main__":
    main()
