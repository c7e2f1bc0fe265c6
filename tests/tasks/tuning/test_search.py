"""The search itself, over losses that cost nothing to compute."""

import math
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from lstmkit.errors import MissingExtraError, ModelFileError, SettingsError
from lstmkit.tasks.settings import Settings
from lstmkit.tasks.tuning.search import search
from lstmkit.tasks.tuning.space import Between, OneOf, around
from lstmkit.tasks.tuning.study import STUDY
from lstmkit.tasks.tuning.trials import Trial, best_of, trials_table
from lstmkit.train import CHECKPOINT, Diverged, History

EPOCHS = 4


class Valley(Settings):
    """A task whose loss is a valley with its floor at x = 0.3 and 40 units."""

    def __init__(self, *, x: float = 0.9, units: int | None = None, kind: str = "a", seed: int = 0):
        self.x, self.units, self.kind, self.seed = x, units, kind, seed

    def search_space(self):
        return {
            "x": Between(low=0.0, high=1.0, usual=self.x),
            "units": around(64),
            "kind": OneOf(values=("a", "b"), usual=self.kind),
        }

    def loss(self, epoch: int) -> float:
        off = (self.x - 0.3) ** 2 + math.log((self.units or 64) / 40) ** 2 + (self.kind == "b")
        return off + 1 / epoch


def learn(one: Valley, after_epoch: Callable | None = None, **_how: object) -> History:
    history = History()
    for epoch in range(1, EPOCHS + 1):
        loss = one.loss(epoch)
        history.end_epoch(train_loss=loss, valid_loss=loss, learning_rate=0.1, seconds=0.0)
        if after_epoch:
            after_epoch(history)
    return history


def run(folder: Path, trials: int, *, task: Valley | None = None, **options: object) -> list[Trial]:
    usual = {"resume": False, "space": None, "say": lambda _line: None, "learn": learn}
    usual |= {"data_mark": "some data"}
    return search(task or Valley(), folder=folder, trials=trials, **{**usual, **options})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    return run(tmp_path_factory.mktemp("whole"), 12)


def told(known: list[Trial]) -> list[tuple]:
    return [(one.number, dict(one.params), one.loss, one.pruned, one.epochs) for one in known]


def test_the_first_trial_has_the_settings_given_and_the_best_is_better(whole):
    assert dict(whole[0].params) == {"x": 0.9, "units": 64, "kind": "a"}
    assert whole[0].loss == Valley().loss(EPOCHS)
    best = best_of(whole)
    assert not best.pruned
    assert best.loss < 0.5 * whole[0].loss
    assert best.loss == min(one.loss for one in whole if not one.pruned)


def test_bad_trials_are_cut_short_and_good_ones_are_not(whole):
    cut = [one for one in whole if one.pruned]
    assert 0 < len(cut) < len(whole)
    assert all(2 <= one.epochs < EPOCHS for one in cut)
    assert all(one.epochs == EPOCHS for one in whole if not one.pruned)
    # nobody is cut short before there is somebody to compare with
    assert not any(one.pruned for one in whole[:5])


def test_a_longer_search_goes_on_with_what_is_known(whole, tmp_path: Path):
    run(tmp_path, 6)
    assert told(run(tmp_path, 12, resume=True)) == told(whole)
    assert told(run(tmp_path, 3, resume=True)) == told(whole)


def test_a_search_that_was_broken_off_ends_as_if_it_had_not(whole, tmp_path: Path):
    calls = []

    def breaking(one: Valley, **how: object) -> History:
        calls.append(one)
        # in the first trial, and in one that is drawn by what is known
        if len(calls) in (1, 11):
            raise KeyboardInterrupt
        return learn(one, **how)

    for resume in (False, True):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, 12, learn=breaking, resume=resume)
    assert told(run(tmp_path, 12, resume=True)) == told(whole)


def test_a_new_search_does_not_go_on_with_the_trial_of_an_old_one(tmp_path: Path):
    (tmp_path / "trial").mkdir()
    (tmp_path / "trial" / CHECKPOINT).touch()
    resumed = []

    def listening(one: Valley, *, resume: bool, **how: object) -> History:
        resumed.append(resume)
        return learn(one, **how)

    run(tmp_path, 2, learn=listening)
    assert resumed == [False, False]


def test_a_trial_that_diverges_is_cut_short(tmp_path: Path):
    def diverging(one: Valley, **how: object) -> History:
        if one.x != 0.9:
            raise Diverged("fit: the loss became inf")
        return learn(one, **how)

    known = run(tmp_path, 3, learn=diverging)
    assert [one.pruned for one in known] == [False, True, True]
    assert known[1].loss == math.inf
    assert best_of(known).number == 0


def test_what_was_given_does_not_vary(tmp_path: Path):
    known = run(tmp_path, 4, task=Valley(units=32))
    assert {tuple(one.params) for one in known} == {("x", "kind")}
    only = {"x": Between(low=0.5, high=1.0, usual=0.9)}
    assert {tuple(one.params) for one in run(tmp_path / "only", 3, space=only)} == {("x",)}


def test_the_table_has_the_best_first_and_those_cut_short_last(whole):
    table = trials_table(whole)
    assert table.height == len(whole)
    assert table["trial"][0] == best_of(whole).number + 1
    ended = table["ended"].to_list()
    assert ended == sorted(ended, reverse=True)
    losses = table.filter(pl.col("ended") == "whole")["validation_loss"]
    assert losses.is_sorted()


def test_a_line_is_said_after_each_trial(tmp_path: Path):
    lines: list[str] = []
    run(tmp_path, 2, say=lines.append)
    assert lines[0].startswith(
        "Trial 1 of 2: validation loss 0.8309 (best 0.8309 in trial 1); x 0.9, units 64"
    )
    assert len(lines) == 2


def test_wrong_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SettingsError, match="at least 1, got 0"):
        run(tmp_path, 0)
    with pytest.raises(ModelFileError, match="nothing to resume"):
        run(tmp_path, 2, resume=True)
    with pytest.raises(SettingsError, match="'y' is no setting of a Valley"):
        run(tmp_path / "y", 2, space={"y": Between(low=0, high=1, usual=0)})
    with pytest.raises(SettingsError, match="all given"):
        run(tmp_path / "all", 2, task=Valley(x=0.1, units=3, kind="b"))
    run(tmp_path, 1)
    with pytest.raises(SettingsError, match=r"holds a search\. Go on with it by --resume"):
        run(tmp_path, 2)
    with pytest.raises(SettingsError, match=r"searches settings for Valley\(\), not for Valley\(s"):
        run(tmp_path, 2, task=Valley(seed=1), resume=True)
    (tmp_path / STUDY).write_text("no database, but long enough to be looked at as one")
    with pytest.raises(ModelFileError, match="cannot be used"):
        run(tmp_path, 2, resume=True)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lstmkit\[tune\]'"):
        run(tmp_path / "none", 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Between(low=1, high=0, usual=1), "expected low <= usual <= high"),
        (lambda: Between(low=0, high=1, usual=1, log=True), "low above 0"),
        (lambda: OneOf(values=("a",), usual="b"), "expected the usual value among"),
    ],
)
def test_an_axis_that_makes_no_sense_is_refused(make: Callable, message: str):
    with pytest.raises(SettingsError, match=message):
        make()


@pytest.mark.parametrize("usual", [1, 2, 3, 100])
def test_a_range_around_holds_the_usual_value(usual: int):
    for most in (None, 2, 50):
        axis = around(usual, least=2, most=most)
        assert 1 <= axis.low <= usual <= axis.high
