"""What a person does, told from the wrist, by a classifier that never saw that person.

    LSTMKIT_DATA=<folder with hmp/> python -m benchmarks.wrist [--seeds 0 1 2 3 4]

HMP (Bruno et al. 2013): 839 recordings of a wrist accelerometer with three axes at 32 Hz, 14
activities, 16 volunteers. Three folds of volunteers: a recording is judged by a model that learnt
from the other folds. The `Classifier` learns by the package's defaults, stopped by whole volunteers
too, and in two ways that were thought of for such data (`wrist_ways`); no score chose any of it.
Beside it a forest and a support vector machine of scikit-learn on statistics of the recordings.
"""

import argparse
import json
import os
import statistics
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold

from benchmarks.wrist_recordings import ARCHIVE, Recordings, recordings
from benchmarks.wrist_ways import LEARN
from lstmkit.data.datasets import FOLDER_VARIABLE

FOLDS = 3


def read(path: Path) -> list[dict[str, Any]]:
    """Results so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run(
    data: Recordings, out: Path, contenders: list[str], seeds: list[int]
) -> list[dict[str, Any]]:
    """Answers what is not answered yet, and returns all results, a fold each.

    Args:
        data: All recordings.
        out: Where results are kept.
        contenders: Who answers.
        seeds: The seeds; all contenders answer for one before the next.
    """
    results = read(out)
    done = {(one["contender"], one["seed"], one["fold"]) for one in results}
    activities = np.unique(data.activity)
    for seed, contender, fold in product(seeds, contenders, range(FOLDS)):
        if (contender, seed, fold) in done:
            continue
        rest, held = list(GroupKFold(FOLDS).split(data.activity, groups=data.volunteer))[fold]
        start = time.process_time()
        found, labels = LEARN[contender](data.take(rest), data.take(held), seed)
        result = {"contender": contender, "seed": seed, "fold": fold}
        result["seconds"] = round(time.process_time() - start, 1)
        # activities that were not learnt have no chance
        chances = np.zeros((len(held), len(activities)))
        chances[:, np.searchsorted(activities, labels)] = found
        result |= {"held": held.tolist(), "answered": labels[found.argmax(1)].tolist()}
        results.append(result | {"chances": chances.round(4).tolist()})
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(results[-1]) + "\n")
    return results


def table(results: list[dict[str, Any]], activity: np.ndarray) -> str:
    """Scores over all recordings, mean and spread of the seeds that all folds have."""
    heads = ["", "accuracy", "macro F1", "seeds", "processor time, three folds"]
    lines = ["| " + " | ".join(heads) + " |", "|---|---|---|---|---|"]
    by_place = {(one["contender"], one["seed"], one["fold"]): one for one in results}
    for contender in LEARN:
        runs = [
            [by_place[contender, seed, fold] for fold in range(FOLDS)]
            for seed in sorted({one["seed"] for one in results})
            if all((contender, seed, fold) in by_place for fold in range(FOLDS))
        ]
        if not runs:
            continue
        answers = [_joined(one, "answered", activity) for one in runs]
        measured = zip(*(_scores(activity, one) for one in answers), strict=True)
        cells = [f"{statistics.mean(one):.3f} ± {statistics.pstdev(one):.3f}" for one in measured]
        seconds = statistics.median(sum(part["seconds"] for part in one) for one in runs)
        lines.append(f"| {contender} | {' | '.join(cells)} | {len(runs)} | {seconds:.0f} s |")
        if contender.startswith("lstmkit") and all("chances" in one for run in runs for one in run):
            mean = np.mean([_joined(one, "chances", activity) for one in runs], axis=0)
            scores = _scores(activity, np.unique(activity)[mean.argmax(1)])
            lines.append(f"| mean of these runs | {scores[0]:.3f} | {scores[1]:.3f} | | |")
    common = max(map(int, np.unique(activity, return_counts=True)[1])) / len(activity)
    lines.append(f"| the most frequent activity | {common:.3f} | | | |")
    return "\n".join(lines)


def _joined(folds: list[dict[str, Any]], name: str, activity: np.ndarray) -> np.ndarray:
    """What the folds of a run say of all recordings, in their order."""
    places = np.concatenate([one["held"] for one in folds])
    joined: np.ndarray = np.concatenate([one[name] for one in folds])[np.argsort(places)]
    assert len(joined) == len(activity)
    return joined


def _scores(activity: np.ndarray, answered: np.ndarray) -> tuple[float, float]:
    macro = f1_score(activity, answered, average="macro")
    return float(accuracy_score(activity, answered)), float(macro)


def main() -> None:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=Path("runs/wrist/results.jsonl"))
    parser.add_argument("--contenders", nargs="+", choices=list(LEARN), default=list(LEARN))
    arguments = parser.parse_args()
    data = recordings(Path(os.environ[FOLDER_VARIABLE]) / ARCHIVE)
    results = run(data, arguments.out, arguments.contenders, arguments.seeds)
    print(table(results, data.activity))


if __name__ == "__main__":
    main()
