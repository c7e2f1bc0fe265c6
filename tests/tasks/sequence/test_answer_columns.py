"""Targets by which two columns of a table of answers would be called alike."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from lstmkit.errors import SettingsError
from lstmkit.tasks import Classifier, Forecaster, Regressor, Tagger
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.sequence_task import SequenceTask

SMALL: dict[str, Any] = {"hidden_size": 3, "epochs": 1, "device": "cpu"}


def table(*targets: str, words: bool) -> dict[str, Any]:
    """Ten sequences of six steps, with two labels, or numbers, of each for every target."""
    names = np.repeat(np.arange(10), 6)
    kinds = np.array(["low", "high"])[names % 2] if words else names % 3 + 0.5
    return {"id": names, "x": np.sin(np.arange(60.0))} | dict.fromkeys(targets, kinds)


@pytest.mark.parametrize(
    ("task", "targets", "twice"),
    [
        (Tagger, ("a", "a_truth"), "a_truth"),
        (Tagger, ("a_truth", "a"), "a_truth"),
        (Tagger, ("a", "p_a_low"), "p_a_low"),
        (Tagger, ("a", "time"), "time"),
        (Classifier, ("a", "a_truth"), "a_truth"),
        (Classifier, ("a", "p_a_high"), "p_a_high"),
        (Classifier, ("a", "sequence"), "sequence"),
        (Regressor, ("a", "a_truth"), "a_truth"),
        (Regressor, ("step",), "step"),
    ],
)
def test_they_are_refused(task: type[SequenceTask], targets: tuple[str, ...], twice: str) -> None:
    data = table(*targets, words=task is not Regressor)
    with pytest.raises(SettingsError, match=rf"^{task.__name__}: .* two columns '{twice}'\. A tar"):
        task(**SMALL).fit(data, series="id", target=targets, values="x")


@pytest.mark.parametrize("task", [Tagger, Classifier, Regressor])
def test_names_that_look_alike_are_told_apart(task: type[SequenceTask]) -> None:
    targets = ("a", "truth", "label", "truth_a")
    model = task(**SMALL)
    model.fit(table(*targets, words=task is not Regressor), series="id", target=targets, values="x")
    given: Given = model.read(table(*targets, words=task is not Regressor), labelled=True)
    told = model.table(given, model.outputs(given.sequences))
    assert {*targets, *(f"{name}_truth" for name in targets)} < set(told.columns)
    chances = [name for name in told.columns if name.startswith("p_")]
    assert len(chances) == (0 if task is Regressor else 8)


def test_a_forecaster_tells_targets_in_rows_whatever_they_are_called() -> None:
    names = ["truth", "forecast", "a", "a_truth", "q0.5", "series"]
    values = {name: np.sin(np.arange(60) / 3 + place) for place, name in enumerate(names)}
    model = Forecaster(2, lookback=6, season=None, **SMALL).fit(values, names)
    told = model.backtest()
    assert told["target"].unique(maintain_order=True).to_list() == names
    for name in names:
        own = told.filter(pl.col("target") == name)
        np.testing.assert_array_equal(own["truth"], values[name][own["time"].to_numpy()])
    assert list(model.evaluate()["by_target"]) == names
