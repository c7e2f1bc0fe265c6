"""The detector: what it finds, in which channel, and all the ways of asking it."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from rhythms import LEARNT, QUICK, broken, rhythm

import lstmkit
from lstmkit.data import to_sequences
from lstmkit.errors import DataError, ModelFileError, SettingsError
from lstmkit.tasks import Detector

METHODS = ("forecast", "reconstruction", "both")


@pytest.fixture(scope="module")
def fitted() -> dict[str, Detector]:
    return {
        method: Detector(**LEARNT, method=method, window=4).fit([rhythm(500)]) for method in METHODS
    }


@pytest.mark.parametrize("method", METHODS)
def test_anomalies_are_found_in_their_channel(fitted: dict[str, Detector], method: str) -> None:
    values, anomalous = broken(400, seed=1)
    found = fitted[method].detect([values])[0]
    spike, shaking = np.flatnonzero(anomalous)[[0, 5]]
    assert found.cause[spike] == "channel_1"
    assert found.blame[shaking].argmax() == 0
    scores = fitted[method].evaluate([values], [anomalous])["overall"]["lstmkit"]
    assert scores["auroc"] > 0.7
    assert found.alarm[anomalous == 0].mean() < 0.08


def test_every_step_is_answered_by_those_before_it(fitted: dict[str, Detector]) -> None:
    values, _ = broken(120)
    for model in fitted.values():
        whole = model.detect([values])[0]
        part = model.detect([values[:70]])[0]
        assert np.allclose(part.score, whole.score[:70], atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_a_stream_answers_as_the_whole_does(
    fitted: dict[str, Detector], method: str, tmp_path: Path
) -> None:
    model, (values, _) = fitted[method], broken(60)
    values[20:23, 0] = np.nan
    whole = model.detect([values])[0]
    stream = model.stream()
    empty = stream.save(tmp_path / "empty.safetensors")
    first = [stream.detect(one) for one in values[:31]]
    kept = stream.save(tmp_path / "stream.safetensors")
    other = Detector.load(model.save(tmp_path / "model.safetensors")).stream(path=kept)
    assert other.steps == 31
    rest = other.detect(values[31:])
    score = np.concatenate([*(one.score for one in first), rest.score])
    assert np.allclose(score, whole.score, atol=1e-4)
    assert np.allclose(rest.blame, whole.blame[31:], atol=1e-4)
    assert model.stream(path=empty).feed(values).tolist() == whole.alarm.tolist()
    with pytest.raises(ModelFileError, match="holds 'detector', expected a stream"):
        model.stream(path=tmp_path / "model.safetensors")
    with pytest.raises(SettingsError, match="has no probabilities"):
        stream.feed_proba(values)


def test_a_saved_detector_gives_the_same_bits(fitted: dict[str, Detector], tmp_path: Path) -> None:
    values, anomalous = broken(80)
    for model in fitted.values():
        same = lstmkit.load(model.save(tmp_path / "model.safetensors"))
        assert isinstance(same, Detector)
        assert np.array_equal(same.detect([values])[0].score, model.detect([values])[0].score)
        assert same.evaluate([values], [anomalous]) == model.evaluate([values], [anomalous])


def test_a_channel_that_is_not_judged_is_context(tmp_path: Path) -> None:
    # the second channel repeats what the first one, a command, was a step before
    command = np.random.default_rng(0).choice([-1.0, 1.0], 600)
    values = np.stack([command, np.append(0.0, command[:-1])], axis=1)
    settings: dict[str, Any] = QUICK | {"epochs": 60, "learning_rate": 0.03, "window": 4}
    model = Detector(**settings, method="both", judged="channel_1").fit([values[:400]])
    values = values[400:]
    values[100:104] = [[1.0, -1.0], [1.0, -1.0], [1.0, -1.0], [-1.0, -1.0]]
    found = model.detect([values])[0]
    assert not found.blame[:, 0].any()
    assert found.score[101:104].max() > found.score[20:100].max()
    errors = model.step_errors(model.read([values], labelled=False).sequences)[0]
    assert np.isnan(errors.naive[:, 0]).all()
    assert np.isnan(errors.own[:, [0, 2]]).all()
    forecast, naive = (np.abs(one[10:100, 1]).mean() for one in (errors.own, errors.naive))
    assert forecast < 0.5 * naive
    assert model.evaluate([values])["overall"]["lstmkit"]["error"] == pytest.approx(
        np.nanmean(np.abs(errors.own))
    )
    same = Detector.load(model.save(tmp_path / "model.safetensors"))
    stream = same.stream()
    score = [stream.detect(one).score[0] for one in values]
    assert np.allclose(score, found.score, atol=1e-4)


def test_the_rate_of_false_alarms_can_be_changed_afterwards(fitted: dict[str, Detector]) -> None:
    model, series = fitted["forecast"], rhythm(3000, seed=5)
    score = -model.score_samples([series])[0]
    for rate in (0.1, 0.01, 0.001):
        model.set_params(false_alarms=rate)
        alarm = model.predict([series])[0]
        assert np.array_equal(alarm, score >= -np.log10(rate))
        # from 150 clean steps no more than the order of magnitude is known
        assert alarm.mean() < 4 * rate + 0.002
    assert model.threshold_ == 3.0


def test_missing_values_times_static_numbers_and_unequal_lengths() -> None:
    rng = np.random.default_rng(0)
    series = [rhythm(60 + 7 * n, seed=n) for n in range(11)]
    for one in series:
        one[rng.random(one.shape) < 0.1] = np.nan
        one[-1] = 0.0
    times = [np.cumsum(rng.exponential(size=len(one))) for one in series]
    given = to_sequences(series, times=times, static=np.arange(11.0))
    model = Detector(**QUICK).fit(given, groups=np.arange(11) // 2)
    found = model.detect(given)
    assert [len(one.score) for one in found] == [len(one) for one in series]
    assert all(np.isfinite(one.score).all() for one in found)
    stream = model.stream(static=[3.0])
    score = [
        stream.detect(values, when).score[0]
        for values, when in zip(series[3], times[3], strict=True)
    ]
    assert np.allclose(score, found[3].score, atol=1e-4)


def test_steps_said_to_be_anomalous_are_not_learnt_from() -> None:
    clean, (dirty, anomalous) = rhythm(400), broken(400)
    told = Detector(**QUICK).fit([dirty], [anomalous])
    untold = Detector(**QUICK).fit([dirty])
    # the stretch that shakes lies in no part that sets the threshold, the spike in what is learnt
    late = np.zeros(400)
    late[300:310] = 4.0
    clean[:, 0] += late
    marked = (late > 0).astype(int)
    careless = Detector(**QUICK).fit([clean])
    careful = Detector(**QUICK).fit([clean], [marked])
    assert (careful.errors_.clean < careless.errors_.clean)[0]
    assert told.history_.train_loss != untold.history_.train_loss


def test_tables_of_one_series_or_of_several() -> None:
    values = rhythm(300)
    table = pl.DataFrame({"a": values[:, 0], "b": values[:, 1]})
    one = Detector(**QUICK).fit(table)
    arrays = Detector(**QUICK).fit([values])
    assert one.prepared_.channels == ("a", "b")
    assert np.array_equal(one.detect(table)[0].score, arrays.detect([values])[0].score)
    several = pl.concat([table.with_columns(id=pl.lit(name)) for name in "xy"])
    labelled = several.with_columns(bad=pl.int_range(pl.len()) % 50 == 7)
    model = Detector(**QUICK).fit(labelled, series="id", target="bad")
    assert model.evaluate(labelled)["events"] == 12
    assert [len(found) for found in model.predict(labelled.drop("bad"))] == [300, 300]
    assert "auroc" not in model.evaluate(labelled.drop("bad"), target=())["overall"]["lstmkit"]
    later = Detector(**QUICK).fit(several, series="id")
    assert later.evaluate(labelled, target="bad")["steps"] == 600


@pytest.mark.parametrize(
    ("settings", "data", "y", "error", "message"),
    [
        ({"false_alarms": 0}, [rhythm(99)], None, SettingsError, "false_alarms as a share"),
        (
            {"window": 1},
            [rhythm(99)],
            None,
            SettingsError,
            "window as a whole number of at least 2",
        ),
        (
            {"memory": 1},
            [rhythm(99)],
            None,
            SettingsError,
            "memory as a whole number of at least 2",
        ),
        (
            {"judged": "channel_2"},
            [rhythm(99)],
            None,
            SettingsError,
            "names of channels, got 'channel_2'. Did you mean 'channel_",
        ),
        ({"judged": ()}, [rhythm(99)], None, SettingsError, "at least one name, got none"),
        ({"dropout": 1.0}, [rhythm(99)], None, SettingsError, r"dropout in \[0, 1\), got 1.0"),
        ({"validation": 1.0}, [rhythm(99)], None, SettingsError, "between 0 and 1, got 1.0"),
        ({}, [rhythm(40)], None, DataError, "at least 20 clean steps to set the threshold by"),
        ({}, [[1.0]], None, DataError, "set the threshold by, got none"),
        ({}, [[1.0]] * 12, None, DataError, "in which a known step follows another"),
        ({"method": "reconstruction"}, [rhythm(15)], None, DataError, "of at least window=16 st"),
        ({}, [rhythm(99)], [[0] * 98], DataError, "each of the 99 steps of sequence 0"),
        ({}, [rhythm(99)], [["x"] * 99], DataError, "1 or True where a step is anomalous"),
        ({}, [rhythm(99)], [[(0, 1)] * 99], DataError, "one label for each step, got 2"),
        ({}, {"a": ["x", "y"]}, None, DataError, "expected columns of numbers"),
    ],
)
def test_what_does_not_fit_is_refused(
    settings: dict[str, Any], data: Any, y: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        Detector(**(QUICK | settings)).fit(data, y)


def test_questions_that_do_not_fit_are_refused(fitted: dict[str, Detector]) -> None:
    model = fitted["forecast"]
    with pytest.raises(SettingsError, match="Detector: not fitted yet"):
        Detector().predict([rhythm(9)])
    with pytest.raises(DataError, match="expected 2 channels as in the data learnt from, got 1"):
        model.predict([np.zeros(9)])
    with pytest.raises(DataError, match=r"expected steps \(time, 2\) or one step \(2,\)"):
        model.stream().feed([1.0, 2.0, 3.0])
    with pytest.raises(SettingsError, match="expected y or a table, got both"):
        Detector().fit({"a": [1.0, 2.0]}, [[0, 1]])


def test_one_series_turned_about_is_refused() -> None:
    with pytest.raises(DataError, match=r"got 60 of at most 2.*one series alone is \[data\]"):
        Detector(**QUICK).fit(np.zeros((60, 2)))
