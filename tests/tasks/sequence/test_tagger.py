"""The tagger: a label for every step."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waves import SMALL, long_table, padded, waves

import lstmkit
from lstmkit.data import to_sequences
from lstmkit.errors import DataError, ModelFileError, SettingsError
from lstmkit.tasks import Tagger
from lstmkit.tasks.sequence.smoothing import Transitions
from lstmkit.tasks.sequence.step_labels import ragged


def signs(sequences: list[np.ndarray]) -> list[np.ndarray]:
    """Whether the second channel is above zero."""
    return [np.where(one[:, 1] > 0, "up", "down") for one in sequences]


def segments(number: int, seed: int = 0) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Noise around a level that changes every 20 steps."""
    rng = np.random.default_rng(seed)
    labels = [np.repeat(rng.integers(0, 2, 3), 20) for _ in range(number)]
    return [one[:, None] + rng.normal(0, 0.9, (60, 1)) for one in labels], labels


@pytest.fixture(scope="module")
def fitted() -> Tagger:
    sequences, _ = waves()
    return Tagger(**SMALL).fit(sequences, signs(sequences))


def test_it_learns_labels_of_steps_and_padding_changes_none() -> None:
    sequences, _ = waves(60)
    model = Tagger(hidden_size=8, epochs=60, device="cpu").fit(sequences, signs(sequences))
    held, _ = waves(20, seed=4)
    assert model.score(held, signs(held)) > 0.9
    together = model.predict_proba(padded(held))
    for one, chances in zip(held, together, strict=True):
        assert np.allclose(model.predict_proba([one])[0], chances, atol=1e-6)
        assert len(chances) == len(one)


def test_labels_of_numpy_are_labels(fitted: Tagger) -> None:
    sequences, _ = waves()
    labels = [list(one) for one in signs(sequences)]
    assert isinstance(labels[0][0], np.str_)
    assert Tagger(**SMALL).fit(sequences, labels).classes_.tolist() == fitted.classes_.tolist()


def test_every_form_of_labels_gives_the_same_bits(fitted: Tagger) -> None:
    sequences, _ = waves()
    labels = signs(sequences)
    expected = np.concatenate(fitted.predict_proba(sequences))
    longest = max(map(len, sequences))
    block = np.full((24, longest), None, dtype=object)
    for row, one in zip(block, labels, strict=True):
        row[: len(one)] = one
    table = long_table(sequences, ["x"] * 24).with_columns(kind=np.concatenate(labels))
    columns = {"series": "id", "target": "kind", "values": ("a", "b")}
    forms: list[tuple[Any, dict[str, Any]]] = [
        (padded(sequences), {"y": block}),
        (sequences, {"y": [one.tolist() for one in labels]}),
        (table, columns),
    ]
    for data, more in forms:
        found = Tagger(**SMALL).fit(data, **more).predict_proba(data)
        assert np.array_equal(np.concatenate(found), expected)


def test_steps_without_a_label_count_for_nothing() -> None:
    sequences, _ = waves(12)
    labels = [one.astype(object) for one in signs(sequences)]
    labels[3][:] = None
    labels[5][1] = None
    model = Tagger(**SMALL).fit(sequences, labels)
    [places] = model.places(model.checked(ragged(labels)))
    rows = model.rows(to_sequences(sequences), model.checked(ragged(labels)))
    batch = rows.batch(np.arange(12))
    before = model.network_.eval().loss(batch)
    batch["target"][3] = 1 - batch["target"][3]
    batch["target"][5, 1] = 1 - batch["target"][5, 1]
    assert model.network_.loss(batch) == before
    batch["target"][5, 0] = 1 - batch["target"][5, 0]
    assert model.network_.loss(batch) != before
    known = sum(int((one >= 0).sum()) for one in places)
    assert model.evaluate(sequences, labels)["steps"] == known


def test_a_saved_tagger_gives_the_same_bits(fitted: Tagger, tmp_path: Path) -> None:
    sequences, _ = waves()
    same = lstmkit.load(fitted.save(tmp_path / "model.safetensors"))
    assert isinstance(same, Tagger)
    for one, other in zip(
        same.predict_proba(sequences), fitted.predict_proba(sequences), strict=True
    ):
        assert np.array_equal(one, other)
    labels = signs(sequences)
    assert same.evaluate(sequences, labels) == fitted.evaluate(sequences, labels)


def test_a_stream_labels_each_step_as_it_comes(tmp_path: Path) -> None:
    sequences, _ = waves(missing=0.2)
    model = Tagger(**SMALL, online=True, num_layers=2).fit(sequences, signs(sequences))
    whole = model.predict_proba(sequences)[5]
    stream = model.stream()
    first = [stream.feed_proba(values)[0] for values in sequences[5][:3]]
    second = model.stream(path=stream.save(tmp_path / "stream.safetensors"))
    rest = second.feed_proba(sequences[5][3:])
    assert np.allclose(np.vstack([first, rest]), whole, atol=1e-6)
    labels = model.stream().feed(sequences[5])
    assert labels.tolist() == model.predict(sequences)[5].tolist()


