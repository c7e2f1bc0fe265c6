"""A tagger of several outputs: labels of several columns at every step, by one network."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from waves import SMALL, long_table, padded, waves

import lstmkit
from lstmkit.errors import DataError, ModelFileError, SettingsError
from lstmkit.tasks import Tagger
from lstmkit.tasks.sequence.holdout import holdout
from lstmkit.tasks.sequence.temperature import temperature
from lstmkit.train import read_file

TARGETS = ["state", "third"]
COLUMNS: dict[str, Any] = {"series": "id", "target": TARGETS, "values": ("a", "b")}


def both(number: int = 24, seed: int = 0) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Waves with two labels at each step, of which one, the other or both may be missing."""
    sequences, _ = waves(number, seed)
    labels = []
    for one in sequences:
        state = np.where(one[:, 1] > 0, "up", "down").astype(object)
        third = np.digitize(one[:, 0], [-0.5, 0.5]).astype(object)
        state[::4], third[1::3] = None, None
        labels.append(np.stack([state, third], axis=1))
    return sequences, labels


def in_table(number: int = 24) -> pl.DataFrame:
    sequences, y = both(number)
    columns = np.concatenate(y).T
    named = [pl.Series(name, one.tolist()) for name, one in zip(TARGETS, columns, strict=True)]
    return long_table(sequences, ["x"] * number).with_columns(named)


@pytest.fixture(scope="module")
def fitted() -> Tagger:
    return Tagger(**SMALL, class_weight="balanced").fit(*both())


@pytest.fixture(scope="module")
def followed() -> Tagger:
    return Tagger(**SMALL, online=True, smooth=True).fit(in_table(), **COLUMNS)


@pytest.mark.slow
def test_one_network_learns_several_labels_of_a_step() -> None:
    model = Tagger(hidden_size=16, epochs=60, dropout=0.1, device="cpu").fit(*both(60))
    for one in model.evaluate(*both(20, seed=4))["by_target"].values():
        own, always = one["overall"]["lstmkit"], one["overall"]["most frequent"]
        assert own["accuracy"] > always["accuracy"] + 0.3


def test_each_output_answers_with_labels_of_its_own(fitted: Tagger) -> None:
    sequences, y = both()
    assert [one.tolist() for one in fitted.classes_] == [["down", "up"], [0, 1, 2]]
    assert fitted.temperature_ == [1.0, 1.0]
    answered, chances = fitted.predict(sequences), fitted.predict_proba(sequences)
    assert [one.shape for one in answered] == [one.shape for one in y]
    told, truth = np.concatenate(answered), np.concatenate(y)
    for place, each in enumerate(chances):
        assert [len(one) for one in each] == [len(one) for one in y]
        likely = np.concatenate(each)
        assert np.allclose(likely.sum(1), 1.0)
        assert (fitted.classes_[place][likely.argmax(1)] == told[:, place]).all()
    known = np.not_equal(truth, None)
    right = [(told == truth)[known[:, place], place].mean() for place in range(2)]
    found = fitted.evaluate(sequences, y)
    by_target = found["by_target"].values()
    assert [one["overall"]["lstmkit"]["accuracy"] for one in by_target] == right
    assert [one["steps"] for one in by_target] == known.sum(0).tolist()
    assert [np.array(one["confusion"]).sum() for one in by_target] == known.sum(0).tolist()
    assert (found["sequences"], found["steps"]) == (24, known.any(1).sum())
    assert found["overall"]["lstmkit"]["accuracy"] == pytest.approx(np.mean(right))
    assert fitted.score(sequences, y) == pytest.approx(np.mean(right))


def test_the_loss_is_the_mean_over_the_known_labels_of_all_outputs(fitted: Tagger) -> None:
    sequences, y = both()
    given = fitted.read(sequences, y, labelled=True)
    batch = fitted.rows(given.sequences, fitted.checked(given.labels())).batch(np.arange(24))
    network = fitted.network_.eval()
    logits = network(batch).detach()
    parts = [logits[:, :2].log_softmax(1), logits[:, 2:].log_softmax(1)]
    missed = weight = 0.0
    for row, labels in enumerate(np.concatenate(y)):
        for place, label in enumerate(labels):
            if label is not None:
                which = fitted.classes_[place].tolist().index(label)
                missed -= float(parts[place][row, which]) * fitted.weights_[place][which]
                weight += fitted.weights_[place][which]
    assert network.loss(batch).item() == pytest.approx(missed / weight, rel=1e-5)
    assert fitted.counts(batch).item() == pytest.approx(weight, rel=1e-5)


def test_one_column_of_labels_is_one_label(tmp_path: Path) -> None:
    sequences, y = both()
    model = Tagger(**SMALL).fit(sequences, [one[:, 0] for one in y])
    column = Tagger(**SMALL).fit(sequences, [one[:, :1] for one in y])
    for one, other in zip(
        column.predict_proba(sequences), model.predict_proba(sequences), strict=True
    ):
        assert np.array_equal(one, other)
    assert [one.shape for one in column.predict(sequences)] == [(len(one),) for one in y]
    # files of before several labels are of this form
    _, metadata = read_file(column.save(tmp_path / "model.safetensors"))
    assert set(metadata["learnt"]) == {"classes", "weights", "temperature", "transitions"}
    with pytest.raises(DataError, match=r"expected 1 label for each step .* got 2"):
        model.evaluate(sequences, y)


