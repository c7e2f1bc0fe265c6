"""The UCR benchmark on a made-up archive: it goes on where it stopped, and finds published rows."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ucr
from lstmkit import Classifier


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("GunPoint", "Unknown"):
        (tmp_path / name).mkdir()
        for part, steps in (("TRAIN", 9), ("TEST", 12)):
            rows = [
                "\t".join(map(str, [kind, *rng.normal(3 * kind, 1, steps)])) for kind in (1, 2) * 6
            ]
            (tmp_path / name / f"{name}_{part}.tsv").write_text("\n".join(rows))
    (tmp_path / "published_lstm_fcn_accuracies.csv").write_text(
        "Dataset,LSTM-FCN,1-NN DTW,ResNet\nGun_Point,1,0.907,0.993\n"
    )
    return tmp_path


def test_it_goes_on_where_it_stopped(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []

    def counted(train: object, test: object, seed: int) -> float:
        trained.append(seed)
        return 0.5 + seed / 10

    monkeypatch.setitem(ucr.CONTENDERS, "lstmkit", counted)
    out, sets = archive / "runs" / "results.jsonl", ["GunPoint", "Unknown"]
    ucr.run(archive, out, sets, [0, 1], minutes=-1)
    assert ucr.read(out) == []
    ucr.run(archive, out, ["GunPoint"], [0, 1], minutes=1)
    ucr.run(archive, out, sets, [0, 1], minutes=1)
    assert trained == [0, 1, 0, 1]
    plain = {one["contender"]: one["accuracy"] for one in ucr.read(out) if one["seed"] == 0}
    assert plain["1-NN"] == plain["logistic regression"] == 1.0
    rows = ucr.table(ucr.read(out), ucr.published(archive)).splitlines()[2:]
    told = "| GunPoint | 0.550 ± 0.050 | 2 | 1.000 | 0.993 | 1.000 | 0.907 | 1.000 |"
    assert rows[0].startswith(told)
    assert rows[1].startswith("| Unknown | 0.550 ± 0.050 | 2 |  |  |  |  | 1.000 |")


def test_it_trains_the_defaults(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ucr, "Classifier", partial(Classifier, epochs=20, hidden_size=4))
    out = archive / "results.jsonl"
    ucr.run(archive, out, ["GunPoint"], [3], minutes=1)
    found = [one for one in ucr.read(out) if one["contender"] == "lstmkit"]
    assert [(one["seed"], one["accuracy"]) for one in found] == [(3, 1.0)]


def test_all_channels_of_other_files_count(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    (archive / "Two").mkdir()
    for part, longest in (("TRAIN", 9), ("TEST", 12)):
        lines = ["@classLabel true a b", "@data"]
        for number in range(12):
            steps, kind = longest - number % 3, "ab"[number % 2]
            # only the second channel tells the classes apart
            channels = rng.normal([[0], [9 * (number % 2)]], 1, (2, steps))
            told = [",".join(f"{value:.3f}" for value in one) for one in channels]
            lines.append(":".join([*told, kind]))
        (archive / "Two" / f"Two_{part}.ts").write_text("\n".join(lines))
    monkeypatch.setitem(ucr.CONTENDERS, "lstmkit", lambda train, test, seed: 0.5)
    ucr.run(archive, out := archive / "results.jsonl", ["Two"], [0], minutes=1)
    plain = {one["contender"]: one["accuracy"] for one in ucr.read(out)}
    assert plain["1-NN"] == plain["logistic regression"] == 1.0
