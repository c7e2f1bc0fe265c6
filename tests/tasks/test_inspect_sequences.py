"""Tasks on sequences seen from inside."""

import numpy as np
import polars as pl
import pytest
import torch

from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks import Classifier, Detector, Regressor, Tagger, inspect_sequences
from lstmkit.tasks.sequence.sequence_task import SequenceTask

SMALL = {"hidden_size": 3, "epochs": 1, "device": "cpu"}
LENGTHS = (7, 5, 9, 6, 8, 5, 9, 6)
RANDOM = np.random.default_rng(0)
X = [RANDOM.normal(size=(steps, 2)) for steps in LENGTHS]
KINDS = np.array(["a", "b"] * 4)
TAGS = [np.where(one[:, 0] > 0, "up", "down") for one in X]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(online=True, **SMALL).fit(X, TAGS)


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return pl.concat(
        pl.DataFrame(
            {"id": f"s{place}", "word": [f"w{step}" for step in range(len(one))], "a": one[:, 0]}
        ).with_columns(b=pl.Series(one[:, 1]), tag=pl.Series(TAGS[place]))
        for place, one in enumerate(X)
    )


@pytest.fixture(scope="module")
def of_table(table: pl.DataFrame) -> Tagger:
    return Tagger(**SMALL).fit(table, series="id", target="tag", values=["a", "b"])


def last_output(task: SequenceTask, x: torch.Tensor) -> torch.Tensor:
    """What the network of a tagger gives at the last step of one sequence."""
    batch = {"steps": x[None], "lengths": torch.tensor([len(x)]), "static": torch.zeros(1, 0)}
    return task.network_.running(batch)[0][0, -1]


def test_memory_and_gradient_of_a_tagger_are_those_of_its_last_step(tagger: Tagger) -> None:
    found = inspect_sequences(tagger, X[:1], TAGS[:1])
    x = torch.tensor(tagger.prepared_.inputs(tagger.read(X[:1], labelled=False).sequences)[0])
    x = x.float()
    [span], [flow], [section] = found.spans, found.flows, found.sections
    jacobian = torch.autograd.functional.jacobian(lambda x: last_output(tagger, x), x)
    expected = jacobian.square().sum((0, 2)).sqrt().flip(0).numpy()
    np.testing.assert_allclose(span.gradient, expected, rtol=1e-4)
    _, _, [trace] = tagger.network_.lstm(x[None], trace=True)
    torch.testing.assert_close(section.trace.values["f"], trace["f"].detach())
    # the loss reads the output of the last step through the head
    logits = last_output(tagger, x).detach().requires_grad_()
    place = torch.tensor([list(tagger.classes_).index(TAGS[0][-1])])
    torch.nn.functional.cross_entropy(logits[None], place).backward()
    d_h = (tagger.network_.head.weight.detach().T @ logits.grad).norm()
    assert flow.norms["h"][0] == pytest.approx(float(d_h), rel=1e-5)


def test_labels_stand_along_the_axis_with_the_channels(tagger: Tagger) -> None:
    [section] = inspect_sequences(tagger, X, TAGS, number=3, show="2").sections
    assert section.axis.labels == [f"{step + 1} {tag}" for step, tag in enumerate(TAGS[2])]
    np.testing.assert_allclose(section.axis.series["channel_1"], X[2][:, 1])
    # the first, one in the middle and the last, the first of which made room
    assert section.trace.lengths.tolist() == [9, 8, 6]
    assert section.steps == 9


@pytest.mark.parametrize("kind", [Classifier, Regressor])
def test_without_the_truth_the_outputs_are_followed(kind: type) -> None:
    target = KINDS if kind is Classifier else np.arange(8.0)
    task = kind(**SMALL).fit(X, target)
    told, blind = inspect_sequences(task, X, target), inspect_sequences(task, X)
    assert [s.trace.name for s in told.sections] == ["lstm layer 1", "lstm layer 1 reverse"]
    assert not np.allclose(told.flows[0].norms["c"], blind.flows[0].norms["c"])
    np.testing.assert_allclose(told.spans[0].gradient, blind.spans[0].gradient)
    assert blind.title == f"Inside a {task.kind}: sequence 0"


def test_all_labels_of_a_step_stand_along_the_axis() -> None:
    tags = [[(tag, step % 2) for step, tag in enumerate(one.tolist())] for one in TAGS]
    model = Tagger(online=True, **SMALL).fit(X, tags)
    [section] = inspect_sequences(model, X, tags, number=3, show="2").sections
    assert section.axis.labels == [
        f"{step + 1} {tag} {step % 2}" for step, tag in enumerate(TAGS[2])
    ]


