"""A search and the run of its best, with real tasks."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from waves import waves

from lstmkit.errors import SettingsError
from lstmkit.tasks import Classifier, Forecaster, OneOf, Regressor, Tagger, load, tune

FAST = {"epochs": 2, "device": "cpu"}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("tuned")
    sequences, labels = waves(40)
    task = Classifier(hidden_size=4, **FAST)
    with pytest.MonkeyPatch.context() as patch:
        # the report of a run has tests of its own
        patch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
        found = tune(task, sequences, labels, folder=folder, trials=4, progress=False)
    return folder, found


def test_a_search_leaves_the_folder_of_a_run_and_itself(tuned):
    folder, found = tuned
    assert sorted(path.name for path in folder.iterdir()) == [
        *("figures", "metrics.json", "model.safetensors", "predictions.parquet"),
        *("search.html", "settings.toml", "study.db", "trials.csv"),
    ]
    figures = {path.stem for path in (folder / "figures").iterdir()}
    assert figures == {"search", "coordinates"}
    assert json.loads((folder / "metrics.json").read_text()) == found.result
    table = pl.read_csv(folder / "trials.csv")
    assert table.height == 4
    assert "hidden_size" not in table.columns
    page = (folder / "search.html").read_text()
    assert page.count("<svg") == 4
    assert "flatters" in page


def test_the_model_has_the_best_settings(tuned):
    folder, found = tuned
    best = min((one for one in found.trials if not one.pruned), key=lambda one: one.loss)
    settings = found.task.get_params()
    assert {name: settings[name] for name in best.params} == dict(best.params)
    assert settings["hidden_size"] == 4
    assert load(folder / "model.safetensors").get_params()["dropout"] == best.params["dropout"]


@pytest.fixture
def _no_pages(monkeypatch: pytest.MonkeyPatch):
    for module in ("sequence.run_sequences", "tuning.leave"):
        monkeypatch.setattr(f"lstmkit.tasks.{module}.write_page", lambda *_: None)
    monkeypatch.setattr("lstmkit.tasks.run_folder.write_report", lambda *_: None)


@pytest.mark.usefixtures("_no_pages")
def test_what_judges_decides_nothing(tuned, tmp_path: Path):
    _, found = tuned
    sequences, labels = waves(40)
    judged = pl.read_parquet(tuned[0] / "predictions.parquet")["sequence"].cast(pl.Int64)
    for place in judged:
        sequences[place] = np.full_like(sequences[place], 1e6)
    again = tune(
        Classifier(hidden_size=4, **FAST),
        *(sequences, labels),
        folder=tmp_path,
        trials=4,
        progress=False,
    )
    assert [one.loss for one in again.trials] == [one.loss for one in found.trials]
    assert again.result["overall"] != found.result["overall"]


@pytest.mark.usefixtures("_no_pages")
def test_all_sequence_tasks_and_a_forecaster_can_be_searched(tmp_path: Path):
    sequences, _ = waves(20)
    means = np.array([one[:, 0].mean() for one in sequences])
    signs = [np.where(one[:, 1] > 0, "up", "down") for one in sequences]
    for task, target in (
        (Regressor(epochs=1, device="cpu"), means),
        (Tagger(epochs=1, device="cpu"), signs),
    ):
        found = tune(task, sequences, target, folder=tmp_path / task.verb, trials=2, progress=False)
        assert set(found.trials[1].params) == {
            *("hidden_size", "num_layers", "dropout", "learning_rate"),
        }
    series = {"y": np.sin(np.arange(120) / 3)}
    space = {"cell": OneOf(values=("gru", "lstm"), usual="lstm")}
    for name, given in (("own", space), ("declared", None)):
        forecaster = Forecaster(horizon=3, epochs=1, device="cpu")
        found = tune(
            forecaster,
            *(series, "y"),
            folder=tmp_path / name,
            trials=2,
            space=given,
            progress=False,
        )
        assert set(found.trials[0].params) == (
            {"cell"}
            if given
            else {"lookback", "hidden_size", "num_layers", "dropout", "learning_rate"}
        )
        assert found.result["overall"].keys() >= {"lstmkit", "naive"}


def test_a_search_needs_something_to_choose_by(tmp_path: Path):
    with pytest.raises(SettingsError, match="validation=0 leaves no sequences to choose"):
        tune(Classifier(validation=0), *waves(20), folder=tmp_path)
