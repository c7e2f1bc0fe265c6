"""The mark of data: the same for the same values, another for any other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lstmkit.data import SequenceColumns, open_parquet, read_series, to_sequences
from lstmkit.data.columns import Columns
from lstmkit.data.mark import mark_of, sequence_parts, series_mark
from lstmkit.data.stored_series import store_series
from lstmkit.data.stored_steps import store_steps
from lstmkit.tasks.sequence.given import Given, read_given


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(3), np.arange(3.0)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (["ab", "c"], ["a", "bc"]),
        ([["a"], ["b"]], [["a", "b"]]),
        (None, "None"),
        (np.array(["a", None], object), np.array(["a", "b"], object)),
    ],
)
def test_values_types_and_shapes_count(one: object, other: object) -> None:
    assert mark_of(one) == mark_of(one)
    assert mark_of(one) != mark_of(other)


def test_every_part_of_sequences_counts() -> None:
    values = [np.arange(4.0), np.arange(3.0)]
    given = to_sequences(values, times=values, static=[1.0, 2.0])
    same = to_sequences(values, times=values, static=[1.0, 2.0])
    others = [
        to_sequences([values[0], values[1] + 1], times=values, static=[1.0, 2.0]),
        to_sequences(values, times=[values[0] * 2, values[1]], static=[1.0, 2.0]),
        to_sequences(values, times=values, static=[1.0, 3.0]),
        replace(given, channels=("other",)),
        given.take([1, 0]),
    ]
    mark = mark_of(sequence_parts(given))
    assert mark == mark_of(sequence_parts(same))
    assert mark not in [mark_of(sequence_parts(one)) for one in others]


def test_targets_and_groups_count() -> None:
    given = Given(to_sequences(np.zeros((2, 3))), np.array(["a", "b"]), None)
    others = [
        replace(given, target=np.array(["b", "a"])),
        replace(given, groups=np.array(["a", "b"])),
    ]
    assert given.mark() == replace(given).mark()
    assert given.mark() not in [one.mark() for one in others]


def table(shift: float = 0.0) -> pl.DataFrame:
    rows = np.arange(12.0)
    return pl.DataFrame(
        {
            "id": ["a"] * 6 + ["b"] * 6,
            "x": rows + shift,
            "y": rows % 5,
            "kind": ["u"] * 6 + ["v"] * 6,
        }
    )


def test_series_are_told_apart_by_values_and_columns() -> None:
    def mark(frame: pl.DataFrame, target: str) -> str:
        return series_mark(read_series(frame, Columns.of(target, None, "id", (), (), (), ())))

    assert mark(table(), "x") == mark(table(), "x")
    assert len({mark(table(), "x"), mark(table(1.0), "x"), mark(table(), "y")}) == 3


def test_files_are_told_apart_without_their_rows(tmp_path: Path) -> None:
    for name, shift in (("one", 0.0), ("same", 0.0), ("other", 1.0)):
        (tmp_path / name).mkdir()
        table(shift).write_parquet(tmp_path / name / "0.parquet", compression="uncompressed")
    sizes = {path.stat().st_size for path in tmp_path.glob("*/0.parquet")}
    assert len(sizes) == 1

    def marks(name: str) -> list[str]:
        files = open_parquet(tmp_path / name)
        columns = SequenceColumns.of("id", "kind", None, (), "x", None)
        steps = SequenceColumns.of("id", (), None, (), "x", None)
        return [
            series_mark(store_series(files, Columns.of("x", None, "id", (), (), (), ()))),
            read_given(files, None, columns).mark(),
            mark_of(sequence_parts(store_steps(files, steps, labelled=False))),
        ]

    assert marks("one") == marks("same")
    assert all(one != other for one, other in zip(marks("one"), marks("other"), strict=True))