def test_looking_changes_no_answer(tagger: Tagger) -> None:
    before = tagger.predict(X)
    inspect_sequences(tagger, X, TAGS)
    for one, other in zip(before, tagger.predict(X), strict=True):
        assert (one == other).all()


def test_patches_are_steps_of_the_lstm() -> None:
    long = [np.arange(300.0) + one for one in range(6)]
    task = Classifier(**SMALL).fit(long, np.array(["a", "b"] * 3))
    assert task.chosen_.patch == 3
    section = inspect_sequences(task, long).sections[0]
    assert section.steps == 100
    assert section.axis.labels[:2] == ["3", "6"]
    np.testing.assert_allclose(section.axis.series["channel_0"], np.arange(2.0, 300, 3))


def test_a_column_of_a_table_is_the_text_along_the_axis(
    of_table: Tagger, table: pl.DataFrame
) -> None:
    found = inspect_sequences(of_table, table, show="s1", text="word")
    assert found.title == "Inside a tagger of tag: sequence s1"
    assert found.sections[0].axis.text
    assert found.sections[0].axis.labels == ["w0", "w1", "w2", "w3", "w4"]
    # a table without the truth has no labels to tell, and may have a text all the same
    unknown = inspect_sequences(of_table, table.drop("tag"), show="s1")
    assert unknown.sections[0].axis.labels == ["1", "2", "3", "4", "5"]
    tokens = [np.array(["t"] * steps) for steps in LENGTHS]
    assert inspect_sequences(of_table, table, text=tokens).sections[0].axis.labels == ["t"] * 7


@pytest.mark.parametrize("method", ["forecast", "reconstruction", "both"])
def test_each_part_of_a_detector_is_looked_into(method: str) -> None:
    series = [np.sin(np.arange(steps) / 3) for steps in (80, 120)]
    task = Detector(method=method, window=8, **SMALL).fit(series)
    found = inspect_sequences(task, series, show="0")
    wanted = {"forecast": ["forecast"], "reconstruction": ["encoder"]}
    names = wanted.get(method, ["forecast", "encoder"])
    assert [section.trace.name for section in found.sections] == [f"{one} layer 1" for one in names]
    assert [span.name for span in found.spans] == names
    for section in found.sections:
        # the forecast needs a step to be right or wrong about
        end = 80 if section.trace.path == "encoder" else 79
        assert section.axis.labels[-1] == str(end)
        np.testing.assert_allclose(
            section.axis.series["channel_0"], series[0][end - section.steps : end]
        )
    assert all(np.isfinite(flow.norms["c"]).all() and flow.norms["c"].any() for flow in found.flows)


def test_a_detector_is_looked_into_by_the_errors_that_it_judges() -> None:
    series = [np.stack([np.sin(np.arange(80) / 3), np.cos(np.arange(80) / 2)], axis=1)]
    task = Detector(method="both", window=8, judged="channel_0", **SMALL).fit(series)
    judged = inspect_sequences(task, series).flows
    # the same network by the errors of both channels
    every = inspect_sequences(task.set_params(judged=None), series).flows
    assert len(judged) == len(every) == 2
    for mine, others in zip(judged, every, strict=True):
        assert mine.norms["c"].any()
        assert not np.allclose(mine.norms["c"], others.norms["c"], rtol=0.01)


def test_what_cannot_be_inspected_is_refused(tagger: Tagger) -> None:
    with pytest.raises(SettingsError, match="not fitted"):
        inspect_sequences(Tagger(), X)
    with pytest.raises(SettingsError, match="number"):
        inspect_sequences(tagger, X, number=0)
    with pytest.raises(DataError, match="name of a sequence, got '9'"):
        inspect_sequences(tagger, X, show="9")
    with pytest.raises(DataError, match=r"a token for each step .* got \[1, 1, 1\] ... for"):
        inspect_sequences(tagger, X, text=["t"] * len(X))
    with pytest.raises(DataError, match="expected a table for its column of text 'word'"):
        inspect_sequences(tagger, X, text="word")


def test_what_a_detector_cannot_show_is_refused() -> None:
    series = [np.sin(np.arange(90) / 3), np.ones(4)]
    task = Detector(method="reconstruction", window=8, **SMALL).fit(series)
    for wrong in ({"data": series, "show": "1"}, {"data": series[1:]}):
        with pytest.raises(DataError, match="longer than 8 steps, got 4"):
            inspect_sequences(task, **wrong)
    with pytest.raises(DataError, match="name of a series, got 'a'"):
        inspect_sequences(task, series, show="a")
    with pytest.raises(SettingsError, match="Leave text out"):
        inspect_sequences(task, series, text="word")
