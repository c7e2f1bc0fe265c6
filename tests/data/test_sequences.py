"""Sequences from arrays, lists, long tables and archive files."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from lstmkit.data import SequenceColumns, read_labelled, read_sequence_table, to_sequences
from lstmkit.data.sequence_rows import SequenceRows
from lstmkit.errors import DataError, SettingsError

NAN = np.nan


def test_trailing_steps_without_a_value_are_padding_and_inner_ones_are_not() -> None:
    array = np.array([[[1.0, NAN], [NAN, NAN], [2.0, NAN]], [[NAN, 3.0], [NAN, NAN], [NAN, NAN]]])
    found = to_sequences(array)
    assert found.lengths.tolist() == [3, 1]
    assert found.channels == ("channel_0", "channel_1")
    assert np.isnan(found.values[0][1]).all()
    assert to_sequences(torch.tensor(array[..., 0])).lengths.tolist() == [3, 3]


def test_taking_keeps_everything_together() -> None:
    found = to_sequences(
        [[1.0], [2.0, 3.0], [4.0]], times=[[5.0], [6.0, 6.0], [7.0]], static=[8.0, NAN, 9.0]
    ).take([2, 0])
    assert [one.ravel().tolist() for one in found] == [[4.0], [1.0]]
    assert found.names == ("2", "0")
    assert found.times is not None
    assert [one.tolist() for one in found.times] == [[7.0], [5.0]]
    assert found.static.tolist() == [[9.0], [8.0]]
    assert found.static_names == ("static_0",)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"times": [[0.0]]}, "expected one for each step of the 2 sequences, got 1 arrays"),
        ({"times": [[0.0, 1.0], [0.0]]}, "got 2 arrays of other lengths"),
        ({"times": [[0.0], [1.0, 0.5]]}, "expected numbers that do not fall, got others in seq"),
        ({"times": [[0.0], [1.0, NAN]]}, "leave out steps without one"),
        ({"static": [1.0]}, r"expected numbers \(2, any\), got shape \(1, 1\)"),
        ({"static": ["a", "b"]}, "static: expected numbers, got list"),
    ],
)
def test_times_and_static_numbers_must_fit(more: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        to_sequences([[1.0], [2.0, 3.0]], **more)


def rows(**changes: Any) -> pl.DataFrame:
    columns = {
        "id": ["b", "a", "b", "a"],
        "when": ["2024-01-01 00:00", "2024-01-01 01:00", "2024-01-01 00:30", "2024-01-01 03:00"],
        "x": [1.0, 2.0, None, 4.0],
        "age": [30, 40, 30, 40],
        "kind": ["u", "v", "u", "v"],
        "note": ["p", "q", "r", "s"],
    }
    return pl.DataFrame(columns | changes, strict=False)


COLUMNS = SequenceColumns.of("id", target="kind", time="when", static="age")


def test_a_long_table_is_cut_by_its_series_column() -> None:
    found = read_sequence_table(rows(), COLUMNS)
    assert found.sequences.names == ("b", "a")
    assert found.columns.values == ("x",)
    assert found.sequences.values[1].ravel().tolist() == [2.0, 4.0]
    assert np.isnan(found.sequences.values[0][1, 0])
    assert found.sequences.times is not None
    # hours since the first of all
    assert [one.tolist() for one in found.sequences.times] == [[0.0, 0.5], [1.0, 3.0]]
    assert found.sequences.static.tolist() == [[30.0], [40.0]]
    assert [one[0].to_list() for one in found.target] == [["u", "u"], ["v", "v"]]
    unlabelled = read_sequence_table(rows().drop("kind"), COLUMNS, labelled=False)
    assert unlabelled.target == ()


def test_dates_of_steps_are_written_as_the_table_writes_them() -> None:
    found = read_sequence_table(rows(), COLUMNS).sequences
    written = found.written_times()
    assert written is not None
    given = rows().sort("id", descending=True, maintain_order=True)["when"]
    assert written.to_list() == given.str.to_datetime().to_list()
    assert found.take([1]).called_steps(0) == ["2024-01-01 01:00:00", "2024-01-01 03:00:00"]
    day = pl.Series([date(2024, 1, 1), date(2024, 1, 31), date(2024, 3, 1), date(2031, 1, 1)])
    zoned = day.cast(pl.Datetime("us")).dt.replace_time_zone("Europe/Rome")
    for times in (day, zoned, pl.Series([0.5, 1.5, 2.0, 7.0])):
        again = read_sequence_table(
            rows(id=["a"] * 4, age=[30] * 4).with_columns(when=times), COLUMNS
        ).sequences.written_times()
        assert again is not None
        assert again.equals(times.alias("time"))
    plain = to_sequences([[1.0, 2.0]])
    assert plain.written_times() is None
    assert plain.called_steps(0) == ["1", "2"]


@pytest.mark.parametrize(
    ("changes", "columns", "message"),
    [
        ({}, {"target": "kin"}, "expected target column 'kin', .* Did you mean 'kind'"),
        ({"id": ["b", None, "b", "a"]}, {}, "expected a name in each row of series column 'id'"),
        ({"x": ["1", "2", "many", "4"]}, {"values": "x"}, "expected numbers in value column 'x'"),
        ({"x": [1.0, 2.0, np.inf, 4.0]}, {}, "expected finite numbers in value column 'x'"),
        ({"x": ["1", "2", "3", "4"]}, {"static": "age"}, "expected columns of numbers beside"),
        ({"age": [30, 40, 31, 40]}, {"static": "age"}, "got 30 and then 31 in sequence 'b'"),
        ({"t": [1.0, 1.0, 0.5, 2.0]}, {"time": "t"}, "got an earlier time in row 3 .* of 'b'"),
        ({"t": [1.0, 1.0, None, 2.0]}, {"time": "t"}, "expected a time in each row of column 't'"),
        ({}, {"group": "note"}, "expected one value of group column 'note' for a whole sequence"),
    ],
)
def test_a_long_table_with_a_fault_is_refused(
    changes: dict[str, Any], columns: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_sequence_table(rows(**changes), SequenceColumns.of(**{"series": "id", **columns}))


def test_a_column_plays_one_part() -> None:
    with pytest.raises(SettingsError, match="got 'x' as target and as values"):
        SequenceColumns.of("id", target="x", values=["x"])


UNEQUAL = """#a comment
@problemName made up
@timeStamps false
@univariate false
@classLabel true up down
@data
1.5,2,?:4,5,6:up

