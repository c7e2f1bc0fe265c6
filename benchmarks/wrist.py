"""What a person does, told from the wrist, by a classifier that never saw that person.

    LSTMKIT_DATA=<folder with hmp/> python -m benchmarks.wrist [--seeds 0 1 2]

HMP (Bruno et al. 2013): 839 recordings of a wrist accelerometer with three axes at 32 Hz, 14
activities, 16 volunteers. Three folds of volunteers: a recording is judged by a model that learnt
from the other folds, and what the `Classifier` holds out to stop by is whole volunteers too. It has
the package's defaults: nothing was chosen. Beside it a forest and a support vector machine of
scikit-learn on statistics of the same recordings.
"""

import argparse
import io
import json
import os
import statistics
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from lstmkit import Classifier
from lstmkit.data.datasets import FOLDER_VARIABLE

ARCHIVE = "hmp/hmp_wrist_accelerometer.tar.gz"
FOLDS, HERTZ = 3, 32
# two samples are averaged into one, and of a recording 16 seconds are read
JOINED, SECONDS = 2, 16
# a sample from 0 to 63 stands for -1.5 to 1.5 g
LEVELS, G = 63, 1.5


@dataclass(frozen=True)
class Recordings:
    """Recordings with what they show and who wore the sensor.

    Attributes:
        values: For each its acceleration in g (T, 3).
        activity: What was done (N,).
        volunteer: By whom (N,).
    """

    values: list[np.ndarray]
    activity: np.ndarray
    volunteer: np.ndarray

    def take(self, places: np.ndarray) -> "Recordings":
        """Some of them."""
        values = [self.values[place] for place in places]
        return Recordings(values, self.activity[places], self.volunteer[places])


def recordings(path: Path) -> Recordings:
    """Reads the archive: a folder an activity, the volunteer at the end of a file's name."""
    values, activity, volunteer = [], [], []
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda one: one.name):
            name = Path(member.name)
            file = archive.extractfile(member)
            if file is None or not name.name.startswith("Accelerometer-"):
                continue
            samples = np.loadtxt(io.BytesIO(file.read()), ndmin=2)
            values.append(shortened(samples * 2 * G / LEVELS - G))
            activity.append(name.parent.name)
            volunteer.append(name.stem.rsplit("-", 1)[1])
    return Recordings(values, np.array(activity), np.array(volunteer))


def shortened(samples: np.ndarray) -> np.ndarray:
    """The first SECONDS of a recording, JOINED samples as their mean."""
    samples = samples[: HERTZ * SECONDS]
    whole = samples[: len(samples) - len(samples) % JOINED]
    joined: np.ndarray = whole.reshape(-1, JOINED, samples.shape[1]).mean(1)
    return joined


def statistics_of(values: list[np.ndarray]) -> np.ndarray:
    """What is usually told of such recordings: levels, spread, change, how axes go together."""
    found = []
    for one in values:
        length = np.linalg.norm(one, axis=1, keepdims=True)
        all_of = np.concatenate([one, length], axis=1)
        change = np.diff(all_of, axis=0)
        centred = all_of - all_of.mean(0)
        power = np.abs(np.fft.rfft(centred, n=256, axis=0)) ** 2
        power /= power.sum(0) + 1e-12
        together = np.nan_to_num(np.corrcoef(centred.T + 1e-9 * np.arange(len(centred))))
        halves = [half.mean(0) for half in np.array_split(all_of, 2)]
        found.append(
            np.concatenate(
                [
                    *(all_of.mean(0), all_of.std(0), np.abs(change).mean(0), change.std(0)),
                    np.quantile(all_of, (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0), axis=0).ravel(),
                    *(halves[1] - halves[0], all_of[0], all_of[-1]),
                    # shares of the power below 0.5, 1, 2, 4 Hz, and where it is strongest
                    *(power[:bins].sum(0) for bins in (8, 16, 32, 64)),
                    power.argmax(0),
                    together[np.triu_indices(4, 1)],
                    [np.log(len(one))],
                ]
            )
        )
    return np.stack(found)


