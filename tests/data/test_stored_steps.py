"""Series of steps in files: where they lie, and reading them piece by piece."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from lstmkit.data import SequenceColumns, open_parquet
from lstmkit.data.stored_steps import StoredSteps, store_steps

LENGTHS = (3, 25, 4, 6, 2)
START = datetime(2024, 1, 1)


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    rows = sum(LENGTHS)
    return pl.DataFrame(
        {
            "id": np.repeat([f"s{number}" for number in range(5)], LENGTHS),
            "when": [START + timedelta(minutes=7 * row) for row in range(rows)],
            "x": np.random.default_rng(0).normal(size=rows),
            "age": np.repeat(np.arange(5.0), LENGTHS),
            "bad": np.arange(rows) % 2,
        }
    )


@pytest.fixture(scope="module")
def stored(table: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> StoredSteps:
    """Row groups of 10 rows."""
    path = tmp_path_factory.mktemp("steps")
    for number, part in enumerate(table.iter_slices(20)):
        part.write_parquet(path / f"{number}.parquet", row_group_size=10)
    columns = SequenceColumns.of("id", target="bad", time="when", static="age")
    return store_steps(open_parquet(path), columns, labelled=True)


def test_only_a_series_that_is_longer_than_a_row_group_is_cut(stored: StoredSteps) -> None:
    assert stored.source.starts.tolist() == [0, 3, 28, 32, 38, 40]
    assert stored.source.edges.tolist() == [0, 3, 20, 28, 40]
    pieces = [(one.series, one.first, len(one.values)) for one in _all(stored)]
    assert pieces == [(0, 0, 3), (1, 0, 17), (1, 17, 8), (2, 0, 4), (3, 0, 6), (4, 0, 2)]


def test_pieces_make_up_the_table(stored: StoredSteps, table: pl.DataFrame) -> None:
    found = _all(stored, labelled=True)
    assert np.array_equal(np.concatenate([one.values for one in found])[:, 0], table["x"])
    assert [label for one in found for label in one.labels or ()] == table["bad"].to_list()
    minutes = np.concatenate([one.times for one in found]) * 60
    assert np.allclose(minutes, 7 * np.arange(40))
    assert all(one.static.tolist() == [[float(one.series)]] for one in found)


def test_some_series_and_first_steps_are_read_alone(
    stored: StoredSteps, table: pl.DataFrame
) -> None:
    some = stored.take([1, 4]).shortened(np.array([19, 1]))
    assert some.names == ("s1", "s4")
    assert some.lengths.tolist() == [19, 1]
    assert [(one.series, one.first, len(one.values)) for one in _all(some)] == [
        (1, 0, 17),
        (1, 17, 2),
        (4, 0, 1),
    ]
    assert np.array_equal(some.values[0][:, 0], table["x"][3:22])
    assert np.array_equal(some.take([1]).values[0][:, 0], table["x"][38:39])
    assert [len(one) for one in some.values[:1]] == [19]
    written = some.written_times()
    assert written is not None
    assert written.to_list() == [*table["when"][3:22], table["when"][38]]
    assert [part.names for part in some.parts()] == [("s1",), ("s1",), ("s4",)]


def test_without_a_series_column_a_table_is_one(stored: StoredSteps) -> None:
    table = stored.source.table
    one = store_steps(table, SequenceColumns.of(None, values="x"), labelled=False)
    assert one.names == (table.name,)
    assert one.lengths.tolist() == [40]
    pieces = _all(one)
    assert [len(piece.values) for piece in pieces] == [10] * 4
    assert np.concatenate([piece.times for piece in pieces]).tolist() == list(range(40))
    assert one.times is None


def _all(steps: StoredSteps, *, labelled: bool = False) -> list:
    return [one for block in steps.blocks(labelled=labelled) for one in block]
