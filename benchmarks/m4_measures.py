"""The sets of the M4 competition that we have, and its measures; needs numpy alone."""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

STATISTICS = Path(__file__).with_name("m4_statistics.csv")


@dataclass(frozen=True)
class M4:
    """A set of the competition.

    Attributes:
        horizon: Steps to forecast.
        season: Season that MASE and Naive2 know.
        every: Step between rows: h or w.
        settings: What the forecaster is told.
        published: sMAPE and MASE of the winner, as remembered.
    """

    horizon: int
    season: int
    every: str
    settings: dict[str, Any]
    published: tuple[float, float]


SETS = {
    "Hourly": M4(48, 24, "h", {}, (9.328, 0.893)),
    "Weekly": M4(13, 1, "w", {}, (7.817, 2.356)),
}


def series(folder: Path, name: str) -> list[np.ndarray]:
    """The series of a set in their order, training values and then the test horizon."""
    with gzip.open(folder / f"{name}-train.csv.gz", "rt", encoding="utf-8") as file:
        learnt = _rows(file.read())
    judged = _rows((folder / f"{name}-test.csv").read_text(encoding="utf-8"))
    return [np.concatenate([one, judged[key]]) for key, one in learnt.items()]


def _rows(text: str) -> dict[str, np.ndarray]:
    lines = [line.replace('"', "").split(",") for line in text.splitlines()[1:]]
    return {
        name: np.array([float(value) for value in values if value not in ("", "NA")])
        for name, *values in lines
    }


def scores(
    values: list[np.ndarray], forecast: np.ndarray, season: int, horizon: int
) -> dict[str, float]:
    """Mean sMAPE in per cent and mean MASE of forecasts (series, horizon) of the last rows."""
    truth = np.stack([one[-horizon:] for one in values])
    missed = np.abs(truth - forecast)
    changes = [np.abs(one[season:-horizon] - one[: -season - horizon]).mean() for one in values]
    return {
        "smape": float((200 * missed / (np.abs(truth) + np.abs(forecast))).mean()),
        "mase": float((missed.mean(1) / np.array(changes)).mean()),
    }
