"""Tables come from anywhere, and what is no table is refused with a reason."""

import gzip
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch

from lstmkit.data.table import read_table
from lstmkit.errors import DataError

COLUMNS = {"day": ["2024-01-01", "2024-01-02"], "units": [3.5, None]}


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_file_of_each_kind_gives_the_same_table(tmp_path):
    expected = pl.DataFrame(COLUMNS)
    expected.write_parquet(tmp_path / "a.parquet")
    text = b"day,units\n2024-01-01,3.5\n2024-01-02,\n"
    write(tmp_path, "a.csv", text)
    write(tmp_path, "b.csv", text.replace(b",", b";"))
    write(tmp_path, "a.tsv", text.replace(b",", b"\t"))
    write(tmp_path, "a.csv.gz", gzip.compress(text))
    write(tmp_path, "windows.csv", b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    write(tmp_path, "blank_end.csv", text + b"\n\n")
    write(tmp_path, "spaced.CSV", text.replace(b",units", b", units"))
    files = sorted(tmp_path.iterdir())
    assert len(files) == 8
    for path in files:
        assert read_table(path).equals(expected), path.name
        assert read_table(str(path)).equals(expected), path.name


def test_every_word_for_missing_is_missing(tmp_path):
    words = ["", "NA", "N/A", "NaN", "nan", "null", "None"]
    text = "a,b\n" + "".join(f"1,{word}\n" for word in words) + "1,2\n"
    column = read_table(write(tmp_path, "a.csv", text.encode()))["b"]
    assert column.dtype == pl.Int64
    assert column.null_count() == len(words)


@pytest.mark.parametrize(
    "source",
    [
        pl.DataFrame(COLUMNS),
        pl.LazyFrame(COLUMNS),
        pd.DataFrame(COLUMNS),
        pa.table(COLUMNS),
        COLUMNS,
        {"day": COLUMNS["day"], "units": np.array([3.5, np.nan])},
        {"day": COLUMNS["day"], "units": torch.tensor([3.5, float("nan")])},
        pd.DataFrame(COLUMNS).set_index("day"),
    ],
    ids=["polars", "lazy", "pandas", "arrow", "dict", "arrays", "tensors", "index"],
)
def test_a_table_in_memory_of_each_kind_gives_the_same_table(source):
    assert read_table(source).equals(pl.DataFrame(COLUMNS))


def test_arrays_and_tensors_have_numbered_columns():
    table = np.array([[1.0, 2.0], [3.0, np.nan]])
    for source in (table, torch.tensor(table)):
        assert read_table(source).to_dict(as_series=False) == {
            "column_0": [1.0, 3.0],
            "column_1": [2.0, None],
        }
    assert read_table(np.arange(3)).shape == (3, 1)
    assert read_table(pd.Series([1.0, 2.0], name="y")).columns == ["y"]


def test_pandas_needs_no_pyarrow(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    source = pd.DataFrame(
        {
            "zoned": pd.date_range("2024-03-30", periods=3, freq="D", tz="Europe/Berlin"),
            "naive": pd.date_range("2024-03-30", periods=3, freq="D"),
            "text": pd.array(["a", None, "c"], dtype="str"),
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "number": [1.0, np.nan, 3.0],
            "flag": [True, False, True],
            "category": pd.Categorical(["u", "v", "u"]),
            "mixed": pd.Series([1, "x", None], dtype=object),
        }
    )
    table = read_table(source)
    assert table.schema["zoned"] == pl.Datetime("us", "Europe/Berlin")
    assert table["zoned"].dt.hour().to_list() == [0, 0, 0]
    assert table["naive"].dt.day().to_list() == [30, 31, 1]
    assert table["text"].to_list() == ["a", None, "c"]
    assert table["whole"].to_list() == [1, None, 3]
    assert table["number"].to_list() == [1.0, None, 3.0]
    assert table["flag"].to_list() == [True, False, True]
    assert table["category"].to_list() == ["u", "v", "u"]
    assert table["mixed"].to_list() == ["1", "x", None]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "expected rows of data, got none"),
        ("header.csv", b"a,b\n", "expected rows of data, got none"),
        ("ragged.csv", b"a,b\n1,2\n3,4,5\n", "cannot be read"),
        ("noise.csv", b"a,b\n" + bytes(range(128, 256)), "cannot be read .* in UTF-8"),
        ("cut.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 99, mtime=0)[:30], "cannot be read"),
        ("plain.csv.gz", b"a,b\n1,2\n", "cannot be read"),
        ("cut.parquet", b"PAR1PAR1", "cannot be read"),
        ("notes.txt", b"a,b\n1,2\n", r"expected a .csv, .tsv or .parquet file, got '.txt'"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path, name, content, message):
    with pytest.raises(DataError, match=message) as caught:
        read_table(write(tmp_path, name, content))
    assert name in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"sales\.csv: no such file\. Check the path"):
        read_table(tmp_path / "sales.csv")
    with pytest.raises(DataError, match="expected a file, got a folder"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "expected a path to .* got int"),
        (None, "got NoneType"),
        (np.zeros((2, 2, 2)), r"got shape \(2, 2, 2\)"),
        ({"a": [1, 2], "b": [1]}, r"one length, got \{'a': 2, 'b': 1\}"),
        ({"a": 5}, "expected a sequence for each column, got 5"),
        ({}, "expected rows of data, got none"),
    ],
)
def test_what_is_no_table_is_refused(source, message):
    with pytest.raises(DataError, match=message):
        read_table(source)


def test_an_error_calls_a_table_in_memory_as_it_was_called():
    with pytest.raises(DataError, match=r"^history: "):
        read_table(3, "history")
