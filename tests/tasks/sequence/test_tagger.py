"""The tagger: a label for every step."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waves import SMALL, long_table, padded, waves

import lstmkit
from lstmkit.data import to_sequences
from lstmkit.errors import DataError, SettingsError
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
    places = model.places(model.checked(ragged(labels)))
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


@pytest.mark.slow
def test_smoothing_answers_segments() -> None:
    settings: dict[str, Any] = {**SMALL, "epochs": 40, "batch_size": 4, "dropout": 0.0}
    sequences, labels = segments(30)
    plain = Tagger(**settings).fit(sequences, labels)
    smooth = Tagger(**settings, smooth=True).fit(sequences, labels)
    held, truth = segments(20, seed=1)

    def changes(model: Tagger) -> int:
        return sum(int((np.diff(one) != 0).sum()) for one in model.predict(held))

    assert changes(smooth) < changes(plain)
    assert smooth.score(held, truth) >= plain.score(held, truth)


def test_the_likeliest_course_is_the_best_of_all() -> None:
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.ones(3), size=5)
    learnt = [rng.integers(-1, 3, 20) for _ in range(4)]
    follows = Transitions.fit(learnt, 3)
    assert np.allclose(follows.follow.sum(1), 1.0)

    def worth(course: tuple[int, ...]) -> float:
        seen = sum(np.log(chances[t, k] / follows.prior[k]) for t, k in enumerate(course))
        steps = itertools.pairwise(course)
        changed = sum(np.log(follows.follow[before, after]) for before, after in steps)
        return float(seen + np.log(follows.prior[course[0]]) + changed)

    courses = [tuple(int(k) for k in np.unravel_index(i, (3,) * 5)) for i in range(3**5)]
    assert tuple(follows.path(chances).tolist()) == max(courses, key=worth)


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


def test_smoothing_needs_the_whole_sequence(fitted: Tagger) -> None:
    with pytest.raises(SettingsError, match="smoothing needs whole sequences"):
        Tagger(online=True, smooth=True).fit([[1.0, 2.0]], [["a", "b"]])
    with pytest.raises(SettingsError, match=r"Train with Tagger\(online=True\)"):
        fitted.stream()
    with pytest.raises(DataError, match="got none at any step"):
        fitted.evaluate([np.zeros((2, 2))], [[None, None]])
