"""What can be wrong with a table, said in a sentence that ends with how to mend it."""

import os
from pathlib import Path

import polars as pl
import pytest

ROWS = 120


def _write(folder: Path, table: pl.DataFrame) -> Path:
    path = folder / "sales.csv"
    table.write_csv(path)
    return path


def _train(run, arguments, folder: Path, data: Path, *more: object):
    answer = run(*arguments(data, folder / "run", *more))
    assert answer.out == ""
    assert answer.err.startswith("Error: ")
    assert "Traceback" not in answer.err
    return answer


def test_a_missing_file_is_named(run, arguments, tmp_path: Path) -> None:
    answer = _train(run, arguments, tmp_path, tmp_path / "sale.csv")
    assert answer.code == 1
    assert "sale.csv: no such file. Check the path" in answer.err


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("sales.parquet", b"PAR1 and then nothing of the kind", "a file that cannot be read"),
        ("sales.csv", b"day,units\n\xff\xfe\x00,1\n", "cannot be read"),
        ("sales.csv", b"", "expected rows of data, got none"),
        ("sales.xlsx", b"PK", "expected a .csv, .tsv or .parquet file, got '.xlsx'"),
    ],
)
def test_an_unreadable_file_is_refused(
    run, arguments, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    answer = _train(run, arguments, tmp_path, tmp_path / name)
    assert answer.code == 1
    assert message in answer.err


def test_a_wrong_column_is_answered_with_near_names(run, arguments, table, tmp_path) -> None:
    data = _write(tmp_path, table().rename({"units": "unit"}))
    answer = _train(run, arguments, tmp_path, data)
    assert answer.code == 1
    assert "expected target column 'units', got the columns 'day', 'unit'." in answer.err
    assert "Did you mean 'unit'?" in answer.err


def _values(**changes: object) -> list[object]:
    values: list[object] = [float(step % 7) for step in range(ROWS)]
    for row, value in changes.items():
        values[int(row.removeprefix("row"))] = value
    return values


def _days(*rows: int) -> list[str]:
    start = pl.date(2024, 1, 1)
    return (
        pl.select((start + pl.duration(days=pl.Series(rows))).cast(pl.String)).to_series().to_list()
    )


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"units": _values(row4="many")},
            "expected numbers in target column 'units', got 'many' in row 5 of the file "
            "(header not counted). Leave the field empty if missing, or name another column.",
        ),
        (
            {"units": _values(row9="inf")},
            "expected finite numbers in target column 'units', got inf in row 10",
        ),
        (
            {"units": [3.5] * ROWS},
            "expected a target column 'units' that varies, got 3.5 in every row.",
        ),
        (
            {"units": [None] * ROWS},
            "expected values in target column 'units', got none in 120 rows.",
        ),
        (
            {"day": _days(1, 0, *range(2, ROWS))},
            "expected time column 'day' to run forward, got 2024-01-01 after 2024-01-02 in row 2 "
            "of the file (header not counted). Sort the rows by time, or name",
        ),
        (
            {"day": _days(0, 0, *range(2, ROWS))},
            "got 2024-01-01 a second time in row 2",
        ),
        (
            {"day": _days(0, *range(3, ROWS + 2))},
            "expected a row every 1 day in time column 'day', got 1 gap with 2 missing rows, the "
            "first after 2024-01-01 (row 1",
        ),
        ({"day": ["someday"] * ROWS}, "expected a date or time in column 'day', got 'someday'"),
    ],
    ids=[
        "text",
        "infinity",
        "constant",
        "all missing",
        "not sorted",
        "twice",
        "gaps",
        "no time",
    ],
)
def test_a_table_to_learn_nothing_from_is_refused(
    run, arguments, table, tmp_path: Path, columns, message: str
) -> None:
    answer = _train(run, arguments, tmp_path, _write(tmp_path, table(**columns)))
    assert answer.code == 1
    assert "sales.csv: " in answer.err
    assert message in answer.err


@pytest.mark.usefixtures("_no_report")
def test_gaps_can_be_filled_and_it_is_said(run, arguments, table, tmp_path: Path) -> None:
    data = _write(tmp_path, table(day=_days(0, *range(3, ROWS + 2))))
    answer = run(*arguments(data, tmp_path / "run", "--gaps", "fill", "--json"))
    assert answer.code == 0
    assert "1 gap was filled with 2 rows of missing values." in answer.out


def test_too_few_rows_for_the_horizon_are_refused(run, arguments, table, tmp_path) -> None:
    answer = _train(run, arguments, tmp_path, _write(tmp_path, table(7)))
    assert answer.code == 1
    assert "expected at least 8 rows" in answer.err
    assert "Give more rows, or shorten the horizon." in answer.err


def test_a_cell_that_is_none_is_shown_where_it_is_wrong(run, arguments, table, tmp_path) -> None:
    (tmp_path / "own.txt").write_text(
        "f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)\ng = tanh(W_g @ x)\nh = f * h[-1] + tanhh(g)\n"
    )
    data = _write(tmp_path, table())
    answer = _train(run, arguments, tmp_path, data, "--cell", tmp_path / "own.txt")
    assert answer.code == 1
    lines = answer.err.splitlines()
    shown = next(number for number, line in enumerate(lines) if "h = f * h[-1] + tanhh(g)" in line)
    assert "line 3" in answer.err
    assert lines[shown].index("tanhh") == lines[shown + 1].index("^")
    assert "Did you mean 'tanh'?" in answer.err


def test_an_unknown_cell_is_answered_with_near_names(run, arguments, table, tmp_path) -> None:
    answer = _train(run, arguments, tmp_path, _write(tmp_path, table()), "--cell", "pephole")
    assert answer.code == 1
    assert "Did you mean 'peephole'" in answer.err


def test_a_full_disk_is_said_before_training(run, arguments, table, tmp_path, monkeypatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = _train(run, arguments, tmp_path, _write(tmp_path, table()))
    assert answer.code == 1
    assert "the disk is full" in answer.err
    assert "Free some space" in answer.err
    assert not list((tmp_path / "run").iterdir())


def test_a_folder_that_cannot_be_made_is_said(run, arguments, table, tmp_path) -> None:
    (tmp_path / "run").write_text("a file")
    answer = _train(run, arguments, tmp_path, _write(tmp_path, table()))
    assert answer.code == 1
    assert "cannot be used as a folder" in answer.err