def test_every_form_of_labels_gives_the_same_bits(fitted: Tagger) -> None:
    sequences, y = both()
    expected = fitted.predict_proba(sequences)
    block = np.full((24, max(map(len, y)), 2), None, dtype=object)
    for row, one in zip(block, y, strict=True):
        row[: len(one)] = one
    forms: list[tuple[Any, dict[str, Any]]] = [
        (padded(sequences), {"y": block}),
        (sequences, {"y": [[tuple(step) for step in one] for one in y]}),
        (in_table(), COLUMNS),
    ]
    for data, more in forms:
        model = Tagger(**SMALL, class_weight="balanced").fit(data, **more)
        for one, other in zip(model.predict_proba(data), expected, strict=True):
            assert np.array_equal(np.concatenate(one), np.concatenate(other))


def test_a_file_holds_labels_and_transitions_of_each_output(fitted: Tagger, tmp_path: Path) -> None:
    sequences, y = both()
    same = lstmkit.load(fitted.save(tmp_path / "model.safetensors"))
    assert isinstance(same, Tagger)
    assert [one.dtype.kind for one in same.classes_] == ["U", "i"]
    assert same.evaluate(sequences, y) == fitted.evaluate(sequences, y)
    same.set_params(smooth=True)
    told, plain = np.concatenate(same.predict(sequences)), fitted.predict(sequences)
    for place, (follows, chances) in enumerate(
        zip(fitted.transitions_, fitted.predict_proba(sequences), strict=True)
    ):
        places = np.concatenate([follows.path(one) for one in chances])
        assert fitted.classes_[place][places].tolist() == told[:, place].tolist()
    assert not np.array_equal(told, np.concatenate(plain))


def test_held_out_sequences_set_each_temperature() -> None:
    sequences, y = both()
    model = Tagger(**{**SMALL, "epochs": 6}, validation=0.5).fit(sequences, y)
    held = model.read(sequences, y, labelled=True).take(holdout(24, 0.5, seed=0)[1])
    outputs, expected = model.outputs(held.sequences), []
    for logits, each in zip(
        (outputs[:, :2], outputs[:, 2:]), model.places(model.checked(held.labels())), strict=True
    ):
        places = np.concatenate(each)
        expected.append(temperature(logits[places >= 0], places[places >= 0]))
    assert model.temperature_ == expected
    assert expected[0] != expected[1]


def test_a_table_of_answers_tells_every_output(followed: Tagger) -> None:
    table = in_table()
    given = followed.read(table, labelled=True)
    told = followed.table(given, followed.outputs(given.sequences))
    assert told.columns == [
        *("sequence", "step", "state_truth", "state", "p_state_down", "p_state_up"),
        *("third_truth", "third", "p_third_0", "p_third_1", "p_third_2"),
    ]
    assert followed.about() == {"labels of state": ["down", "up"], "labels of third": list("012")}
    parts = zip(TARGETS, followed.transitions_, followed.predict_proba(table), strict=True)
    for place, (name, follows, chances) in enumerate(parts):
        assert told[f"{name}_truth"].equals(table[name])
        assert told[name].dtype == table[name].dtype
        # online, by the steps up to each
        places = np.concatenate([follows.beliefs(one).argmax(1) for one in chances])
        assert told[name].to_list() == followed.classes_[place][places].tolist()


def test_a_stream_smooths_every_output(followed: Tagger, tmp_path: Path) -> None:
    sequences, y = both()
    place = int(np.argmax([len(one) for one in sequences]))
    sequence, table = sequences[place], in_table()
    whole = followed.predict(table)[place]
    first = followed.stream()
    told = [first.feed(values) for values in sequence[:3]]
    assert np.concatenate(told).tolist() == whole[:3].tolist()
    for one, other in zip(
        first.feed_proba(sequence[3:5]), followed.predict_proba(table), strict=True
    ):
        assert np.allclose(one, other[place][3:5], atol=1e-6)
    path = first.save(tmp_path / "stream.safetensors")
    rest = followed.stream(path=path).table(sequence[5:])
    assert rest.columns[:5] == ["step", "state", "p_state_down", "p_state_up", "third"]
    assert [list(row) for row in rest.select(TARGETS).iter_rows()] == whole[5:].tolist()
    alone = Tagger(**SMALL, online=True, smooth=True).fit(sequences, [one[:, 0] for one in y])
    with pytest.raises(ModelFileError, match="but of another model"):
        alone.stream(path=path)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[("a", 1), ("a", 2)], [("a", 1)]], "Tagger, target 1 of 2: expected at least 2 labels"),
        ([[("a", 1), (2, 1)], [("b", 2)]], "Tagger, target 1 of 2: .* all texts, all numbers"),
        ([[("a", 1), ("b", 1)], [("b",)]], "as many labels at every step .* got 1, 2"),
        ([[("a", 1), None], [("b", 1)]], "got 1, 2. Give None for each label that is missing"),
        ([[(), ()], [()]], "as there are outputs, got 0"),
    ],
)
def test_labels_that_do_not_fit_are_refused(y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Tagger(**SMALL).fit([[1.0, 2.0], [3.0]], y)


def test_other_labels_than_those_learnt_are_refused(fitted: Tagger) -> None:
    sequences, y = both()
    with pytest.raises(DataError, match=r"expected 2 labels for each step .* got 1"):
        fitted.evaluate(sequences, [one[:, 0] for one in y])
    unknown = [one.copy() for one in y]
    for one in unknown:
        one[:, 1] = None
    with pytest.raises(DataError, match=r"Tagger, target 2 of 2: .* got none at any step"):
        fitted.evaluate(sequences, unknown)
    with pytest.raises(SettingsError, match="expected labels among 0, 1, 2, got up"):
        Tagger(**SMALL, class_weight={"up": 2.0}).fit(sequences, y)
    with pytest.raises(SettingsError, match=r"own, got 'state', 'step', .* two columns 'step'"):
        Tagger(**SMALL).fit(in_table(), **{**COLUMNS, "target": ["state", "step"]})
