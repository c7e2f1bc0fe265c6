"""A classifier of several outputs: labels of several columns, by one network."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from waves import SMALL, long_table, padded, waves

import lstmkit
from lstmkit.data import to_sequences
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks import Classifier
from lstmkit.tasks.sequence.holdout import holdout
from lstmkit.tasks.sequence.temperature import temperature


def both(number: int, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Waves with two labels: how fast, and in which third their second channel lies."""
    sequences, labels = waves(number, seed)
    mean = np.array([one[:, 1].mean() for one in sequences])
    third = np.digitize(mean, [-0.15, 0.15])
    return sequences, np.stack([labels.astype(object), third.astype(object)], axis=1)


@pytest.fixture(scope="module")
def fitted() -> Classifier:
    return Classifier(**SMALL, class_weight="balanced").fit(*both(24))


@pytest.mark.slow
def test_one_network_learns_several_labels() -> None:
    model = Classifier(hidden_size=16, epochs=30, dropout=0.1, device="cpu").fit(*both(120))
    found = model.evaluate(*both(80, seed=3))
    assert list(found["by_target"]) == ["target_0", "target_1"]
    for one in found["by_target"].values():
        own, always = one["overall"]["lstmkit"], one["overall"]["most frequent"]
        assert own["accuracy"] > always["accuracy"] + 0.1


def test_each_output_answers_with_labels_of_its_own(fitted: Classifier) -> None:
    sequences, y = both(24)
    assert [one.tolist() for one in fitted.classes_] == [["fast", "slow"], [0, 1, 2]]
    assert fitted.temperature_ == [1.0, 1.0]
    answered, chances = fitted.predict(sequences), fitted.predict_proba(sequences)
    assert answered.shape == (24, 2)
    assert [one.shape for one in chances] == [(24, 2), (24, 3)]
    for place, one in enumerate(chances):
        assert np.allclose(one.sum(1), 1.0)
        assert (fitted.classes_[place][one.argmax(1)] == answered[:, place]).all()
    alone = np.concatenate([fitted.predict([one]) for one in sequences])
    assert (alone == answered).all()
    found = fitted.evaluate(sequences, y)
    right = (answered == y).mean(0)
    by_target = found["by_target"].values()
    assert [one["overall"]["lstmkit"]["accuracy"] for one in by_target] == right.tolist()
    assert found["overall"]["lstmkit"]["accuracy"] == pytest.approx(right.mean())
    assert fitted.score(sequences, y) == pytest.approx(right.mean())
    # the first has two labels and so an AUROC, the second has none
    assert "auroc" in found["by_target"]["target_0"]["overall"]["lstmkit"]
    assert "auroc" not in found["overall"]["lstmkit"]
    assert [np.array(one["confusion"]).shape for one in by_target] == [(2, 2), (3, 3)]


def test_the_loss_is_the_mean_of_the_losses_of_all_outputs(fitted: Classifier) -> None:
    sequences, y = both(24)
    batch = fitted.rows(to_sequences(sequences), y).batch(np.arange(24))
    network = fitted.network_.eval()
    logits, expected = network(batch).detach(), []
    first, second = logits[:, :2].log_softmax(1), logits[:, 2:].log_softmax(1)
    for row, (fast, third) in enumerate(y):
        place = ["fast", "slow"].index(fast)
        expected.append(-first[row, place] * fitted.weights_[0][place])
        expected.append(-second[row, third] * fitted.weights_[1][third])
    assert network.loss(batch).item() == pytest.approx(float(sum(expected)) / 48, rel=1e-5)


def test_one_column_of_labels_is_one_label() -> None:
    sequences, labels = waves()
    model = Classifier(**SMALL).fit(sequences, labels)
    column = Classifier(**SMALL).fit(sequences, labels[:, None])
    assert np.array_equal(column.predict_proba(sequences), model.predict_proba(sequences))
    assert column.predict(sequences).shape == (24,)


def test_a_file_holds_the_labels_of_each_output(fitted: Classifier, tmp_path: Path) -> None:
    sequences, y = both(24)
    same = lstmkit.load(fitted.save(tmp_path / "model.safetensors"))
    assert isinstance(same, Classifier)
    for one, other in zip(
        same.predict_proba(sequences), fitted.predict_proba(sequences), strict=True
    ):
        assert np.array_equal(one, other)
    assert [one.dtype for one in same.classes_] == [one.dtype for one in fitted.classes_]
    assert same.evaluate(sequences, y) == fitted.evaluate(sequences, y)


