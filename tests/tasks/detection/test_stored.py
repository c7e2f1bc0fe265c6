"""A detector on Parquet files that are read piece by piece."""

from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from rhythms import broken

from lstmkit.data import open_parquet
from lstmkit.data.stored_steps import StoredSteps
from lstmkit.errors import DataError
from lstmkit.tasks import Detector, run_sequences
from lstmkit.tasks.detection import stored_judging, stored_learning
from lstmkit.tasks.detection.clean_parts import CleanParts, clean_parts, only
from lstmkit.tasks.detection.errors import usual_size
from lstmkit.tasks.detection.marks import marks
from lstmkit.tasks.detection.next_step import training_rows
from lstmkit.tasks.detection.stored_learning import drawn_steps
from lstmkit.tasks.detection.stored_parts import StoredParts
from lstmkit.tasks.detection.stored_training import stored_training_rows
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.preparation import SequencePreparation
from lstmkit.train import InBlocks

SMALL: dict[str, Any] = {"hidden_size": 4, "epochs": 1, "device": "cpu"}
MANY: dict[str, Any] = {
    "series": "id",
    "time": "when",
    "values": ("a", "b"),
    "static": "age",
    "groups": "site",
    "target": "bad",
}
ONE: dict[str, Any] = {"time": "when", "values": ("a", "b"), "target": "bad"}
GROUP = 60


def _series(number: int, steps: int) -> pl.DataFrame:
    values, bad = broken(steps, seed=number)
    rng = np.random.default_rng(number)
    values[rng.random(values.shape) < 0.1] = np.nan
    # a whole row group of which one channel is unknown
    values[65:140, 1] = np.nan
    return pl.DataFrame(
        {
            "id": [f"s{number}"] * steps,
            "site": [f"site {number // 2}"] * steps,
            "age": [float(number)] * steps,
            "when": np.cumsum(rng.exponential(size=steps)),
            "a": values[:, 0],
            "b": values[:, 1],
            "bad": bad,
        }
    )


def _written(table: pl.DataFrame, folder: Path) -> Path:
    """Files that cut series, with row groups of 60 rows."""
    for number, part in enumerate(table.iter_slices(4 * GROUP)):
        part.write_parquet(folder / f"{number}.parquet", row_group_size=GROUP)
    return folder


@pytest.fixture(scope="module")
def many() -> pl.DataFrame:
    """Series that fit into a row group, though some lie in two."""
    return pl.concat([_series(number, 40 + number) for number in range(14)])


@pytest.fixture(scope="module")
def one() -> pl.DataFrame:
    """A series that is much longer than a row group."""
    return _series(0, 650)


