"""The classifier: what it learns from, what it answers, what changes nothing."""

import signal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.model_selection import cross_val_score
from waves import SMALL, long_table, padded, waves

import lstmkit
from lstmkit.data.sequences import to_sequences
from lstmkit.errors import DataError, ModelFileError, SettingsError
from lstmkit.tasks import Classifier


@pytest.fixture(scope="module")
def fitted() -> Classifier:
    return Classifier(**SMALL).fit(*waves(missing=0.1))


def test_it_learns_what_can_be_learnt() -> None:
    sequences, labels = waves(160)
    model = Classifier(hidden_size=16, epochs=20, device="cpu").fit(sequences[:120], labels[:120])
    assert model.score(sequences[120:], labels[120:]) >= 0.8
    scores = model.evaluate(sequences[120:], labels[120:])["overall"]
    assert scores["lstmkit"]["log_loss"] < scores["most frequent"]["log_loss"]
    assert model.temperature_ != 1.0


def test_every_form_of_the_same_data_gives_the_same_bits(tmp_path: Path) -> None:
    sequences, labels = waves(missing=0.1)
    table = long_table(sequences, labels)
    table.write_csv(tmp_path / "long.csv")
    columns = {"series": "id", "target": "kind", "values": ["a", "b"]}
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=1)
    expected = Classifier(**SMALL).fit(sequences, labels).predict_proba(sequences)
    forms: list[tuple[Any, dict[str, Any]]] = [
        (padded(sequences), {"y": labels}),
        (torch.tensor(padded(sequences)), {"y": labels.tolist()}),
        ([torch.tensor(one) for one in sequences], {"y": pl.Series(labels)}),
        (to_sequences(sequences), {"y": labels}),
        (table, columns),
        (table.to_pandas(), columns),
        (table.to_arrow(), columns),
        (tmp_path / "long.csv", columns),
    ]
    for data, more in forms:
        found = Classifier(**SMALL).fit(data, **more).predict_proba(data)
        assert np.array_equal(found, expected), type(data)
    # rows of one sequence may lie apart, as long as they keep their order
    mixed = shuffled.sort("step", maintain_order=True)
    model = Classifier(**SMALL).fit(table, **columns)
    found = model.predict_proba(mixed)
    order = [int(name[1:]) for name in mixed["id"].unique(maintain_order=True)]
    assert np.allclose(found, model.predict_proba(table)[order], atol=1e-6)


def test_a_wide_table_is_its_rows() -> None:
    rows, labels = padded(waves(missing=0.1)[0])[..., 0], waves()[1]
    table = pl.DataFrame(rows, schema=[f"t{step}" for step in range(rows.shape[1])])
    framed = table.to_pandas().rename_axis("patient")
    expected = Classifier(**SMALL).fit(rows, labels).predict_proba(rows)
    for data in (table, table.fill_nan(None).to_arrow(), framed):
        found = Classifier(**SMALL).fit(data, labels).predict_proba(data)
        assert np.array_equal(found, expected), type(data)
    assert len(cross_val_score(Classifier(**SMALL), framed, labels, cv=2)) == 2
    with pytest.raises(DataError, match=r"got String in column 'id'\. For a long table name its"):
        Classifier(**SMALL).fit(table.with_columns(id=pl.lit("a")), labels)


def test_padding_and_neighbours_never_change_an_answer(fitted: Classifier) -> None:
    sequences, _ = waves(missing=0.1, seed=1)
    together = fitted.predict_proba(padded(sequences))
    alone = np.concatenate([fitted.predict_proba([one]) for one in sequences])
    wider = np.pad(padded(sequences), ((0, 0), (0, 9), (0, 0)), constant_values=np.nan)
    assert np.allclose(together, alone, atol=1e-6)
    assert np.allclose(together, fitted.predict_proba(wider), atol=1e-6)
    backward = fitted.predict_proba(sequences[::-1])[::-1]
    assert np.allclose(together, backward, atol=1e-6)