def test_held_out_sequences_set_each_temperature() -> None:
    sequences, y = both(60)
    model = Classifier(**{**SMALL, "epochs": 6}, validation=0.5).fit(sequences, y)
    held = holdout(60, 0.5, seed=0, classes=model.strata(y))[1]
    outputs = model.outputs(to_sequences([sequences[place] for place in held]))
    places = model.places(y[held])
    expected = [temperature(outputs[:, :2], places[0]), temperature(outputs[:, 2:], places[1])]
    assert model.temperature_ == expected
    assert expected[0] != expected[1]


def test_no_label_is_held_out_altogether() -> None:
    _, y = both(60)
    y[7], y[[11, 12], 1] = ["odd", 9], 8
    strata = Classifier().strata(y)
    for seed in range(20):
        learnt, held = holdout(60, 0.4, seed=seed, classes=strata)
        assert len(held) >= 20
        for one in y.T:
            assert set(one[learnt]) == set(one)


def test_columns_of_a_table_keep_their_types() -> None:
    sequences, y = both(24)
    thirds = pl.DataFrame({"id": [f"s{place}" for place in range(24)], "third": y[:, 1].tolist()})
    table = long_table(sequences, y[:, 0]).join(thirds, on="id", maintain_order="left")
    table = table.with_columns(high=pl.col("third") == 2)
    columns: dict[str, Any] = {"series": "id", "values": ("a", "b")}
    model = Classifier(**SMALL).fit(table, target=["kind", "third", "high"], **columns)
    assert [one.dtype.kind for one in model.classes_] == ["U", "i", "b"]
    pair = Classifier(**SMALL).fit(table, target=["kind", "third"], **columns)
    for one, other in zip(
        pair.predict_proba(table),
        Classifier(**SMALL).fit(sequences, y).predict_proba(sequences),
        strict=True,
    ):
        assert np.array_equal(one, other)
    given = pair.read(table, labelled=True)
    told = pair.table(given, pair.outputs(given.sequences))
    assert told.columns == [
        *("sequence", "kind_truth", "kind", "p_kind_fast", "p_kind_slow"),
        *("third_truth", "third", "p_third_0", "p_third_1", "p_third_2"),
    ]
    assert told["third_truth"].to_list() == y[:, 1].tolist()


def test_a_stream_tells_every_output() -> None:
    sequences, y = both(24)
    model = Classifier(**SMALL, online=True, replication=0.3).fit(sequences, y)
    stream = model.stream()
    for values in sequences[4]:
        chances = stream.feed_proba(values)
    whole = model.predict_proba(sequences[4:5])
    for one, other in zip(chances, whole, strict=True):
        assert np.allclose(one, other[0], atol=1e-6)
    assert model.stream().feed(sequences[4]).tolist() == model.predict(sequences[4:5])[0].tolist()


def test_scikit_learn_validates_and_searches_with_several_labels() -> None:
    sequences, y = both(24)
    # it sorts the labels of all outputs together
    y = y.astype(str)
    found = cross_val_score(Classifier(**SMALL), padded(sequences), y, cv=2, error_score="raise")
    half = Classifier(**SMALL).fit(sequences[12:], y[12:])
    assert found[0] == half.score(sequences[:12], y[:12])
    chances = cross_val_predict(
        Classifier(**SMALL), padded(sequences), y, cv=2, method="predict_proba"
    )
    for place, one in enumerate(chances):
        assert np.allclose(one[:12], half.predict_proba(sequences[:12])[place], atol=1e-6)
    grid = {"hidden_size": [2, 4]}
    search = GridSearchCV(Classifier(**SMALL), grid, cv=2, error_score="raise")
    assert search.fit(sequences, y).predict(sequences).shape == (24, 2)
    apart = MultiOutputClassifier(Classifier(**SMALL)).fit(padded(sequences), y)
    assert apart.predict(padded(sequences)).shape == (24, 2)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([["a", 1], ["b", 1]], "target 2 of 2: expected at least 2 labels, got only"),
        (np.array([["a", "c"], ["b", None]], object), "target 2 of 2: .* got none for sequence 1"),
        (np.array([["a", "c"], [1, "d"]], object), "target 1 of 2: expected labels that are all"),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Classifier(**SMALL).fit([[1.0], [2.0]], y)


def test_other_labels_than_those_learnt_are_refused(fitted: Classifier) -> None:
    sequences, y = both(24)
    with pytest.raises(DataError, match=r"expected 2 labels for each sequence .* got 1"):
        fitted.evaluate(sequences, y[:, 0])
    with pytest.raises(DataError, match="expected labels among 0, 1, 2, got 3"):
        fitted.evaluate(sequences[:1], np.array([["fast", 3]], object))
    with pytest.raises(SettingsError, match="expected labels among 0, 1, 2, got fast"):
        Classifier(**SMALL, class_weight={"fast": 2.0}).fit(sequences, y)
