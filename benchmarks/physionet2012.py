"""Death in hospital from two days of intensive care, beside SAPS-I and logistic regression.

    LSTMKIT_DATA=<folder with physionet2012/> python -m benchmarks.physionet2012 [--seeds 0 1 2]

PhysioNet / Computing in Cardiology Challenge 2012 (Silva et al. 2012): 37 measurements at irregular
times over the first 48 hours of a stay, most of them missing most of the time. Learnt from set a,
judged on set c. Measurements are gathered into hours; the `Classifier` tells its network what is
missing, and since when. Settings were chosen on a held-out fifth of set a (--choose), never on
set c. Judged by the areas under the ROC and the precision-recall curve, and by the challenge's
event 1, the best min(sensitivity, precision) over all thresholds.
"""

import argparse
import json
import os
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lstmkit import Classifier
from lstmkit.data import SequenceColumns, Sequences, in_bins, read_sequence_table
from lstmkit.data.datasets import FOLDER_VARIABLE

ABOUT = ("Age", "Gender", "Height")
HOURS = 48
# what lies outside of these quantiles of set a is moved to them: a pH of 735, a weight of 0
USUAL = (0.005, 0.995)
# channels whose highest usual value is so many times their median are taken as log(1 + x)
SKEWED = 5
# the package's defaults but for what `--choose` found better on held-out stays of set a
SETTINGS: dict[str, Any] = {"online": True, "replication": 0.5}
CHOICES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "dropout 0.5": {"dropout": 0.5},
    "32 units, dropout 0.5": {"hidden_size": 32, "dropout": 0.5},
    "one direction, no convolutions": {"online": True},
    "target replication": {"online": True, "replication": 0.5},
    "balanced": {"class_weight": "balanced"},
    "replication, dropout 0.5": {"online": True, "replication": 0.5, "dropout": 0.5},
    "replication of 0.8": {"online": True, "replication": 0.8},
    "replication, 32 units": {"online": True, "replication": 0.5, "hidden_size": 32},
    "replication, 32 units, dropout 0.5": {
        "online": True,
        "replication": 0.5,
        "hidden_size": 32,
        "dropout": 0.5,
    },
}
PUBLISHED = (
    ("GRU-D (Che et al. 2018), another split, as remembered", "0.842", "", ""),
    ("winner of the challenge, on its hidden set, as remembered", "", "", "0.53"),
)


def stays(folder: Path, which: str) -> tuple[Sequences, pl.DataFrame]:
    """Measurements of set `which` by stay, at their times in hours, and the outcomes beside."""
    told = pl.read_csv(folder / f"set-{which}.csv.gz").filter(
        ~pl.col("Parameter").is_in(["RecordID", "ICUType"])
    )
    told = told.with_columns(
        hours=pl.col("Time").str.slice(0, 2).cast(pl.Float64)
        + pl.col("Time").str.slice(3, 2).cast(pl.Float64) / 60,
        # -1 stands for unknown, and nothing here can be negative
        Value=pl.when(pl.col("Value") >= 0).then(pl.col("Value")),
    )
    # this copy of set a knows no type of unit, and of some stays several ages: the first is taken
    about = pl.col("Parameter").is_in(ABOUT)
    once = told.filter(about).pivot(
        "Parameter",
        index="RecordID",
        values="Value",
        aggregate_function="first",
        sort_columns=True,
    )
    steps = told.filter(~about).pivot(
        "Parameter",
        index=["RecordID", "hours"],
        values="Value",
        aggregate_function="mean",
        sort_columns=True,
    )
    # four stays of set a have an outcome and no measurements
    outcomes = pl.read_csv(folder / f"Outcomes-{which}.txt").sort("RecordID")
    outcomes = outcomes.join(steps, on="RecordID", how="semi")
    table = steps.join(once, on="RecordID").sort("RecordID", "hours")
    channels = [name for name in steps.columns if name not in ("RecordID", "hours")]
    columns = SequenceColumns.of("RecordID", time="hours", static=ABOUT, values=channels)
    return read_sequence_table(table, columns, labelled=False).sequences, outcomes


class Usual:
    """What set a tells of each channel: its usual range, and whether it is skewed."""

    def __init__(self, learnt: Sequences) -> None:
        """Looks at the known values of all stays."""
        low, middle, self.high = np.nanquantile(
            np.concatenate(learnt.values), (USUAL[0], 0.5, USUAL[1]), axis=0
        )
        self.low, self.skewed = low, self.high > SKEWED * middle

    def __call__(self, sequences: Sequences) -> Sequences:
        """Moves values into the usual range, and takes the logarithm of skewed channels."""
        moved = [np.clip(one, self.low, self.high) for one in sequences]
        return replace(
            sequences, values=tuple(np.where(self.skewed, np.log1p(one), one) for one in moved)
        )


def summaries(sequences: Sequences) -> np.ndarray:
    """First, last, mean, least and largest known value of each channel, how many, and static."""
    found = []
    for steps, about in zip(sequences, sequences.static, strict=True):
        known = ~np.isnan(steps)
        number, rows = known.sum(0), np.arange(steps.shape[1])
        first, last = known.argmax(0), len(steps) - 1 - known[::-1].argmax(0)
        parts = [
            *(steps[first, rows], steps[last, rows]),
            np.nansum(steps, axis=0) / np.where(number, number, np.nan),
            np.where(number, np.where(known, steps, np.inf).min(0), np.nan),
            np.where(number, np.where(known, steps, -np.inf).max(0), np.nan),
            np.log1p(number),
        ]
        found.append(np.concatenate([*parts, about]))
    return np.stack(found)