0.5,1:1,2:down
"""
TIMED = """@timeStamps true
@targetLabel true
@data
(0,1.0),(2.5,2.0):(0,3.0),(2.5,4.0):7.5
(1,5.0):(1,6.0):-1
"""


def test_a_ts_file_has_channels_gaps_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "made_TRAIN.ts"
    path.write_text(UNEQUAL)
    found = read_labelled(path)
    assert found.sequences.lengths.tolist() == [3, 2]
    assert found.sequences.values[1].tolist() == [[0.5, 1.0], [1.0, 2.0]]
    assert np.isnan(found.sequences.values[0][2, 0])
    assert found.labels is not None
    assert found.labels.tolist() == ["up", "down"]
    assert found.sequences.times is None


def test_a_ts_file_may_have_times_and_numbers_to_predict(tmp_path: Path) -> None:
    path = tmp_path / "timed.ts"
    path.write_text(TIMED)
    found = read_labelled(path)
    assert found.sequences.times is not None
    assert [one.tolist() for one in found.sequences.times] == [[0.0, 2.5], [1.0]]
    assert found.sequences.values[0].tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert found.labels is not None
    assert found.labels.tolist() == [7.5, -1.0]
    path.write_text(TIMED.replace("@targetLabel true", "@targetLabel false").replace(":7.5", ""))
    text = path.read_text().replace(":-1", "")
    path.write_text(text)
    assert read_labelled(path).labels is None


def test_a_ucr_file_ends_short_sequences_with_nan(tmp_path: Path) -> None:
    path = tmp_path / "made_TRAIN.tsv"
    path.write_text("1\t0.5\t0.25\tNaN\n-1\t1\t2\t3\n")
    found = read_labelled(path)
    assert found.sequences.lengths.tolist() == [2, 3]
    assert found.labels is not None
    assert found.labels.tolist() == [1, -1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.ts", "1,2,3:up\n", "expected lines that begin with @ before @data"),
        ("a.ts", "@classLabel true\n", "expected a line @data, got none"),
        ("a.ts", "@classLabel true\n@data\n1,x:up\n", "expected numbers in line 3"),
        ("a.ts", "@data\n", "expected sequences, got none"),
        ("a.tsv", "1\tone\n", "expected numbers in line 1"),
        ("a.tsv", "", "expected sequences, got none"),
        ("a.arff", "", "expected a file of sequences"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        read_labelled(tmp_path / name)


def test_batches_are_padded_to_their_longest() -> None:
    steps = [np.full((length, 1), float(length)) for length in (1, 3, 2)]
    given = SequenceRows(steps, {"target": np.array([1, 2, 3])}, {"tag": [s[:, 0] for s in steps]})
    batch = given.batch(np.array([2, 0]))
    assert batch["lengths"].tolist() == [2, 1]
    assert batch["steps"][..., 0].tolist() == [[2.0, 2.0], [1.0, 0.0]]
    assert batch["tag"].tolist() == [[2.0, 2.0], [1.0, 0.0]]
    assert batch["target"].tolist() == [3, 1]
