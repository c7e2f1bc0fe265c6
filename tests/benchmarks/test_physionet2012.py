"""The program for deaths in hospital, on stays made up: what is read, and how it is judged."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks import physionet2012
from benchmarks.physionet2012 import Usual, run, scores, stays, summaries, table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for which in ("a", "c"):
        lines, outcomes = ["RecordID,Time,Parameter,Value"], ["RecordID,SAPS-I,In-hospital_death"]
        for stay in range(60):
            died = stay % 3 == 0
            outcomes.append(f"{stay},{10 + 5 * died},{int(died)}")
            lines += [f"{stay},00:00,Age,{60 + stay}", f"{stay},00:00,Age,30"]
            lines += [
                f"{stay},00:00,Gender,1",
                f"{stay},00:00,Height,{170 + stay if stay % 2 else -1}",
            ]
            for hour in sorted(random.choice(48, 6, replace=False)):
                lines.append(f"{stay},{hour:02d}:30,HR,{80 + 20 * died + random.normal():.1f}")
            lines.append(f"{stay},48:00,Lactate,{1 + died}")
        outcomes.append("999,20,1")
        (tmp_path / f"Outcomes-{which}.txt").write_text("\n".join(outcomes))
        with gzip.open(tmp_path / f"set-{which}.csv.gz", "wt") as file:
            file.write("\n".join(lines))
    return tmp_path


def test_stays_are_read_by_hour_with_their_outcomes(folder: Path) -> None:
    found, outcomes = stays(folder, "a")
    # a stay that has an outcome and no measurements is left out
    assert len(found) == len(outcomes) == 60
    assert found.channels == ("HR", "Lactate")
    assert found.static[3].tolist()[:2] == [63, 1]
    assert np.isnan(found.static[4, 2])
    assert found.times is not None
    assert found.times[0][-1] == 48
    assert (found.times[0][:-1] % 1 == 0.5).all()
    told = summaries(found)
    heart = found.values[5][:-1, 0]
    expected = [heart[0], heart[-1], heart.mean(), heart.min(), heart.max(), np.log1p(6)]
    np.testing.assert_allclose(told[5, :12:2], expected)


def test_what_is_usual_is_learnt_from_one_set() -> None:
    from lstmkit.data import to_sequences

    learnt = to_sequences([np.stack([np.arange(1000.0), np.full(1000, 7.0)], 1)])
    usual = Usual(learnt)
    moved = usual(to_sequences([np.array([[-50.0, 7.5], [np.nan, 7.0]])])).values[0]
    np.testing.assert_allclose(moved[:, 0], [4.995, np.nan])
    np.testing.assert_allclose(moved[:, 1], [7.0, 7.0])


def test_event_1_is_the_best_of_the_lesser_of_sensitivity_and_precision() -> None:
    died = np.array([1, 1, 0, 0, 0])
    found = scores(died, np.array([0.9, 0.4, 0.5, 0.1, 0.2]))
    assert found["event 1"] == pytest.approx(2 / 3)
    assert found["auroc"] == pytest.approx(5 / 6)


def test_it_goes_on_where_it_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(physionet2012, "SETTINGS", {"epochs": 3, "hidden_size": 4})
    out = folder / "results.json"
    first = run(folder, out, [0])
    assert [one["contender"] for one in first][-1] == "lstmkit"
    again = run(folder, out, [0, 1])
    assert again[:4] == first
    assert len(again) == 5
    assert all(one["auroc"] > 0.9 for one in again)
    dead = pl.read_csv(folder / "Outcomes-c.txt")["In-hospital_death"].to_numpy()[:60]
    assert table(again, dead).count("\n") == 8
