"""Runoff of a river basin from its weather by an LSTM, beside the conceptual model SAC-SMA.

    LSTMKIT_DATA=<folder with camels/> python -m benchmarks.camels [--seeds 0 1 2]

CAMELS basin 01031500 (Piscataquis River, Maine; Newman et al. 2015, Addor et al. 2017): daily
precipitation, radiation, temperatures and vapour pressure to runoff, which the network never
reads. Learnt from until 1992, stopped by 1993-1995, judged on 1996-2010 by the Nash-Sutcliffe
efficiency 1 - sum (y - f)^2 / sum (y - mean y)^2. The design is that of Kratzert et al. 2019: a
year of weather before each day, a forget bias of 3, dropout of 0.4 before the output, the squared
error as loss. One thing differs: a window scores a year of days, not its last one alone, so that a
day costs two steps instead of 365.
"""

import argparse
import json
import os
import statistics
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.data.datasets import FOLDER_VARIABLE
from lstmkit.nn import LSTM, Init
from lstmkit.train import TrainSettings, fit

WEATHER = ("prcp(mm/day)", "srad(W/m2)", "tmax(C)", "tmin(C)", "vp(Pa)")
# the days that a window warms up on, and those it is scored on
WARM_UP, SCORED, STRIDE = 365, 365, 7
HIDDEN_SIZE, DROPOUT, FORGET_BIAS = 64, 0.4, 3.0
PARTS = {
    "train": ("1980-10-01", "1992-12-31"),
    "valid": ("1993-01-01", "1995-12-31"),
    "test": ("1996-01-01", "2010-12-31"),
}
SETTINGS = TrainSettings(
    epochs=30, batch_size=16, learning_rate=5e-3, weight_decay=0.0, patience=None, device="cpu"
)


def basin(folder: Path) -> pl.DataFrame:
    """Weather, observed runoff and SAC-SMA's by day; NaN where nothing was observed."""
    weather = _spaced((folder / "01031500_lump_cida_forcing_leap.txt").read_text(), skip=3)
    runoff = _spaced((folder / "01031500_05_model_output.txt").read_text(), skip=0)
    weather = weather.rename({"Year": "YR", "Mnth": "MNTH", "Day": "DY"})
    both = weather.join(runoff, on=["YR", "MNTH", "DY"], how="left", maintain_order="left")
    observed = pl.when(pl.col("OBS_RUN") >= 0).then(pl.col("OBS_RUN")).fill_null(float("nan"))
    day = pl.date(pl.col("YR").cast(int), pl.col("MNTH").cast(int), pl.col("DY").cast(int))
    return both.select(*WEATHER, day=day, observed=observed, sac_sma="MOD_RUN")


def _spaced(text: str, *, skip: int) -> pl.DataFrame:
    lines = [line.split() for line in text.splitlines()[skip:]]
    return pl.DataFrame(lines[1:], schema=lines[0], orient="row").cast(pl.Float64)


class Days:
    """Windows of weather with the runoff of their last days, for `fit`."""

    def __init__(
        self, weather: Float[np.ndarray, "T C"], runoff: Float[np.ndarray, " T"], ends: np.ndarray
    ) -> None:
        """Keeps both whole; a window ends before each row of `ends`."""
        self.weather = torch.from_numpy(weather).float()
        self.runoff = torch.from_numpy(runoff).float()
        self.ends = ends

    def __len__(self) -> int:
        """Number of windows."""
        return len(self.ends)

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        """Cuts some windows out: x (B, WARM_UP + SCORED, C), y and its presence (B, SCORED)."""
        rows = torch.from_numpy(self.ends[indices][:, None] + np.arange(-WARM_UP - SCORED, 0))
        y = self.runoff[rows[:, WARM_UP:]]
        return {"x": self.weather[rows], "y": y.nan_to_num(), "there": ~y.isnan()}


class Runoff(nn.Module):
    """An LSTM over the weather and one number a day."""

    def __init__(self) -> None:
        """Builds it with the sizes above."""
        super().__init__()
        self.lstm = LSTM(len(WEATHER), HIDDEN_SIZE, init=Init(forget_bias=FORGET_BIAS))
        self.dropout, self.head = nn.Dropout(DROPOUT), nn.Linear(HIDDEN_SIZE, 1)

    def forward(self, x: Float[Tensor, "batch time C"]) -> Float[Tensor, "batch scored"]:
        """Runoff of the scored days, standardised."""
        y: Tensor = self.head(self.dropout(self.lstm(x)[0][:, WARM_UP:]))[..., 0]
        return y

    def loss(self, batch: dict[str, Tensor]) -> Float[Tensor, ""]:
        """Mean squared error over the days observed: for one basin, one less the efficiency."""
        missed = (self(batch["x"]) - batch["y"]).square() * batch["there"]
        return missed.sum() / batch["there"].sum().clamp(min=1)