def scores(died: np.ndarray, chance: np.ndarray) -> dict[str, float]:
    """The three measures of how well `chance` tells who `died`."""
    precision, recall, _ = precision_recall_curve(died, chance)
    return {
        "auroc": float(roc_auc_score(died, chance)),
        "auprc": float(average_precision_score(died, chance)),
        "event 1": float(np.minimum(precision, recall).max()),
    }


def plain(name: str) -> Any:
    """An estimator of scikit-learn for summaries, tuned within what it learns from."""
    if name == "gradient boosting":
        return HistGradientBoostingClassifier(
            learning_rate=0.05, max_iter=300, early_stopping=True, random_state=0
        )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegressionCV(
            Cs=np.logspace(-4, 0, 9),
            l1_ratios=(0.0,),
            cv=folds,
            scoring="roc_auc",
            max_iter=2000,
            use_legacy_attributes=False,
        ),
    )


def chosen(learnt: Sequences, died: np.ndarray, names: list[str]) -> None:
    """Prints what some of the choices score on a fifth of set a."""
    rest, held = train_test_split(
        np.arange(len(died)), test_size=0.2, random_state=0, stratify=died
    )
    for name in names or CHOICES:
        start = time.monotonic()
        model = Classifier(seed=0, **CHOICES[name]).fit(learnt.take(rest), died[rest])
        chance = model.predict_proba(learnt.take(held))[:, 1]
        found = scores(died[held], chance)
        seconds = time.monotonic() - start
        print(f"| {name} | {_cells([found])} | {seconds:.0f} s |", flush=True)


def run(folder: Path, out: Path, seeds: list[int], **settings: Any) -> list[dict[str, Any]]:
    """Measures what is not measured yet, and returns all results."""
    done = json.loads(out.read_text()) if out.exists() else []
    known = {(one["contender"], one["seed"]) for one in done}
    wanted = [("logistic regression", 0), ("gradient boosting", 0), ("SAPS-I", 0)]
    wanted += [("lstmkit", seed) for seed in seeds]
    if known >= set(wanted):
        return done
    raw, outcomes = stays(folder, "a")
    judged, truth = stays(folder, "c")
    usual = Usual(raw)
    raw, judged = usual(raw), usual(judged)
    died, dead = (one["In-hospital_death"].to_numpy() for one in (outcomes, truth))
    learnt, test = (in_bins(one, 1.0, number=HOURS) for one in (raw, judged))
    for contender, seed in wanted:
        if (contender, seed) in known:
            continue
        start = time.process_time()
        if contender == "SAPS-I":
            told = truth["SAPS-I"].to_numpy().astype(float)
            # -1 where it was not computed: neither high nor low
            chance = np.where(told < 0, np.median(told[told >= 0]), told)
        elif contender == "lstmkit":
            model = Classifier(seed=seed, **(SETTINGS | settings)).fit(learnt, died)
            chance = model.predict_proba(test)[:, 1]
        else:
            chance = (
                plain(contender).fit(summaries(raw), died).predict_proba(summaries(judged))[:, 1]
            )
        seconds = round(time.process_time() - start, 1)
        result = {"contender": contender, "seed": seed, "seconds": seconds}
        done.append(result | scores(dead, chance) | {"chance": np.round(chance, 5).tolist()})
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(done))
    return done


def table(results: list[dict[str, Any]], dead: np.ndarray) -> str:
    """The results as a Markdown table."""
    heads = ["", "AUROC", "AUPRC", "min(Se, +P)", "processor time"]
    lines = ["| " + " | ".join(heads) + " |", "|---|---|---|---|---|"]
    own = [one for one in results if one["contender"] == "lstmkit"]
    together = scores(dead, np.mean([one["chance"] for one in own], axis=0))
    seconds = statistics.median(one["seconds"] for one in own)
    lines.append(f"| **lstmkit**, {len(own)} seeds | {_cells(own)} | {seconds:.0f} s |")
    lines.append(f"| mean of these runs | {_cells([together])} | |")
    for one in results:
        if one["contender"] != "lstmkit":
            time_taken = f"{one['seconds']:.0f} s" if one["seconds"] > 1 else ""
            lines.append(f"| {one['contender']} | {_cells([one])} | {time_taken} |")
    lines += [f"| {' | '.join(row)} | |" for row in PUBLISHED]
    return "\n".join(lines)


def _cells(runs: list[dict[str, Any]]) -> str:
    cells = []
    for name in ("auroc", "auprc", "event 1"):
        values = [one[name] for one in runs]
        spread = f" ± {statistics.pstdev(values):.3f}" if len(values) > 1 else ""
        cells.append(f"{statistics.mean(values):.3f}{spread}")
    return " | ".join(cells)


def main() -> None:
    """Runs what is missing and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("runs/physionet2012/results.json"))
    parser.add_argument("--choose", nargs="*", choices=CHOICES, help="compare settings on set a")
    arguments = parser.parse_args()
    folder = Path(os.environ[FOLDER_VARIABLE]) / "physionet2012"
    if arguments.choose is not None:
        raw, outcomes = stays(folder, "a")
        died = outcomes["In-hospital_death"].to_numpy()
        chosen(in_bins(Usual(raw)(raw), 1.0, number=HOURS), died, arguments.choose)
        return
    results = run(folder, arguments.out, arguments.seeds)
    dead = pl.read_csv(folder / "Outcomes-c.txt").sort("RecordID")["In-hospital_death"].to_numpy()
    print(table(results, dead))


if __name__ == "__main__":
    main()
