"""Sequence tasks on Parquet files that are read piece by piece."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from waves import SMALL, long_table, waves

from lstmkit import Classifier, Regressor, Tagger
from lstmkit.data import open_parquet
from lstmkit.data.stored_sequences import StoredSequences
from lstmkit.errors import DataError
from lstmkit.tasks import run_sequences
from lstmkit.train import InBlocks

NUMBER = 120
COLUMNS = {"series": "id", "target": "kind", "values": ("a", "b"), "time": "step"}


def _table() -> pl.DataFrame:
    table = long_table(*waves(NUMBER, missing=0.1))
    return table.with_columns(
        step=pl.col("step") ** 2,
        # odd microseconds, over decades
        when=pl.datetime(2001, 2, 3) + pl.duration(microseconds=pl.int_range(pl.len()) * 97**6),
        age=pl.col("id").str.slice(1).cast(pl.Float64),
        state=pl.when(pl.col("a") > 0).then(pl.lit("up")).otherwise(pl.lit("down")),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that cut sequences, with row groups of a few of them."""
    path, table = tmp_path_factory.mktemp("stored"), _table()
    for number, part in enumerate(table.iter_slices(401)):
        part.write_parquet(path / f"{number}.parquet", row_group_size=60)
    return path


@pytest.fixture(scope="module")
def fitted(folder: Path) -> Classifier:
    return Classifier(**SMALL).fit(folder, **COLUMNS, static="age")


def test_sequences_in_files_are_those_in_memory(folder: Path) -> None:
    task = Classifier()
    here = task.given(_table(), **COLUMNS, static="age")
    there = task.given(open_parquet(folder), **COLUMNS, static="age")
    stored = there.sequences
    assert isinstance(stored, StoredSequences)
    assert len(stored.block_sizes) > 10
    places = np.random.default_rng(0).permutation(NUMBER)[:50]
    for mine, theirs in (
        (stored, here.sequences),
        (stored.take(places), here.sequences.take(places)),
    ):
        assert mine.names == theirs.names
        assert mine.lengths.tolist() == theirs.lengths.tolist()
        assert (mine.static == theirs.static).all()
        for part in ("values", "times"):
            pairs = zip(getattr(mine, part), getattr(theirs, part), strict=True)
            assert all(np.array_equal(one, other, equal_nan=True) for one, other in pairs)
    assert (there.labels() == here.labels()).all()


def test_scales_and_batches_are_those_in_memory(folder: Path, fitted: Classifier) -> None:
    whole = Classifier(**SMALL).fit(_table(), **COLUMNS, static="age")
    mine, theirs = fitted.prepared_, whole.prepared_
    np.testing.assert_allclose(mine.scaler.mean, theirs.scaler.mean, rtol=1e-12)
    np.testing.assert_allclose(mine.scaler.std, theirs.scaler.std, rtol=1e-12)
    assert (mine.masked, mine.timed, mine.unit) == (theirs.masked, theirs.timed, theirs.unit)
    here, there = (
        task.given(data, **COLUMNS, static="age")
        for task, data in ((whole, _table()), (whole, folder))
    )
    rows = [whole.rows(one.sequences, one.labels()) for one in (here, there)]
    assert isinstance(rows[1], InBlocks)
    indices = np.random.default_rng(0).permutation(NUMBER)[:40]
    expected, found = (one.batch(indices) for one in rows)
    assert expected.keys() == found.keys()
    for name, tensor in expected.items():
        assert torch.equal(tensor, found[name]), name


def test_answers_are_those_in_memory(folder: Path, fitted: Classifier) -> None:
    assert np.array_equal(fitted.predict_proba(folder), fitted.predict_proba(_table()))
    assert fitted.evaluate(folder) == fitted.evaluate(_table())


def test_training_that_was_broken_off_goes_on_to_the_same_bits(
    folder: Path, tmp_path: Path, fitted: Classifier
) -> None:
    class EnoughError(Exception): ...

    def after_epoch(history):
        raise EnoughError

    task = Classifier(**SMALL)
    given = task.given(folder, **COLUMNS, static="age")
    with pytest.raises(EnoughError):
        task.learn(given, folder=tmp_path, after_epoch=after_epoch)
    resumed = Classifier(**SMALL).learn(given, folder=tmp_path, resume=True)
    for name, tensor in fitted.network_.state_dict().items():
        assert torch.equal(resumed.network_.state_dict()[name], tensor), name


def test_a_regressor_and_a_tagger_learn_from_files_too(folder: Path, tmp_path: Path) -> None:
    columns = {"series": "id", "values": ("a", "b")}
    numbers = Regressor(**SMALL).fit(folder, **columns, target="age")
    assert np.array_equal(numbers.predict(folder), numbers.predict(_table()))
    tags = Tagger(**SMALL).fit(folder, **columns, target="state", time="when")
    told = []
    for data in (folder, _table()):
        given = tags.read(data, labelled=False)
        told.append(tags.table(given, tags.outputs(given.sequences)))
    assert told[0].equals(told[1])
    assert told[1]["time"].equals(_table()["when"].alias("time"))


def test_all_labels_of_a_step_come_from_files(folder: Path) -> None:
    columns = {"series": "id", "values": ("a", "b"), "target": ("state", "kind")}
    here, there = (Tagger().given(data, **columns).labels() for data in (_table(), folder))
    assert there.shape == (NUMBER, 2)
    assert there.tolist() == here.tolist()


def test_a_run_is_judged_as_from_memory(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
    found = [
        run_sequences(
            Classifier(**SMALL), data, folder=tmp_path / str(number), progress=False, **COLUMNS
        )
        for number, data in enumerate((folder, _table()))
    ]
    kept = ("sequences", "train_sequences", "classes", "notices", "settings")
    assert [found[0][name] for name in kept] == [found[1][name] for name in kept]
    judged = [
        pl.read_parquet(tmp_path / str(number) / "predictions.parquet")["sequence"]
        for number in range(2)
    ]
    assert judged[0].equals(judged[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.sort("step"), "expected the rows of a sequence side by side, got 's"),
        (
            lambda table: table.with_columns(a=pl.when(pl.col("id") == "s70").then(np.inf)),
            "rows from .* on: expected finite numbers in value column 'a'",
        ),
        (
            lambda table: table.rename({"id": "name"}),
            "expected series column 'id', got the columns",
        ),
        (lambda table: table.drop("b"), "expected values column 'b'"),
    ],
)
def test_files_that_cannot_be_learnt_from_are_refused(tmp_path: Path, change, message: str) -> None:
    change(_table()).write_parquet(tmp_path / "0.parquet", row_group_size=60)
    with pytest.raises(DataError, match=message):
        Classifier(**SMALL).fit(open_parquet(tmp_path / "0.parquet"), **COLUMNS)