def ends(first: int, last: int, stride: int) -> np.ndarray:
    """Ends of windows whose scored days lie in rows [first, last), the very last one among them."""
    return np.arange(last, first + SCORED - 1, -stride)[::-1].copy()


def trained(table: pl.DataFrame, seed: int, epochs: int) -> tuple[np.ndarray, dict[str, float]]:
    """Trains one network; its runoff of the test part in mm/day, and how the run went."""
    rows = {part: span(table, part) for part in PARTS}
    weather, runoff = table.select(WEATHER).to_numpy(), table["observed"].to_numpy()
    # scales come from the days before the validation part alone
    seen, known = weather[: rows["train"][1]], runoff[: rows["train"][1]]
    weather = (weather - seen.mean(0)) / seen.std(0)
    mean, std = np.nanmean(known), np.nanstd(known)
    scaled = (runoff - mean) / std
    # the first windows warm up on less than a year of weather, for there is no more
    first = max(rows["train"][0], WARM_UP)
    windows = {
        "train": Days(weather, scaled, ends(first, rows["train"][1], STRIDE)),
        "valid": Days(weather, scaled, ends(*rows["valid"], SCORED)),
    }
    torch.manual_seed(seed)
    model = Runoff()
    settings = replace(SETTINGS, seed=seed, epochs=epochs)
    history = fit(model, windows["train"], windows["valid"], settings, folder=None, progress=False)
    found = {part: simulated(model, weather, *rows[part]) * std + mean for part in PARTS}
    facts = {f"nse_{part}": efficiency(runoff[slice(*rows[part])], found[part]) for part in PARTS}
    return found["test"], facts | {
        "seconds": sum(history.seconds),
        "best_epoch": history.best_epoch,
        "parameters": sum(p.numel() for p in model.parameters()),
    }


def span(table: pl.DataFrame, part: str) -> tuple[int, int]:
    """First row of a part, and the first row after it."""
    start, end = (date.fromisoformat(day) for day in PARTS[part])
    inside = table["day"].is_between(start, end).arg_true()
    return int(inside[0]), int(inside[-1]) + 1


@torch.no_grad()
def simulated(model: Runoff, weather: np.ndarray, first: int, last: int) -> np.ndarray:
    """Standardised runoff of rows [first, last), each after at least WARM_UP days of weather."""
    model.eval()
    found = np.full(len(weather), np.nan)
    nothing = np.full(len(weather), np.nan)
    # the last window reaches back over days that the one before it has given
    for end in [*range(max(first, WARM_UP) + SCORED, last, SCORED), last]:
        batch = Days(weather, nothing, np.array([end])).batch(np.zeros(1, np.int64))
        found[end - SCORED : end] = model(batch["x"])[0].numpy()
    return found[first:last]


def efficiency(observed: np.ndarray, found: np.ndarray) -> float:
    """Nash and Sutcliffe 1970: 1 is perfect, 0 as good as the mean of what was observed."""
    there = ~(np.isnan(observed) | np.isnan(found))
    observed, found = observed[there], found[there]
    missed = ((observed - found) ** 2).sum()
    return float(1 - missed / ((observed - observed.mean()) ** 2).sum())


def main() -> None:
    """Trains what is not there yet and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=SETTINGS.epochs)
    parser.add_argument("--folder", type=Path, default=Path("runs/camels"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    table = basin(Path(os.environ[FOLDER_VARIABLE]) / "camels")
    first, last = span(table, "test")
    observed = table["observed"].to_numpy()[first:last]
    facts, runs = [], []
    for seed in arguments.seeds:
        path = arguments.folder / f"{seed}.json"
        if not path.exists():
            run, fact = trained(table, seed, arguments.epochs)
            path.write_text(json.dumps({"facts": fact, "runoff": run.tolist()}))
        kept = json.loads(path.read_text())
        facts.append(kept["facts"])
        runs.append(np.array(kept["runoff"]))
    scores = [fact["nse_test"] for fact in facts]
    spread = f"{statistics.mean(scores):.3f} ± {statistics.pstdev(scores):.3f}"
    seconds = statistics.median(fact["seconds"] for fact in facts)
    print("| simulation of 1996-2010 | NSE | training |")
    print("|---|---|---|")
    print(f"| **lstmkit LSTM**, {len(scores)} seeds | {spread} | {seconds:.0f} s |")
    print(f"| mean of these runs | {efficiency(observed, np.mean(runs, axis=0)):.3f} | |")
    sac_sma = table["sac_sma"].to_numpy()[first:last]
    print(f"| SAC-SMA with Snow-17, in the same file | {efficiency(observed, sac_sma):.3f} | |")
    print("| LSTM, median of 531 basins (Kratzert et al. 2019), as remembered | 0.74 to 0.76 | |")
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
