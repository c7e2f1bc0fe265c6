"""The regressor: numbers for whole sequences."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.base import is_regressor
from sklearn.model_selection import cross_val_score
from waves import SMALL, long_table, padded, waves

import lstmkit
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks import Regressor


def numbers(sequences: list[np.ndarray]) -> np.ndarray:
    """Mean of the first channel, and a hundred times that of the second."""
    return np.array([[one[:, 0].mean(), 100 * one[:, 1].mean()] for one in sequences])


@pytest.mark.slow
def test_it_learns_several_numbers_beside_the_mean() -> None:
    sequences, _ = waves(80)
    y = numbers(sequences)
    model = Regressor(hidden_size=8, epochs=40, dropout=0.0, device="cpu").fit(sequences, y)
    held, _ = waves(40, seed=9)
    found = model.evaluate(held, numbers(held))
    assert found["overall"]["lstmkit"]["r2"] > 0.6
    assert found["overall"]["mean"]["r2"] < 0.1
    assert list(found["by_target"]) == ["target_0", "target_1"]
    # what is measured is in the unit of the target
    missed = np.abs(model.predict(held) - numbers(held))
    assert found["by_target"]["target_1"]["lstmkit"]["mae"] == pytest.approx(missed[:, 1].mean())
    assert model.score(held, numbers(held)) == found["overall"]["lstmkit"]["r2"]


def test_one_number_is_answered_as_one(tmp_path: Path) -> None:
    sequences, _ = waves(12)
    y = numbers(sequences)[:, 0]
    model = Regressor(**SMALL).fit(sequences, y)
    assert model.predict(sequences).shape == (12,)
    same = lstmkit.load(model.save(tmp_path / "model.safetensors"))
    assert isinstance(same, Regressor)
    assert np.array_equal(same.predict(sequences), model.predict(sequences))
    assert same.evaluate(sequences, y) == model.evaluate(sequences, y)
    with pytest.raises(DataError, match=r"expected 1 targets for each sequence .* got 2"):
        model.evaluate(sequences, numbers(sequences))
    column = Regressor(**SMALL).fit(sequences, y[:, None])
    assert np.array_equal(column.predict(sequences), model.predict(sequences))


def test_a_missing_number_counts_for_nothing() -> None:
    sequences, _ = waves(12)
    y = numbers(sequences)
    y[3, 1] = np.nan
    model = Regressor(**SMALL).fit(sequences, y)
    batch = model.rows(model.read(sequences, labelled=False).sequences, y).batch(np.arange(12))
    before = model.network_.eval().loss(batch)
    batch["target"][3, 1] = 1e6
    assert model.network_.loss(batch) == before
    batch["target"][3, 0] += 1.0
    assert model.network_.loss(batch) != before
    assert model.scaler_.mean[0, 1] == pytest.approx(np.nanmean(y[:, 1]))


def test_held_out_numbers_change_nothing() -> None:
    from lstmkit.tasks.sequence.holdout import holdout

    sequences, _ = waves(40)
    y = numbers(sequences)
    settings = {**SMALL, "epochs": 1, "validation": 0.25}
    model = Regressor(**settings).fit(sequences, y)
    planted = y.copy()
    planted[holdout(40, 0.25, seed=0)[1]] += 1000.0
    other = Regressor(**settings).fit(sequences, planted)
    assert np.array_equal(model.predict(sequences), other.predict(sequences))


def test_scikit_learn_takes_it_for_a_regressor() -> None:
    sequences, _ = waves(12)
    assert is_regressor(Regressor())
    found = cross_val_score(
        Regressor(**SMALL), padded(sequences), numbers(sequences), cv=3, error_score="raise"
    )
    assert np.isfinite(found).all()
    r2 = cross_val_score(
        Regressor(**SMALL), sequences, numbers(sequences)[:, 0], cv=3, scoring="r2"
    )
    assert np.isfinite(r2).all()


def test_a_stream_ends_where_predict_ends() -> None:
    sequences, _ = waves(12)
    model = Regressor(**SMALL, online=True, replication=0.3).fit(sequences, numbers(sequences))
    stream = model.stream()
    for values in sequences[4]:
        found = stream.feed(values)
    assert np.allclose(found, model.predict(sequences[4:5])[0], rtol=1e-5, atol=1e-5)
    with pytest.raises(SettingsError, match="has no probabilities"):
        stream.feed_proba(sequences[4])


def test_columns_of_a_table_name_the_numbers() -> None:
    sequences, labels = waves(12)
    y = pl.DataFrame(numbers(sequences), schema=["low", "high"])
    table = long_table(sequences, labels).join(
        y.with_columns(id=pl.format("s{}", pl.int_range(12))), on="id", maintain_order="left"
    )
    columns: dict[str, Any] = {"series": "id", "target": ("low", "high"), "values": ("a", "b")}
    model = Regressor(**SMALL).fit(table, **columns)
    expected = Regressor(**SMALL).fit(sequences, y.to_numpy()).predict(sequences)
    assert np.array_equal(model.predict(table), expected)
    assert list(model.evaluate(table)["by_target"]) == ["low", "high"]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", "b", "c"], "expected numbers as targets, got something else"),
        ([1.0, np.inf, 2.0], "got an infinite one for sequence 1"),
        ([1.0, np.nan, np.nan], "expected at least 2 known targets to learn from, got 1"),
    ],
)
def test_what_is_no_number_is_refused(y: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Regressor(**SMALL).fit([[1.0], [2.0], [3.0]], y)