@pytest.fixture(scope="module")
def many_files(many: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(many, tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="module")
def one_file(one: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(one, tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def fitted(many_files: Path) -> Detector:
    return Detector(**SMALL, method="both", window=4).fit(many_files, **MANY)


@pytest.fixture(scope="module")
def followed(one_file: Path) -> Detector:
    return Detector(**SMALL, method="both", window=4, judged="a").fit(one_file, **ONE)


def _parts(given: Given) -> CleanParts:
    assert given.target is not None
    told = tuple(each != 0 for each in marks(given.target))
    return clean_parts(given.sequences.lengths, 0.3, seed=0, groups=given.groups, anomalous=told)


def _stored(task: Detector, folder: Path, columns: dict[str, Any]) -> StoredSteps:
    steps = task.given(open_parquet(folder), **columns).sequences
    assert isinstance(steps, StoredSteps)
    return steps


@pytest.mark.parametrize("which", ["many", "one"])
def test_scales_and_batches_are_those_in_memory(which: str, request) -> None:
    columns, files = {"many": (MANY, "many_files"), "one": (ONE, "one_file")}[which]
    task, folder = Detector(**SMALL), request.getfixturevalue(files)
    given = task.given(request.getfixturevalue(which), **columns)
    clean, judged = _parts(given), np.array([which == "many", True])
    parts = StoredParts.of(_stored(task, folder, columns), 0.3, seed=0, judged=judged)
    prepared, close = SequencePreparation.fit(only(given.sequences, clean.learnt)), parts.scales()
    np.testing.assert_allclose(close.scaler.mean, prepared.scaler.mean, rtol=1e-12)
    np.testing.assert_allclose(close.scaler.std, prepared.scaler.std, rtol=1e-12)
    assert np.array_equal(close.static.mean, prepared.static.mean)
    assert close.unit == pytest.approx(prepared.unit, rel=0.05)
    for name in ("channels", "masked", "timed", "gaps_in_static"):
        assert getattr(close, name) == getattr(prepared, name), name
    survey = parts.survey(prepared)
    assert survey.held == sum(each.sum() for each in clean.held)
    # what is kept for each block is a row, and no part of the block that it was read from
    assert all(carry.last.base is None for carry in survey.carries.values())
    assert bool(survey.carries) == (which == "one")
    found = stored_training_rows(parts, prepared, survey)
    for counted, rows in zip((clean.learnt, clean.held), found, strict=True):
        expected = training_rows(given.sequences, prepared, counted, judged)
        assert isinstance(rows, InBlocks)
        assert len(rows.blocks) > 1
        assert len(rows) == len(expected)
        order = np.random.default_rng(0).permutation(len(rows))
        here, there = expected.batch(order), rows.batch(order)
        assert here.keys() == there.keys()
        for name, tensor in here.items():
            assert torch.equal(tensor, there[name]), name


def test_errors_are_those_in_memory(fitted: Detector, many: pl.DataFrame) -> None:
    whole = copy(fitted)
    given = whole.given(many, **MANY)
    whole.calibrate(given.sequences, _parts(given))
    assert whole.errors_ is not fitted.errors_
    assert whole.learnt() == fitted.learnt()


def test_errors_of_a_long_series_are_those_in_memory(followed: Detector, one: pl.DataFrame) -> None:
    whole = copy(followed)
    given = whole.given(one, **ONE)
    whole.calibrate(given.sequences, _parts(given))
    for mine, theirs in ((followed.errors_, whole.errors_), (followed.naive_, whole.naive_)):
        np.testing.assert_allclose(mine.clean, theirs.clean, rtol=1e-5)
    (mine,), (theirs,) = followed.score_samples(one), whole.score_samples(one)
    assert np.allclose(mine, theirs, atol=1e-4)


def test_answers_are_those_in_memory(
    fitted: Detector, many_files: Path, many: pl.DataFrame
) -> None:
    for mine, theirs in zip(fitted.detect(many_files), fitted.detect(many), strict=True):
        assert np.array_equal(mine.score, theirs.score)
        assert np.array_equal(mine.blame, theirs.blame)
    for mine, theirs in zip(fitted.predict(many_files), fitted.predict(many), strict=True):
        assert np.array_equal(mine, theirs)
    tables = []
    for data in (many_files, many):
        given = fitted.read(data, labelled=False)
        tables.append(fitted.table(given, fitted.outputs(given.sequences)))
    assert tables[0].equals(tables[1])
    for target in (None, ()):
        mine, theirs = (fitted.evaluate(data, target=target) for data in (many_files, many))
        for name, scores in theirs["overall"].items():
            assert mine["overall"][name] == pytest.approx(scores), name
        assert mine | {"overall": None} == theirs | {"overall": None}


def test_a_long_series_is_followed_piece_by_piece(
    followed: Detector, one_file: Path, one: pl.DataFrame
) -> None:
    (mine,), (theirs,) = followed.score_samples(one_file), followed.score_samples(one)
    assert np.allclose(mine, theirs, atol=1e-4)
    found = followed.evaluate(one_file)
    assert found["steps"] == 650
    assert found["overall"]["lstmkit"]["auroc"] == pytest.approx(
        followed.evaluate(one)["overall"]["lstmkit"]["auroc"], abs=1e-3
    )


def test_of_many_held_out_steps_some_are_kept(
    fitted: Detector, many_files: Path, many: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_learning, "CALIBRATED", 50)
    steps = _stored(fitted, many_files, MANY)
    parts = StoredParts.of(steps, 0.3, seed=0, judged=np.ones(2, bool))
    given = fitted.given(many, **MANY)
    held = _parts(given).held
    number = int(sum(each.sum() for each in held))
    assert number > 100
    own, naive = stored_learning.calibrated(fitted, parts, number)
    drawn = drawn_steps(number, 50, seed=fitted.seed)
    assert len(drawn) == 50
    edges = np.arange(51) * number // 50
    assert ((edges[:-1] <= drawn) & (drawn < edges[1:])).all()
    errors = fitted.step_errors(given.sequences)
    for model, way in ((own, 0), (naive, 1)):
        sizes = [each[way][which] for each, which in zip(errors, held, strict=True)]
        assert np.array_equal(model.clean, usual_size(np.concatenate(sizes)[drawn]))


def test_a_run_is_judged_by_some_of_the_files(
    many_files: Path, one_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
    task = Detector(**SMALL, validation=0.5)
    found = run_sequences(task, many_files, folder=tmp_path / "many", progress=False, **MANY)
    assert found["train_sequences"] + found["sequences"] == 14
    assert found["events"] == 2 * found["sequences"]
    monkeypatch.setattr(stored_judging, "JUDGED_STEPS", 100)
    test = {"test": many_files, **MANY}
    found = run_sequences(task, many_files, folder=tmp_path / "test", progress=False, **test)
    assert (found["train_sequences"], found["sequences"]) == (14, 2)
    told = pl.read_parquet(tmp_path / "test" / "predictions.parquet")
    assert told["sequence"].unique(maintain_order=True).to_list() == ["s0", "s13"]
    found = run_sequences(task, one_file, folder=tmp_path / "one", progress=False, **ONE)
    assert (found["train_sequences"], found["steps"]) == (1, 100)
    told = pl.read_parquet(tmp_path / "one" / "predictions.parquet")
    # the last fifth begins after 520 steps
    assert told["time"][0] == pytest.approx(_series(0, 650)["when"][520])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.sort("when"), "expected the rows of a series side by side, got 's"),
        (lambda table: table.rename({"id": "name"}), "expected series column 'id', got the col"),
        (lambda table: table.drop("b"), "expected values column 'b'"),
        (lambda table: table.drop("bad"), "expected target column 'bad'"),
        (lambda table: table.with_columns(bad=1), "expected clean steps to learn from, got none"),
        (
            lambda table: table.with_columns(a=pl.when(pl.col("id") == "s7").then(np.inf)),
            "rows from .* on: expected finite numbers in value column 'a'",
        ),
    ],
)
def test_files_that_cannot_be_learnt_from_are_refused(
    many: pl.DataFrame, tmp_path: Path, change, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Detector(**SMALL).fit(_written(change(many), tmp_path), **MANY)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"when": pl.int_range(pl.len()) % GROUP},
            "to run forward within a series, got an earlier time in row 61",
        ),
        ({"age": pl.int_range(pl.len()) // 120 * 1.0}, "one value of each static and group column"),
    ],
)
def test_what_changes_where_a_series_is_cut_is_refused(
    one: pl.DataFrame, tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Detector(**SMALL).fit(_written(one.with_columns(**change), tmp_path), static="age", **ONE)