def test_a_stream_smooths_as_the_whole_does(tmp_path: Path) -> None:
    sequences, labels = segments(12)
    settings = {**SMALL, "epochs": 10, "batch_size": 4, "learning_rate": 0.02}
    model = Tagger(**settings, online=True, smooth=True).fit(sequences, labels)
    whole, chances = model.predict(sequences)[5], model.predict_proba(sequences)[5]
    plain = model.classes_[chances.argmax(1)]
    assert not np.array_equal(whole, plain)
    first = model.stream()
    told = [first.feed(values) for values in sequences[5][:30]]
    # what is asked for chances or a table is seen all the same
    assert np.allclose(first.feed_proba(sequences[5][30:40]), chances[30:40], atol=1e-6)
    same = lstmkit.load(model.save(tmp_path / "model.safetensors"))
    second = same.stream(path=first.save(tmp_path / "stream.safetensors"))
    table = second.table(sequences[5][40:])
    assert table.columns == ["step", "label", "p_0", "p_1"]
    assert table["step"].to_list() == list(range(41, 61))
    assert np.array_equal(np.concatenate(told), whole[:30])
    assert np.array_equal(table["label"].to_numpy(), whole[40:])
    empty = model.stream().save(tmp_path / "empty.safetensors")
    assert np.array_equal(model.stream(path=empty).feed(sequences[5]), whole)


def test_a_stream_that_did_not_smooth_goes_on_by_none_that_does(tmp_path: Path) -> None:
    model = Tagger(**SMALL, online=True).fit(*segments(4))
    stream = model.stream()
    stream.feed([0.5])
    path = stream.save(tmp_path / "stream.safetensors")
    with pytest.raises(ModelFileError, match="expected a file of a tagger that smooths"):
        model.set_params(smooth=True).stream(path=path)


@pytest.mark.slow
@pytest.mark.parametrize("online", [False, True], ids=["whole", "online"])
def test_smoothing_answers_segments(online: bool) -> None:
    settings: dict[str, Any] = {**SMALL, "epochs": 40, "batch_size": 4, "dropout": 0.0}
    model = Tagger(**settings, online=online).fit(*segments(30))
    held, truth = segments(20, seed=1)

    def changes() -> int:
        return sum(int((np.diff(one) != 0).sum()) for one in model.predict(held))

    plain = changes(), model.score(held, truth)
    model.set_params(smooth=True)
    assert changes() < plain[0]
    # by the steps up to it alone, a change is told from flicker some steps late
    assert online or model.score(held, truth) >= plain[1]


@pytest.fixture(scope="module")
def follows() -> Transitions:
    rng = np.random.default_rng(0)
    return Transitions.fit([rng.integers(-1, 3, 20) for _ in range(4)], 3)


def worths(follows: Transitions, chances: np.ndarray) -> dict[tuple[int, ...], float]:
    """What every course of labels is worth: the logarithm of its likelihood."""

    def worth(course: tuple[int, ...]) -> float:
        seen = sum(np.log(chances[t, k] / follows.prior[k]) for t, k in enumerate(course))
        steps = itertools.pairwise(course)
        changed = sum(np.log(follows.follow[before, after]) for before, after in steps)
        return float(seen + np.log(follows.prior[course[0]]) + changed)

    return {one: worth(one) for one in itertools.product(range(3), repeat=len(chances))}


def test_the_likeliest_course_is_the_best_of_all(follows: Transitions) -> None:
    chances = np.random.default_rng(1).dirichlet(np.ones(3), size=5)
    assert np.allclose(follows.follow.sum(1), 1.0)
    worth = worths(follows, chances)
    assert tuple(follows.path(chances).tolist()) == max(worth, key=worth.__getitem__)


def test_beliefs_are_sums_over_all_courses_that_end_so(follows: Transitions) -> None:
    chances = np.random.default_rng(1).dirichlet(np.ones(3), size=5)
    found = follows.beliefs(chances)
    for step in range(5):
        ends = np.zeros(3)
        for course, worth in worths(follows, chances[: step + 1]).items():
            ends[course[-1]] += np.exp(worth)
        assert np.allclose(found[step], ends / ends.sum(), rtol=1e-9)
    first = follows.beliefs(chances[:2])
    assert np.array_equal(np.vstack([first, follows.beliefs(chances[2:], first[-1])]), found)
    # what the network rules out, and a sequence so long that its likelihood is below any number
    sure = np.eye(3)[np.arange(5000) % 3]
    assert np.allclose(follows.beliefs(sure).sum(1), 1.0)
    assert np.array_equal(follows.beliefs(sure).argmax(1), np.arange(5000) % 3)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "expected a target for each sequence, got none"),
        (["a", "b"], "expected a label for each of the 2 steps of sequence 0 .* got 'a'"),
        ([["a", "b"]], "expected labels for each of the 2 sequences, got 1"),
        ([["a"], ["b"]], "each of the 2 steps of sequence 0 .* got 1 labels"),
        ([["a", "a"], ["a"]], "expected at least 2 labels, got 'a'"),
        ([[None, None], [None]], "expected at least 2 labels, got none"),
        ([["a", 1], ["b"]], "all texts, all numbers or all booleans, got int, str"),
    ],
)
def test_labels_that_do_not_fit_are_refused(y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Tagger(**SMALL).fit([[1.0, 2.0], [3.0]], y)


def test_what_a_tagger_cannot_do_is_refused(fitted: Tagger) -> None:
    with pytest.raises(SettingsError, match=r"Train with Tagger\(online=True\)"):
        fitted.stream()
    with pytest.raises(DataError, match="got none at any step"):
        fitted.evaluate([np.zeros((2, 2))], [[None, None]])