def plain(model: Callable[[int], Any]) -> Callable[[Recordings, Recordings, int], np.ndarray]:
    """Answers of an estimator of scikit-learn from statistics."""

    def answers(learnt: Recordings, judged: Recordings, seed: int) -> np.ndarray:
        fitted = model(seed).fit(statistics_of(learnt.values), learnt.activity)
        found: np.ndarray = fitted.predict(statistics_of(judged.values))
        return found

    return answers


def ours(learnt: Recordings, judged: Recordings, seed: int) -> np.ndarray:
    """Answers of the classifier's defaults, stopped by volunteers whom they do not learn from."""
    model = Classifier(seed=seed)
    model.fit(learnt.values, learnt.activity, groups=learnt.volunteer)
    found: np.ndarray = model.predict(judged.values)
    return found


CONTENDERS: dict[str, Callable[[Recordings, Recordings, int], np.ndarray]] = {
    "random forest on statistics": plain(lambda s: RandomForestClassifier(500, random_state=s)),
    "support vector machine on statistics": plain(
        lambda _: make_pipeline(StandardScaler(), SVC(C=10))
    ),
    "lstmkit": ours,
}


def run(data: Recordings, out: Path, seeds: list[int]) -> list[dict[str, Any]]:
    """Answers what is not answered yet, and returns all results, a fold each."""
    lines = out.read_text().splitlines() if out.exists() else []
    results = [json.loads(line) for line in lines]
    done = {(one["contender"], one["seed"], one["fold"]) for one in results}
    out.parent.mkdir(parents=True, exist_ok=True)
    folds = list(GroupKFold(FOLDS).split(data.activity, groups=data.volunteer))
    for seed in seeds:
        for fold, (rest, held) in enumerate(folds):
            for contender, answers in CONTENDERS.items():
                if (contender, seed, fold) in done:
                    continue
                start = time.process_time()
                answered = answers(data.take(rest), data.take(held), seed)
                result = {"contender": contender, "seed": seed, "fold": fold}
                result["seconds"] = round(time.process_time() - start, 1)
                result |= {"held": held.tolist(), "answered": answered.tolist()}
                results.append(result)
                with out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
    return results


def table(results: list[dict[str, Any]], activity: np.ndarray) -> str:
    """Scores over all recordings, mean and spread of the seeds that all folds have."""
    heads = ["", "accuracy", "macro F1", "seeds", "processor time, three folds"]
    lines = ["| " + " | ".join(heads) + " |", "|---|---|---|---|---|"]
    for contender in reversed(CONTENDERS):
        found, seconds = [], []
        for seed in sorted({one["seed"] for one in results}):
            own = [one for one in results if (one["contender"], one["seed"]) == (contender, seed)]
            if len(own) < FOLDS:
                continue
            answered = np.empty_like(activity)
            for one in own:
                answered[one["held"]] = one["answered"]
            found.append(
                (accuracy_score(activity, answered), f1_score(activity, answered, average="macro"))
            )
            seconds.append(sum(one["seconds"] for one in own))
        if found:
            cells = [
                f"{statistics.mean(values):.3f} ± {statistics.pstdev(values):.3f}"
                for values in zip(*found, strict=True)
            ]
            cells += [str(len(found)), f"{statistics.median(seconds):.0f} s"]
            lines.append("| " + " | ".join([contender, *cells]) + " |")
    common = max(map(int, np.unique(activity, return_counts=True)[1])) / len(activity)
    lines.append(f"| the most frequent activity | {common:.3f} | | | |")
    return "\n".join(lines)


def main() -> None:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("runs/wrist/results.jsonl"))
    arguments = parser.parse_args()
    data = recordings(Path(os.environ[FOLDER_VARIABLE]) / ARCHIVE)
    print(table(run(data, arguments.out, arguments.seeds), data.activity))


if __name__ == "__main__":
    main()
