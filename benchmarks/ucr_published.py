"""Published accuracies on the UCR archive, by its own split into training and test sequences."""

import csv
import re
from pathlib import Path

PUBLISHED = ("LSTM-FCN", "ResNet", "ROCKET", "1-NN DTW")
# what the table of LSTM-FCN calls some sets
CALLED = {"sonyaiborobotsurface": "sonyaiborobotsurface1", "lighting7": "lightning7"}
# two sets had other parts in an older archive: LSTM-FCN has 315 of 400 right on DistalPhalanxTW,
# whose test part holds 139 today; of that table only 1-NN DTW is by the parts of today
OLDER = {"distalphalanxtw", "strawberry"}
# Dempster et al. 2020, means of ten runs, results/results_ucr.csv of github.com/angus924/rocket
ROCKET = {
    "Adiac": 0.783,
    "ArrowHead": 0.814,
    "CBF": 1.0,
    "Coffee": 1.0,
    "CricketX": 0.819,
    "DistalPhalanxTW": 0.719,
    "ECG200": 0.906,
    "FaceAll": 0.947,
    "GesturePebbleZ1": 0.906,
    "GunPoint": 1.0,
    "Ham": 0.726,
    "ItalyPowerDemand": 0.970,
    "Lightning7": 0.823,
    "MedicalImages": 0.799,
    "MelbournePedestrian": 0.904,
    "OSULeaf": 0.941,
    "Plane": 1.0,
    "PowerCons": 0.940,
    "SonyAIBORobotSurface1": 0.922,
    "Strawberry": 0.981,
    "SwedishLeaf": 0.964,
    "SyntheticControl": 1.0,
    "Trace": 1.0,
    "Wine": 0.813,
}


def published(folder: Path) -> dict[str, dict[str, float]]:
    """Published accuracies of each set that is in some table, by method.

    Args:
        folder: Folder of the archive with published_lstm_fcn_accuracies.csv, the table of Karim et
            al. 2018 with those of others.

    Returns:
        For each set, by `key`, accuracies by method; of some sets not of every method.
    """
    known: dict[str, dict[str, float]] = {}
    with (folder / "published_lstm_fcn_accuracies.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = CALLED.get(key(row["Dataset"]), key(row["Dataset"]))
            same = ("1-NN DTW",) if name in OLDER else PUBLISHED
            known[name] = {method: float(row[method]) for method in same if method in row}
    for name, accuracy in ROCKET.items():
        known.setdefault(key(name), {})["ROCKET"] = accuracy
    return known


def key(name: str) -> str:
    """Letters and digits of a name, lower case; tables write names in several ways."""
    return re.sub(r"\W|_", "", name).lower()
