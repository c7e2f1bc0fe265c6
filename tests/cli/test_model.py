"""What a saved model is asked: predict, evaluate, info."""

import json
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
import safetensors.torch
import torch

from lstmkit.train import write_file

HEADER = "series,origin,time,step,target,forecast,q0.1,q0.25,q0.5,q0.75,q0.9"


@pytest.fixture
def model(trained: Path) -> Path:
    return trained / "run" / "model.safetensors"


def test_a_model_alone_forecasts_what_follows_its_training_table(run, model: Path) -> None:
    answer = run("predict", model)
    assert answer.code == 0
    assert answer.err == ""
    assert answer.out.splitlines()[0] == HEADER
    table = pl.read_csv(StringIO(answer.out))
    assert table["time"].to_list() == ["2024-04-30", "2024-05-01", "2024-05-02"]
    assert table["q0.1"].le(table["forecast"]).all()


def test_the_training_table_gives_the_same_forecast_as_none(run, model, trained) -> None:
    assert run("predict", model, trained / "sales.csv").out == run("predict", model).out


def test_rows_as_json_are_those_of_csv(run, model: Path) -> None:
    rows = json.loads(run("predict", model, "--json").out)
    assert [row["step"] for row in rows] == [1, 2, 3]
    assert ",".join(rows[0]) == HEADER


@pytest.mark.parametrize(
    ("name", "read"),
    [("f.csv", pl.read_csv), ("f.parquet", pl.read_parquet), ("f.json", pl.read_json)],
)
def test_forecasts_go_to_a_file(run, model: Path, tmp_path: Path, name: str, read) -> None:
    answer = run("predict", model, "--out", tmp_path / name)
    assert answer.code == 0
    assert answer.out == ""
    assert answer.err == f"3 rows in {tmp_path / name}\n"
    assert read(tmp_path / name).columns == HEADER.split(",")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_of_another_kind_is_refused_before_the_model_is_read(run, tmp_path) -> None:
    answer = run("predict", tmp_path / "none", "--out", tmp_path / "f.xlsx")
    assert answer.code == 2
    assert "ends in .csv, .parquet or .json" in answer.err


def test_a_file_that_cannot_be_written_is_named(run, model, tmp_path, monkeypatch) -> None:
    answer = run("predict", model, "--out", tmp_path / "none" / "f.csv")
    assert answer.code == 1
    assert "f.csv: the table cannot be written: No such file or directory." in answer.err

    def full(path: Path, _content: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    answer = run("predict", model, "--out", tmp_path / "f.csv")
    assert answer.code == 1
    assert "No space left on device" in answer.err
    assert not list(tmp_path.iterdir())


def test_evaluate_shows_the_model_beside_the_baselines(run, model, trained) -> None:
    answer = run("evaluate", model, trained / "sales.csv", "--stride", "5")
    assert answer.code == 0
    assert [line.split("  ")[0] for line in answer.out.splitlines()[1:]] == [
        "lstmkit",
        "naive",
        "seasonal naive",
        "drift",
    ]
    metrics = json.loads(run("evaluate", model, trained / "sales.csv", "--json").out)
    assert len(metrics["by_step"]["lstmkit"]["mae"]) == 3
    wrong = run("evaluate", model, trained / "sales.csv", "--stride", "0")
    assert wrong.code == 2


def test_evaluate_wants_rows_enough(run, model, table, tmp_path: Path) -> None:
    table(9).write_csv(tmp_path / "new.csv")
    answer = run("evaluate", model, tmp_path / "new.csv")
    assert answer.code == 1
    assert "at least 11 rows" in answer.err


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_a_table_without_the_target_is_refused(run, model, table, tmp_path, verb: str) -> None:
    table().rename({"units": "unit"}).write_csv(tmp_path / "new.csv")
    answer = run(verb, model, tmp_path / "new.csv")
    assert answer.code == 1
    assert "expected target column 'units'" in answer.err
    assert "Did you mean 'unit'?" in answer.err


def test_info_tells_what_a_model_is(run, model: Path) -> None:
    answer = run("info", model)
    assert answer.code == 0
    for told in (
        "task: forecast 3 steps of 1 day",
        "  target = units",
        "cell: lstm: ",
        "  h = o ⊙ tanh(c)",
        "season: 7",
        "  epochs = 1",
        "seasonal naive",
    ):
        assert told in answer.out
    facts = json.loads(run("info", model, "--json").out)
    assert facts["columns"] == {"target": ["units"], "time": "day"}
    assert facts["metrics"]["overall"]["lstmkit"]["mae"] > 0


def test_info_of_a_model_that_left_its_folder_has_no_metrics(run, model, tmp_path) -> None:
    (tmp_path / "moved.safetensors").write_bytes(model.read_bytes())
    assert json.loads(run("info", tmp_path / "moved.safetensors", "--json").out)["metrics"] is None
    assert run("info", tmp_path / "moved.safetensors").code == 0
    for stranger in ("[1]", "{}", "not JSON"):
        (tmp_path / "metrics.json").write_text(stranger)
        assert "parameters: " in run("info", tmp_path / "moved.safetensors").out


@pytest.fixture
def broken(model: Path, tmp_path: Path) -> Path:
    """A folder of files that are no models."""
    (tmp_path / "text").write_text("not a model")
    (tmp_path / "damaged").write_bytes(model.read_bytes()[:-9] + b"123456789")
    (tmp_path / "cut").write_bytes(model.read_bytes()[:1000])
    safetensors.torch.save_file({"w": torch.ones(2)}, tmp_path / "foreign")
    newer = {"format": 99, "version": "9.0.0", "task": "forecaster"}
    write_file(tmp_path / "newer", {"w": torch.ones(2)}, newer)
    write_file(tmp_path / "other", {"w": torch.ones(2)}, {"task": "poet"})
    write_file(tmp_path / "bare", {"w": torch.ones(2)}, {"task": "forecaster"})
    write_file(tmp_path / "unfinished", {"w": torch.ones(2)}, {"kind": "checkpoint"})
    return tmp_path


@pytest.mark.parametrize("verb", ["predict", "info", "evaluate"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "does not exist. Give the path of a model file."),
        ("", "is a folder, not a file"),
        ("text", "is damaged or is no safetensors file"),
        ("damaged", "its checksum does not match its content. Copy it again"),
        ("cut", "is damaged"),
        ("foreign", "is a safetensors file, but not one of lstmkit's"),
        ("newer", "was made by lstmkit 9.0.0"),
        ("other", "'poet'"),
        ("bare", "lacks what a forecaster needs"),
        ("unfinished", "unfinished"),
    ],
)
def test_what_is_no_model_is_refused(
    run, broken: Path, trained: Path, verb: str, name: str, message: str
) -> None:
    more = [trained / "sales.csv"] if verb == "evaluate" else []
    answer = run(verb, broken / name, *more)
    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.startswith("Error: ")
    assert message in answer.err
    assert "Traceback" not in answer.err


def test_a_newer_file_says_how_to_read_it(run, broken: Path) -> None:
    assert "Upgrade with: pip install --upgrade lstmkit" in run("info", broken / "newer").err


def test_ctrl_c_outside_of_training_is_quiet(run, model: Path, monkeypatch) -> None:
    def stopped(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lstmkit.tasks.load", stopped)
    answer = run("predict", model)
    assert answer.code == 130
    assert answer.out == ""
    assert "Traceback" not in answer.err
