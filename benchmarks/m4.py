"""M4 Hourly and Weekly, all series: one network for all of them, beside statistical methods.

    LSTMKIT_DATA=<folder with m4/> python -m benchmarks.m4 [--sets Hourly Weekly] [--seeds 0 1 2]

The M4 competition (Makridakis et al. 2020): 414 hourly series, 48 hours ahead, and 359 weekly ones,
13 weeks ahead. `Forecaster(horizon, preset="smoothing", split="last")` learns one network from all
series of a set, is stopped by the horizon before the test horizon and judged once, on that.
The measures are those of the competition: sMAPE in per cent, MASE by a season of 24 hours or of one
week, and OWA, the mean of both as shares of those of Naive2. Naive2, Theta and ETS are run by
`benchmarks.m4_statistics`, in an environment of its own, and kept in m4_statistics.csv.
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

from benchmarks.m4_measures import M4, SETS, STATISTICS, scores, series
from lstmkit import Forecaster
from lstmkit.data.datasets import FOLDER_VARIABLE


def table_of(values: list[np.ndarray], every: str) -> pl.DataFrame:
    """A long table; the set tells no dates, so that all series begin on the same one."""
    number = [f"{place:03d}" for place in range(len(values))]
    lengths = [len(one) for one in values]
    row = pl.Series("row", np.concatenate([np.arange(length) for length in lengths]))
    first = pl.lit("2000-01-03").str.to_datetime()
    return pl.DataFrame(
        {
            "series": pl.Series(np.repeat(number, lengths)),
            "y": np.concatenate(values),
            "row": row,
        }
    ).select("series", "y", time=first.dt.offset_by(pl.format(f"{{}}{every}", "row")))


def ours(values: list[np.ndarray], of: M4, seed: int, **settings: Any) -> dict[str, Any]:
    """Trains one network; its forecasts of both last horizons, and how the run went."""
    start = time.process_time()
    told: dict[str, Any] = (
        {"preset": "smoothing", "split": "last", "seed": seed} | of.settings | settings
    )
    model = Forecaster(of.horizon, **told)
    model.fit(table_of(values, of.every), "y", time="time", series="series")
    seconds = time.process_time() - start
    found = {}
    for part in ("valid", "test"):
        frame = model.backtest(part=part).sort("series", "step")
        found[part] = frame["forecast"].to_numpy().reshape(len(values), of.horizon).tolist()
    return found | {
        "seconds": round(seconds, 1),
        "epochs": len(model.history_.seconds),
        "parameters": model.num_parameters_,
        "lookback": model.lookback_,
        "seasons": list(model.chosen.seasons),
    }


def validation(values: list[np.ndarray], of: M4, run: dict[str, Any]) -> dict[str, float]:
    """Scores on the horizon before the test horizon, by which settings may be chosen."""
    before = [one[: -of.horizon] for one in values]
    return scores(before, np.array(run["valid"]), of.season, of.horizon)


def table(name: str, rows: list[tuple[str, list[dict[str, float]]]], by: dict[str, float]) -> str:
    """Scores as lines of a Markdown table, with OWA by those of Naive2."""
    lines = []
    for method, runs in rows:
        found = [
            one | {"owa": (one["smape"] / by["smape"] + one["mase"] / by["mase"]) / 2}
            for one in runs
        ]
        cells = []
        for measure in ("smape", "mase", "owa"):
            values = [one[measure] for one in found]
            spread = f" ± {statistics.pstdev(values):.3f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.3f}{spread}")
        lines.append(f"| {name} | {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def kept() -> dict[str, dict[str, dict[str, float]]]:
    """What the statistical methods reached, by set and method."""
    rows = pl.read_csv(STATISTICS).to_dicts()
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows:
        own = {measure: row[measure] for measure in ("smape", "mase")}
        found.setdefault(row["set"], {})[row["method"]] = own
    return found


def main() -> None:
    """Trains what is not there yet and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, default=Path("runs/m4"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    print("| set | forecast | sMAPE | MASE | OWA |\n|---|---|---|---|---|")
    for name in arguments.sets:
        of, values = SETS[name], series(Path(os.environ[FOLDER_VARIABLE]) / "m4", name)
        runs = []
        for seed in arguments.seeds:
            path = arguments.folder / f"{name}-{seed}.json"
            if not path.exists():
                path.write_text(json.dumps(ours(values, of, seed)))
            runs.append(json.loads(path.read_text()))
        own = [scores(values, np.array(run["test"]), of.season, of.horizon) for run in runs]
        middle = np.median([run["test"] for run in runs], axis=0)
        winner = dict(zip(("smape", "mase"), of.published, strict=True))
        methods = kept()[name]
        rows = [
            (f"**lstmkit, smoothing**, {len(own)} seeds", own),
            ("median of these runs", [scores(values, middle, of.season, of.horizon)]),
            *((f"{method}, run here", [found]) for method, found in methods.items()),
            ("ES-RNN, the winner (Smyl 2020), as remembered", [winner]),
        ]
        print(table(name, rows, methods["Naive2"]), flush=True)
        seconds = statistics.median(run["seconds"] for run in runs)
        print(f"<!-- {name}: {seconds:.0f} s of processor time a seed, {runs[0]['parameters']:,}")
        print(f"learned numbers, look-back {runs[0]['lookback']}, seasons {runs[0]['seasons']} -->")


if __name__ == "__main__":
    main()