def test_long_sequences_are_read_in_patches_and_padding_still_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    sequences = [rng.normal(size=(int(steps), 1)) for steps in rng.integers(250, 300, 8)]
    model = Classifier(**SMALL).fit(sequences, np.arange(8) % 2)
    assert model.chosen_.patch == 3
    alone = np.concatenate([model.predict_proba([one]) for one in sequences])
    assert np.allclose(model.predict_proba(sequences), alone, atol=1e-6)


def test_held_out_sequences_change_nothing_that_is_fitted() -> None:
    sequences, labels = waves(120)
    settings = {**SMALL, "epochs": 1, "validation": 0.25}
    model = Classifier(**settings).fit(sequences, labels)
    from lstmkit.tasks.sequence.holdout import holdout

    _, held = holdout(120, 0.25, seed=0, classes=labels)
    planted = [one.copy() for one in sequences]
    for place in held:
        planted[place] *= 1000.0
    other = Classifier(**settings).fit(planted, labels)
    seen = [sequences[place] for place in np.setdiff1d(np.arange(120), held)]
    assert len(held) == 30
    assert np.array_equal(model.outputs(to_sequences(seen)), other.outputs(to_sequences(seen)))
    assert other.prepared_.scaler.mean.tolist() == model.prepared_.scaler.mean.tolist()
    # and what is learnt from does change it
    planted[int(np.setdiff1d(np.arange(120), held)[0])] *= 1000.0
    third = Classifier(**settings).fit(planted, labels)
    assert not np.array_equal(model.outputs(to_sequences(seen)), third.outputs(to_sequences(seen)))


def test_groups_are_held_out_as_a_whole() -> None:
    from lstmkit.tasks.sequence.holdout import holdout

    groups = np.repeat(np.arange(10), 7)
    train, held = holdout(70, 0.3, seed=0, groups=groups)
    assert len(set(groups[held])) == 3
    assert not set(groups[train]) & set(groups[held])
    sequences, labels = waves(70)
    model = Classifier(**SMALL, validation=0.3).fit(sequences, labels, groups=groups)
    table = long_table(sequences, labels)
    table = table.join(
        pl.DataFrame({"id": [f"s{place}" for place in range(70)], "who": groups}), on="id"
    )
    columns = {"series": "id", "target": "kind", "values": ["a", "b"], "groups": "who"}
    again = Classifier(**SMALL, validation=0.3).fit(table, **columns)
    assert again.temperature_ == model.temperature_
    with pytest.raises(DataError, match="expected at least 2, got 1"):
        Classifier(**SMALL, validation=0.3).fit(sequences, labels, groups=np.zeros(70))


def test_missing_values_become_masks_and_times_since_last_seen() -> None:
    values = np.array([[1.0], [np.nan], [np.nan], [3.0]])
    model = Classifier(**SMALL).fit(
        to_sequences([values, values + 1], times=[[0.0, 2.0, 6.0, 8.0]] * 2), ["a", "b"]
    )
    inputs = model.prepared_.inputs(to_sequences([values], times=[[0.0, 2.0, 6.0, 8.0]]))[0]
    value, missing, since, gap = inputs.T
    assert value[0] == value[1] == value[2]
    assert missing.tolist() == [0.0, 1.0, 1.0, 0.0]
    # the median gap is 2
    assert np.expm1(since).round(6).tolist() == [0.0, 1.0, 3.0, 4.0]
    assert np.expm1(gap).round(6).tolist() == [0.0, 1.0, 2.0, 1.0]


def test_times_and_static_numbers_are_heeded() -> None:
    sequences, labels = waves()
    times = [np.arange(len(one)) * 2.0 for one in sequences]
    static = np.arange(24.0)
    data = to_sequences(sequences, times=times, static=static)
    model = Classifier(**SMALL).fit(data, labels)
    slower = to_sequences(sequences, times=[one * 3 for one in times], static=static)
    others = to_sequences(sequences, times=times, static=static + 9)
    for changed in (slower, others):
        assert not np.array_equal(model.predict_proba(changed), model.predict_proba(data))
    later = to_sequences(sequences, times=[one + 1000 for one in times], static=static)
    assert np.allclose(model.predict_proba(later), model.predict_proba(data), atol=1e-6)
    with pytest.raises(DataError, match="the data learnt from had times of steps"):
        model.predict(sequences)
    with pytest.raises(DataError, match="expected 1 numbers for each sequence"):
        model.predict(to_sequences(sequences, times=times))


