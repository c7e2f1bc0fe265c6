"""Going on with other data than were begun with is refused, by every task and every search."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from waves import SMALL, waves

from lstmkit.data import open_parquet
from lstmkit.errors import SettingsError
from lstmkit.tasks import Classifier, Detector, Forecaster, Regressor, Tagger, tune
from lstmkit.train import CHECKPOINT

FAST = {"epochs": 1, "device": "cpu"}
OTHER = "expected the data that it was made from, got other data"


def steps(sequences: list[np.ndarray]) -> list[np.ndarray]:
    return [np.where(one[:, 0] > 0, "up", "down") for one in sequences]


def sequences_of(task: Any, shift: float) -> tuple[Any, Any]:
    """Sequences and targets of a kind; `shift` changes one value of one of them."""
    sequences, labels = waves(24)
    sequences[3] = sequences[3] + shift
    if isinstance(task, Tagger):
        return sequences, steps(waves(24)[0])
    if isinstance(task, Detector):
        return [np.concatenate(sequences)], None
    return sequences, np.arange(24.0) if isinstance(task, Regressor) else labels


@pytest.mark.parametrize("kind", [Classifier, Regressor, Tagger, Detector])
def test_sequence_tasks_refuse_it(kind: type, tmp_path: Path) -> None:
    task = kind(hidden_size=4, **FAST)
    # a folder may be a text
    task.fit(*sequences_of(task, 0.0), folder=str(tmp_path))
    task.fit(*sequences_of(task, 0.0), folder=str(tmp_path), resume=True)
    with pytest.raises(SettingsError, match=OTHER):
        task.fit(*sequences_of(task, 1e-3), folder=tmp_path, resume=True)


def test_other_labels_are_other_data(tmp_path: Path) -> None:
    sequences, labels = waves(24)
    Classifier(**SMALL).fit(sequences, labels, folder=tmp_path)
    swapped = np.roll(labels, 1)
    with pytest.raises(SettingsError, match=OTHER):
        Classifier(**SMALL).fit(sequences, swapped, folder=tmp_path, resume=True)


def test_other_settings_are_still_told_by_name(tmp_path: Path) -> None:
    Classifier(**SMALL).fit(*waves(24), folder=tmp_path)
    with pytest.raises(SettingsError, match="learning_rate was"):
        Classifier(**SMALL | {"learning_rate": 0.5}).fit(*waves(24), folder=tmp_path, resume=True)


def sales(shift: float = 0.0) -> pl.DataFrame:
    rows = np.arange(160.0)
    units = np.sin(rows / 3) + shift * (rows == 20)
    return pl.DataFrame(
        {"units": units, "price": np.cos(rows / 5), "shop": ["a"] * 80 + ["b"] * 80}
    )


@pytest.mark.parametrize("stored", [False, True])
def test_forecasters_refuse_it(stored: bool, tmp_path: Path) -> None:
    def fit(table: pl.DataFrame, target: str, **how: Any) -> None:
        data: Any = table
        if stored:
            table.write_parquet(tmp_path / "sales.parquet", row_group_size=80)
            data = open_parquet(tmp_path / "sales.parquet")
        task = Forecaster(horizon=2, lookback=4, hidden_size=4, **FAST)
        task.fit(data, target, series="shop", folder=str(tmp_path / "run"), **how)

    fit(sales(), "units")
    fit(sales(), "units", resume=True)
    for table, target in ((sales(2.0), "units"), (sales(), "price")):
        with pytest.raises(SettingsError, match=OTHER):
            fit(table, target, resume=True)


def test_searches_refuse_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sequence.run_sequences", "tuning.leave"):
        monkeypatch.setattr(f"lstmkit.tasks.{module}.write_page", lambda *_: None)
    monkeypatch.setattr("lstmkit.tasks.run_folder.write_report", lambda *_: None)
    wanted = "expected the data that its trials learnt from, got other data. Resume with the same"
    how: dict[str, Any] = {"trials": 1, "progress": False}
    (sequences, labels), folder = waves(40), str(tmp_path / "classify")
    task = Classifier(hidden_size=4, **FAST)
    tune(task, sequences, labels, folder=folder, **how)
    with pytest.raises(SettingsError, match=wanted):
        tune(task, [2 * one for one in sequences], labels, folder=folder, resume=True, **how)
    forecaster, folder = (
        Forecaster(horizon=2, lookback=4, hidden_size=4, **FAST),
        str(tmp_path / "f"),
    )
    tune(forecaster, sales(), "units", series="shop", folder=folder, **how)
    tune(forecaster, sales(), "units", series="shop", folder=folder, resume=True, **how)
    with pytest.raises(SettingsError, match=wanted):
        tune(forecaster, sales(), "price", series="shop", folder=folder, resume=True, **how)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"device": "cuda:99"}, "not ava"),
    ],
)
def test_a_search_that_cannot_begin_leaves_no_folder(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    for task, data in ((Classifier, waves(40)), (Forecaster, (sales(), "units"))):
        settings = change | ({"horizon": 2} if task is Forecaster else {})
        with pytest.raises(SettingsError, match=said):
            tune(task(**settings), *data, folder=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()


def test_nothing_is_kept_and_nothing_marked_without_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def never(_given: Any) -> str:
        raise AssertionError

    monkeypatch.setattr("lstmkit.tasks.sequence.given.Given.mark", never)
    Classifier(**SMALL).fit(*waves(24))
    assert not (tmp_path / CHECKPOINT).exists()
