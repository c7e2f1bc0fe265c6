"""Parquet files as one table, read by row groups."""

from pathlib import Path

import polars as pl
import pytest

from lstmkit.data import open_parquet
from lstmkit.data.parquet_table import Kept, ParquetTable
from lstmkit.errors import DataError, MissingExtraError

ROWS = 23


def _table(rows: int = ROWS) -> pl.DataFrame:
    number = pl.int_range(rows, eager=True)
    return pl.DataFrame({"id": [f"s{row // 4}" for row in range(rows)], "x": number * 1.5})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of 15 and 8 rows, in row groups of 4, that cut sequences everywhere."""
    path = tmp_path_factory.mktemp("parts")
    _table()[:15].write_parquet(path / "a.parquet", row_group_size=4)
    _table()[15:].write_parquet(path / "b.parquet", row_group_size=4)
    (path / "_SUCCESS").touch()
    return path


def test_any_rows_are_read_across_groups_and_files(folder: Path) -> None:
    table = open_parquet(folder)
    assert len(table) == ROWS
    assert table.starts.tolist() == [0, 4, 8, 12, 15, 19, 23]
    for first, last in ((0, ROWS), (3, 5), (14, 16), (22, 23), (4, 8), (7, 20)):
        assert table.read(first, last).equals(_table()[first:last])
    assert table.read(2, 9, ["x"]).columns == ["x"]
    assert len(open_parquet(folder / "b.parquet")) == 8


def test_pieces_end_where_a_value_changes(folder: Path) -> None:
    pieces = list(open_parquet(folder).whole("id"))
    assert pl.concat([rows for _, rows in pieces]).equals(_table())
    assert [first for first, _ in pieces] == sorted({first for first, _ in pieces})
    seen: set[str] = set()
    for first, rows in pieces:
        names = set(rows["id"])
        assert not names & seen
        seen |= names
        assert rows["x"][0] == first * 1.5


def test_one_sequence_may_fill_all_groups(tmp_path: Path) -> None:
    table = _table().with_columns(id=pl.lit("only"))
    table.write_parquet(tmp_path / "a.parquet", row_group_size=5)
    ((first, rows),) = open_parquet(tmp_path / "a.parquet").whole("id")
    assert first == 0
    assert rows.equals(table)


def test_no_more_values_are_kept_than_asked_for() -> None:
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return -number

    kept = Kept(make, 2)
    assert [kept(number) for number in (1, 2, 1, 3, 1, 2)] == [-1, -2, -1, -3, -1, -2]
    assert made == [1, 2, 3, 2]


def test_what_is_no_table_is_refused(folder: Path, tmp_path: Path, monkeypatch) -> None:
    def refused(message: str, path: Path) -> None:
        with pytest.raises(DataError, match=message):
            ParquetTable(path)

    refused("no such file", tmp_path / "none")
    refused("expected .parquet files in this folder, got none", tmp_path)
    (tmp_path / "bad.parquet").write_text("no table")
    refused("expected a Parquet file, got one that cannot be read", tmp_path)
    _table(0).write_parquet(tmp_path / "bad.parquet")
    refused("expected rows of data, got none", tmp_path)
    _table().rename({"x": "y"}).write_parquet(tmp_path / "more.parquet")
    refused("expected the columns id, x in each file as in the first, got id, y", tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lstmkit\[parquet\]'"):
        ParquetTable(folder)
