"""A sequence followed step by step gives what the whole gives."""

from pathlib import Path

import numpy as np
import pytest
import torch
from waves import SMALL, waves

from lstmkit.data import to_sequences
from lstmkit.errors import DataError, ModelFileError, SettingsError
from lstmkit.tasks import Classifier, Detector, Regressor, Tagger

ONLINE = {**SMALL, "online": True}


@pytest.fixture(scope="module")
def fitted() -> Classifier:
    return Classifier(**ONLINE, replication=0.5, num_layers=2).fit(*waves(missing=0.2))


def test_what_is_fed_step_by_step_is_what_predict_sees(fitted: Classifier) -> None:
    sequence = max(waves(missing=0.2, seed=1)[0], key=len)
    stream = fitted.stream()
    for step, values in enumerate(sequence, 1):
        found = stream.feed_proba(values)
        whole = fitted.predict_proba([sequence[:step]])[0]
        assert np.allclose(found, whole, atol=1e-6)
    assert stream.steps == len(sequence)
    pieces = fitted.stream()
    pieces.feed(sequence[:2])
    assert pieces.feed(sequence[2:]) == fitted.predict([sequence])[0]


def test_a_stream_goes_on_from_its_file(fitted: Classifier, tmp_path: Path) -> None:
    sequence = max(waves(missing=0.2, seed=1)[0], key=len)
    first = fitted.stream()
    empty = first.save(tmp_path / "empty.safetensors")
    first.feed(sequence[:3])
    kept = first.save(tmp_path / "stream.safetensors")
    second = Classifier.load(fitted.save(tmp_path / "model.safetensors")).stream(path=kept)
    assert second.steps == 3
    assert np.array_equal(second.feed_proba(sequence[3:]), first.feed_proba(sequence[3:]))
    fresh = fitted.stream(path=empty).feed_proba(sequence)
    assert np.array_equal(fresh, fitted.stream().feed_proba(sequence))
    with pytest.raises(ModelFileError, match="holds 'classifier', expected a stream"):
        fitted.stream(path=tmp_path / "model.safetensors")


@pytest.mark.parametrize("kind", [Classifier, Regressor, Tagger, Detector])
def test_a_stream_goes_on_by_its_own_model_alone(kind: type, tmp_path: Path) -> None:
    sequences, labels = waves(24)
    steps = [["a" if value > 0 else "b" for value in one[:, 0]] for one in sequences]
    numbers = np.arange(24.0)
    told = {Classifier: labels, Regressor: numbers, Tagger: steps, Detector: None}
    settings = {"hidden_size": 4, "epochs": 1, "device": "cpu"}
    settings |= {} if kind is Detector else {"online": True}
    data = [np.concatenate(sequences)] if kind is Detector else sequences
    model, again = (kind(**settings, seed=seed).fit(data, told[kind]) for seed in (0, 1))
    kept = model.stream()
    kept.feed(data[0][:4])
    path = kept.save(tmp_path / "state")
    loaded = kind.load(model.save(tmp_path / "model.safetensors"))
    assert loaded.stream(path=path).steps == 4
    with pytest.raises(ModelFileError, match=r"not written by a stream of this .* begin anew"):
        again.stream(path=path)


def test_a_stream_goes_on_by_its_own_task_alone(fitted: Classifier, tmp_path: Path) -> None:
    stream = fitted.stream()
    stream.feed(waves(1)[0][0])
    path = stream.save(tmp_path / "state")
    sequences = waves(missing=0.2)[0]
    other = Regressor(**ONLINE, num_layers=2).fit(sequences, np.arange(float(len(sequences))))
    with pytest.raises(ModelFileError, match="was not written by a stream of this regressor"):
        other.stream(path=path)


def test_times_and_static_numbers_come_along() -> None:
    sequences, labels = waves(8)
    rng = np.random.default_rng(0)
    times = [np.cumsum(rng.exponential(size=len(one))) for one in sequences]
    data = to_sequences(sequences, times=times, static=np.arange(8.0))
    model = Classifier(**ONLINE).fit(data, labels)
    stream = model.stream(static=[5.0])
    for values, when in zip(sequences[5], times[5], strict=True):
        found = stream.feed_proba(values, when)
    assert np.allclose(found, model.predict_proba(data)[5], atol=1e-6)
    with pytest.raises(DataError, match="expected 1 static numbers"):
        model.stream()
    with pytest.raises(DataError, match="expected times of the steps as in the data learnt from"):
        model.stream(static=[5.0]).feed(sequences[5])
    with pytest.raises(
        DataError, match=r"times that do not fall, got \d+\.\d+ after \d+\.\d+\. Give"
    ):
        stream.feed(sequences[5][0], times[5][-1] - 1)
    with pytest.raises(DataError, match=r"got 6.5 after 7.25"):
        model.stream(static=[5.0]).feed(sequences[5][:3], [7, 7.25, 6.5])
    with pytest.raises(DataError, match="expected a finite time for each step, 1 in all, got"):
        stream.feed(sequences[5][0], [1e6, 2e6])
    with pytest.raises(DataError, match="expected times as numbers, got 'noon'"):
        stream.feed(sequences[5][0], "noon")
    with pytest.raises(DataError, match="expected static numbers as numbers"):
        model.stream(static=["old"])


def test_later_steps_never_change_an_earlier_answer(fitted: Classifier) -> None:
    batch = fitted.rows(to_sequences(waves()[0][:4]), None).batch(np.arange(4))
    network = fitted.network_.eval()
    before = network.running(batch)[0]
    changed = batch | {"steps": batch["steps"].clone()}
    changed["steps"][:, 2:] += 5.0
    after = network.running(changed)[0]
    assert torch.equal(before[:, :2], after[:, :2])
    assert not torch.equal(before[:, 2:], after[:, 2:])
    last = batch["lengths"] - 1
    assert torch.allclose(before[torch.arange(4), last], network(batch), atol=1e-6)


def test_replication_weighs_the_answers_on_the_way() -> None:
    sequences, labels = waves(8)
    model = Classifier(**ONLINE, replication=0.25, dropout=0.0).fit(sequences, labels)
    batch = model.rows(to_sequences(sequences), labels).batch(np.arange(8))
    network = model.network_.eval()
    outputs = network.running(batch)[0].log_softmax(-1)
    losses = [
        -outputs[row, :steps, kind]
        for row, (steps, kind) in enumerate(
            zip(batch["lengths"].tolist(), batch["target"].tolist(), strict=True)
        )
    ]
    last = torch.stack([one[-1] for one in losses]).mean()
    expected = 0.75 * last + 0.25 * torch.cat(losses).mean()
    assert torch.allclose(network.loss(batch), expected, atol=1e-6)


def test_what_cannot_be_fed_is_refused(fitted: Classifier) -> None:
    with pytest.raises(DataError, match=r"expected steps \(time, 2\) or one step \(2,\)"):
        fitted.stream().feed([1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="expected no times as in the data learnt from"):
        fitted.stream().feed([1.0, 2.0], 0.0)
    with pytest.raises(DataError, match=r"expected steps as numbers, got \['a', 'b'\]"):
        fitted.stream().feed(["a", "b"])
    with pytest.raises(DataError, match="expected finite numbers, got inf in channel 'channel_1'"):
        fitted.stream().feed([1.0, np.inf])
    with pytest.raises(SettingsError, match=r"Train with Classifier\(online=True\)"):
        Classifier(**SMALL).fit(*waves(8)).stream()