def test_class_weights_move_the_answers() -> None:
    sequences, _ = waves(40)
    labels = np.array(["rare"] * 4 + ["common"] * 36)
    settings = {**SMALL, "epochs": 4}
    plain = Classifier(**settings).fit(sequences, labels).predict_proba(sequences)[:, 1].mean()
    for weight in ("balanced", {"rare": 9.0}):
        heavy = Classifier(**settings, class_weight=weight).fit(sequences, labels)
        assert heavy.predict_proba(sequences)[:, 1].mean() > plain
    by_number = Classifier(**settings, class_weight={"1": 9.0}).fit(
        sequences, (labels == "rare").astype(int)
    )
    assert by_number.weights_.tolist() == [1.0, 9.0]


@pytest.mark.parametrize(
    "labels",
    [["a", "b"], [3, 7], [0.5, 1.5], [False, True]],
    ids=["text", "whole", "numbers", "booleans"],
)
def test_a_saved_classifier_gives_the_same_bits(labels: list[Any], tmp_path: Path) -> None:
    sequences, _ = waves(12, missing=0.1)
    y = np.array(labels * 6)
    model = Classifier(**SMALL, class_weight="balanced").fit(sequences, y)
    same = lstmkit.load(model.save(tmp_path / "model.safetensors"))
    assert isinstance(same, Classifier)
    assert np.array_equal(same.predict_proba(sequences), model.predict_proba(sequences))
    assert same.predict(sequences).dtype == model.predict(sequences).dtype == y.dtype
    assert same.evaluate(sequences, y) == model.evaluate(sequences, y)
    assert same.history_ == model.history_
    assert same.num_parameters_ == model.num_parameters_


def test_a_model_of_a_table_reads_the_same_columns(tmp_path: Path) -> None:
    sequences, labels = waves(12)
    table = long_table(sequences, labels).with_columns(note=pl.lit("x"), age=pl.lit(7.0))
    columns = {"series": "id", "target": "kind", "time": "step", "static": "age"}
    model = Classifier(**SMALL).fit(table, **columns)
    assert model.columns_ is not None
    assert model.columns_.values == ("a", "b")
    same = Classifier.load(model.save(tmp_path / "model.safetensors"))
    unlabelled = table.drop("kind").with_columns(other=pl.lit(1.0))
    assert np.array_equal(same.predict_proba(unlabelled), model.predict_proba(table))
    assert same.score(table) == model.score(table)
    with pytest.raises(DataError, match="expected target column 'kind'"):
        same.evaluate(unlabelled)
    with pytest.raises(DataError, match=r"expected values column 'a', got the columns"):
        same.predict(table.drop("a"))


def test_fit_repeats_itself_and_leaves_the_random_numbers_of_torch_alone() -> None:
    sequences, labels = waves()
    before = torch.random.get_rng_state()
    found = [Classifier(**SMALL).fit(sequences, labels).predict_proba(sequences) for _ in range(2)]
    assert torch.equal(torch.random.get_rng_state(), before)
    assert np.array_equal(*found)
    other = Classifier(**SMALL, seed=1).fit(sequences, labels)
    assert not np.array_equal(other.predict_proba(sequences), found[0])


def test_a_broken_off_run_resumes_to_the_same_bits(tmp_path: Path, monkeypatch) -> None:
    from lstmkit.train import Interrupted
    from lstmkit.train.session import Session

    sequences, labels = waves()
    settings = {**SMALL, "epochs": 4, "batch_size": 8}
    whole = Classifier(**settings).fit(sequences, labels).predict_proba(sequences)
    steps, backward = [], Session.backward

    def stopping(session, data, rows):
        steps.append(rows)
        if len(steps) == 7:
            signal.raise_signal(signal.SIGINT)
        return backward(session, data, rows)

    monkeypatch.setattr(Session, "backward", stopping)
    with pytest.raises(Interrupted):
        Classifier(**settings).fit(sequences, labels, folder=tmp_path)
    monkeypatch.undo()
    resumed = Classifier(**settings).fit(sequences, labels, folder=tmp_path, resume=True)
    assert np.array_equal(resumed.predict_proba(sequences), whole)


