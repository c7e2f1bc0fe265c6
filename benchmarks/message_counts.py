"""Text messages that students write in a quarter of a day: counts of which most are zero.

    LSTMKIT_DATA=<folder with calls/> python -m benchmarks.message_counts [--seeds 0 1 2]

24,333 text messages of the Copenhagen Networks Study (Sapiezynski et al. 2019) in four weeks, by
sender and quarter of a day. Students who wrote nothing in the first 70 % of the time are left out;
of the others, every fifth is left out of training and forecast all the same (cold start). A
forecast is the next day, four quarters, from every quarter of the last 20 % of the time. Beside
`Forecaster(4, preset="counts")` and `preset="steps"`, both with their defaults, stand the quantiles
of all that the student has written so far, which is what a list of past counts gives, and the last
value. The learning rate of counts, and that their look-back is no longer than that of the others,
were chosen by the validation part, the 10 % before the test part; nothing else was varied.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lstmkit import Forecaster
from lstmkit.data import Split
from lstmkit.data.datasets import FOLDER_VARIABLE

SECONDS, HORIZON = 6 * 3600, 4
ROWS = 28 * 24 * 3600 // SECONDS
LEVELS = (0.5, 0.75, 0.9, 0.95)
# the study tells seconds from a midnight and no date
START = np.datetime64("2000-01-03T00", "us")
Counts = dict[str, np.ndarray]


def counts(path: Path, split: Split) -> Counts:
    """Reads messages by sender and quarter of a day; only of who wrote in the training part."""
    sent = pl.read_csv(path).filter(pl.col("timestamp") < ROWS * SECONDS)
    found: Counts = {}
    for (sender,), own in sent.group_by("from", maintain_order=True):
        quarter = own["timestamp"].to_numpy() // SECONDS
        if quarter.min() < split.train_end:
            found[f"{sender:03d}"] = np.bincount(quarter, minlength=ROWS).astype(float)
    return dict(sorted(found.items()))


def table(values: Counts) -> pl.DataFrame:
    """A long table."""
    times = START + np.arange(ROWS) * np.timedelta64(SECONDS, "s")
    return pl.concat(
        pl.DataFrame({"student": name, "time": times, "messages": own})
        for name, own in values.items()
    )


def row_of(origin: pl.Series) -> np.ndarray:
    """Rows of the origins of a frame."""
    rows: np.ndarray = (origin.to_numpy() - START) // np.timedelta64(SECONDS, "s")
    return rows


def by_own_past(values: Counts, frame: pl.DataFrame, *, last: bool = False) -> pl.DataFrame:
    """The same rows, forecast by the quantiles of a student's past, or by the last value."""
    rows, found = row_of(frame["origin"]), {}
    for key in dict.fromkeys(zip(frame["series"], rows, strict=True)):
        past = values[key[0]][: key[1] + 1]
        found[key] = np.quantile(past[-1:] if last else past, LEVELS, method="inverted_cdf")
    quantiles = np.array([found[key] for key in zip(frame["series"], rows, strict=True)])
    columns = {f"q{level:g}": quantiles[:, place] for place, level in enumerate(LEVELS)}
    return frame.with_columns(pl.Series(name, own) for name, own in columns.items())


def scores(frame: pl.DataFrame) -> dict[str, float]:
    """The quantile loss over the mean count, and how often the upper quantiles held."""
    truth = frame["truth"].to_numpy()
    losses = []
    for level in LEVELS:
        error = truth - frame[f"q{level:g}"].to_numpy()
        losses.append(2 * np.maximum(level * error, (level - 1) * error).mean())
    held = {q: float((truth <= frame[q].to_numpy()).mean()) for q in ("q0.9", "q0.95")}
    return {"loss": float(np.mean(losses) / truth.mean())} | held


def forecasts(
    learnt: Counts, unseen: Counts, split: Split, preset: Any, seed: int
) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Trains once: frames of students that were learnt from and of others, and how it went."""
    start = time.process_time()
    model = Forecaster(HORIZON, preset=preset, quantiles=LEVELS, seed=seed, device="cpu")
    model.fit(table(learnt), "messages", time="time", series="student")
    seconds = round(time.process_time() - start, 1)
    others = model.backtest(table(unseen))
    others = others.filter(pl.Series(row_of(others["origin"]) >= split.valid_end - 1))
    told = {"seconds": seconds, "epochs": len(model.history_.seconds)}
    told |= {"lookback": model.lookback_, "parameters": model.num_parameters_}
    return {"learnt": model.backtest(), "unseen": others}, told


def run(learnt: Counts, unseen: Counts, split: Split, preset: str, seed: int) -> dict[str, Any]:
    """Scores of one training, and of the forecasts that need none."""
    frames, told = forecasts(learnt, unseen, split, preset, seed)
    found: dict[str, Any] = {}
    for who, values in (("learnt", learnt), ("unseen", unseen)):
        frame = frames[who]
        found[who] = {
            preset: scores(frame),
            "own past": scores(by_own_past(values, frame)),
            "last value": scores(by_own_past(values, frame, last=True)),
        }
    return found | told


def line(who: str, name: str, runs: list[dict[str, float]]) -> str:
    """A line of the table: means over the seeds, and the spread of the loss."""
    loss = [one["loss"] for one in runs]
    spread = f" ± {statistics.pstdev(loss):.3f}" if len(loss) > 1 else ""
    held = [f"{statistics.mean(one[q] for one in runs):.1%}" for q in ("q0.9", "q0.95")]
    return f"| {who} | {name} | {statistics.mean(loss):.3f}{spread} | {' | '.join(held)} |"


def main() -> None:
    """Trains what is not there yet and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, default=Path("runs/message_counts"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    split = Split.of(ROWS, horizon=HORIZON)
    values = counts(Path(os.environ[FOLDER_VARIABLE]) / "calls" / "sms.csv", split)
    unseen = dict(list(values.items())[::5])
    learnt = {name: own for name, own in values.items() if name not in unseen}
    zeros = np.mean([own == 0 for own in values.values()])
    print(f"{len(learnt)} students learnt from, {len(unseen)} unseen; {zeros:.1%} of counts 0\n")
    runs: dict[str, list[dict[str, Any]]] = {"counts": [], "steps": []}
    for preset, own in runs.items():
        for seed in arguments.seeds:
            path = arguments.folder / f"{preset}-{seed}.json"
            if not path.exists():
                path.write_text(json.dumps(run(learnt, unseen, split, preset, seed)))
            own.append(json.loads(path.read_text()))
            told = {name: own[-1][name] for name in ("seconds", "epochs", "lookback", "parameters")}
            print(f"{preset}, seed {seed}: {told}")
    print("\n| students | forecast | loss | held by q0.9 | by q0.95 |\n|---|---|---|---|---|")
    for who in ("learnt", "unseen"):
        for preset, own in runs.items():
            print(line(who, preset, [one[who][preset] for one in own]))
        for name in ("own past", "last value"):
            print(line(who, name, [runs["counts"][0][who][name]]))


if __name__ == "__main__":
    main()