@pytest.mark.parametrize(
    "settings", [{"cell": "gru"}, {"cell": "slstm", "num_layers": 2}, {"cell": "elman"}]
)
def test_any_cell_classifies(settings: dict[str, Any], tmp_path: Path) -> None:
    sequences, labels = waves(8)
    model = Classifier(**SMALL, **settings).fit(sequences, labels)
    same = Classifier.load(model.save(tmp_path / "model.safetensors"))
    assert np.array_equal(same.predict_proba(sequences), model.predict_proba(sequences))


@pytest.mark.parametrize("steps", [1, 2])
def test_sequences_may_be_as_short_as_one_step(steps: int) -> None:
    values = np.arange(2.0 * steps).reshape(2, steps)
    model = Classifier(**SMALL, batch_size=1).fit(values, [0, 1])
    assert np.isfinite(model.predict_proba(values)).all()


# our own answers to wrong types, which the shape-type hook would give first
@pytest.mark.compile
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_size": 0}, "expected hidden_size as a whole number of at least 1, got 0"),
        ({"num_layers": None}, "expected num_layers as a whole number"),
        ({"dropout": 1.0}, r"expected dropout in \[0, 1\), got 1.0"),
        ({"replication": 0.5}, "replication needs outputs at every step"),
        ({"replication": 2, "online": True}, "expected replication from 0 to 1, got 2"),
        ({"class_weight": "even"}, "expected None, 'balanced' or weights by label, got 'even'"),
        ({"class_weight": {"quick": 2.0}}, "expected labels among fast, slow, got quick"),
        ({"validation": 1.0}, r"expected a share from 0 to below 1, got 1.0"),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Classifier(**{**SMALL, **settings}).fit(*waves(8))


@pytest.mark.parametrize(
    ("data", "y", "message"),
    [
        ([[1.0], [2.0]], None, "expected a target for each sequence, got none"),
        ([[1.0], [2.0]], ["a"], r"expected one row for each of the 2 sequences, got shape \(1,\)"),
        ([[1.0], [2.0]], ["a", "a"], "expected at least 2 labels, got only 'a'"),
        ([[1.0], [2.0]], ["a", None], r"got none for sequence 1 \(counted from 0\)"),
        ([], [], "expected sequences, got none"),
        ([[1.0], []], [0, 1], "expected at least 1 step in each sequence, got 0 in sequence 1"),
        ([[1.0], [np.inf]], [0, 1], "expected finite numbers, got inf in sequence 1, step 1"),
        ([["a"], ["b"]], [0, 1], "expected numbers, got list that holds something else"),
        ([np.zeros((2, 1)), np.zeros((2, 3))], [0, 1], "expected 1 channels in each sequence"),
        (np.zeros((2, 2, 2, 2)), [0, 1], r"expected an array \(sequence, time, channel\)"),
        ([np.zeros((2, 2, 2))], [0], r"expected an array \(time, channel\) or \(time,\)"),
        ({"a": [1.0]}, [0], "For a table name its columns: series=..., target=...."),
        ("sales.csv", None, "which column tells its sequences apart"),
        ("none.ts", None, r"none\.ts: cannot be read"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(data: Any, y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Classifier(**SMALL).fit(data, y)


def test_other_sequences_than_those_learnt_from_are_refused(fitted: Classifier) -> None:
    with pytest.raises(DataError, match="expected 2 channels as in the data learnt from, got 1"):
        fitted.predict([np.zeros(3)])
    with pytest.raises(DataError, match="expected labels among 'fast', 'slow', got 'medium'"):
        fitted.evaluate([np.zeros((3, 2))], ["medium"])
    with pytest.raises(SettingsError, match="not fitted yet"):
        Classifier().predict([np.zeros(3)])


def test_a_file_of_another_task_is_refused(fitted: Classifier, tmp_path: Path) -> None:
    path = fitted.save(tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match="holds 'classifier', expected a forecaster"):
        lstmkit.Forecaster.load(path)
