"""Anomalies from the command line: train, predict, evaluate, stream, and bad input."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rhythms import broken, rhythm
from waves import long_table, waves

from lstmkit.cli import main
from lstmkit.tasks.report.page import Page

FAST = ("--epochs", "8", "--hidden-size", "4", "--device", "cpu", "--quiet")


def _table(values: np.ndarray, anomalous: np.ndarray | None = None) -> pl.DataFrame:
    table = pl.DataFrame({"a": values[:, 0], "b": values[:, 1]})
    start = pl.datetime(2024, 1, 1)
    table = table.with_columns(when=start + pl.duration(minutes=5 * pl.int_range(pl.len())))
    return table if anomalous is None else table.with_columns(bad=pl.Series(anomalous))


@pytest.fixture(scope="module")
def detected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run in a folder that also holds clean.csv and broken.csv."""
    folder = tmp_path_factory.mktemp("detected")
    _table(rhythm(500)).write_csv(folder / "clean.csv")
    _table(*broken(400, seed=1)).write_csv(folder / "broken.csv")
    columns = ("--time", "when", "--value", "a", "--value", "b")
    command = ["train", "detect", folder / "clean.csv", *columns, *FAST]
    with pytest.raises(SystemExit) as end:
        main([str(word) for word in [*command, "--out", folder / "run"]])
    assert not end.value.code
    return folder


@pytest.fixture
def model(detected: Path) -> Path:
    return detected / "run" / "model.safetensors"


def test_a_run_leaves_everything_in_its_folder(detected: Path) -> None:
    run = detected / "run"
    figures = sorted(path.stem for path in (run / "figures").iterdir())
    # 100 steps are shown whole, so that there is no closer look
    assert figures == ["anomalies", "loss", "promise"]
    found = json.loads((run / "metrics.json").read_text())
    assert (found["train_sequences"], found["sequences"], found["steps"]) == (1, 1, 100)
    assert set(found["overall"]["lstmkit"]) == {"error", "alarms"}
    assert "on clean data about 0.1 are to be expected" in (run / "report.html").read_text()
    told = pl.read_parquet(run / "predictions.parquet")
    assert told.columns == ["sequence", "step", "time", "score", "alarm", "cause", "s_a", "s_b"]
    # the last fifth of the table, by its own times
    assert told["time"].equals(_table(rhythm(500))["when"].tail(100).alias("time"))
    assert told["alarm"].sum() == found["alarms"]


def test_labels_are_judged_by_and_not_learnt_from(
    run, detected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[Page] = []
    told = "lstmkit.tasks.sequence.run_sequences.write_page"
    monkeypatch.setattr(told, lambda _, page: pages.append(page))
    data, test = detected / "broken.csv", detected / "broken.csv"
    columns = ("--time", "when", "--target", "bad", "--judged", "a")
    answer = run("train", "detect", data, *columns, *FAST, "--test", test, "--out", tmp_path)
    assert answer.code == 0, answer.err
    sections = {section.key: section.draw(width=3.6) for section in pages[0].sections}
    assert list(sections) == ["anomalies", "closer", "promise", "curves", "loss"]
    found = json.loads((tmp_path / "metrics.json").read_text())
    assert found["events"] == 2
    assert found["overall"]["lstmkit"]["auroc"] > 0.7
    assert found["headline"] in answer.out
    settings = (tmp_path / "settings.toml").read_text()
    assert "series" not in settings
    assert 'judged = ["a"]' in settings
    assert not pl.read_parquet(tmp_path / "predictions.parquet")["s_b"].sum()
    again = run(
        *("train", "detect", data, "--config", tmp_path / "settings.toml", "--test", test),
        *("--quiet", "--out", tmp_path / "again"),
    )
    assert again.code == 0, again.err
    repeated = json.loads((tmp_path / "again" / "metrics.json").read_text())
    assert {**repeated, "seconds": 0} == {**found, "seconds": 0}


def test_a_saved_model_answers_and_is_judged(run, detected: Path, model: Path) -> None:
    answer = run("predict", model, detected / "broken.csv")
    assert answer.code == 0, answer.err
    table = pl.read_csv(StringIO(answer.out))
    assert table.height == 400
    assert table["cause"].unique().sort().to_list() == [None, "a", "b"]
    assert table["cause"].is_null().arg_true().to_list() == [0]
    judged = run("evaluate", model, detected / "broken.csv", "--target", "bad", "--json")
    scores = json.loads(judged.out)["overall"]
    assert scores["lstmkit"]["auroc"] > 0.7
    assert set(scores["last value"]) == set(scores["lstmkit"])
    info = run("info", model)
    assert "task: detect sequences of 2 channels" in info.out
    assert "threshold: 3.00, for 0.001 false alarms a step" in info.out


def test_a_stream_answers_row_by_row_and_goes_on(
    run, detected: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pl.read_csv(StringIO(run("predict", model, detected / "broken.csv").out))
    lines = (detected / "broken.csv").read_text().splitlines(keepends=True)
    told = []
    for first, last, more in ((1, 41, ()), (41, 61, ("--json",))):
        monkeypatch.setattr("sys.stdin", StringIO("".join([lines[0], *lines[first:last]])))
        answer = run("stream", model, "--state", tmp_path / "state", *more)
        assert answer.code == 0, answer.err
        read = pl.read_ndjson if more else pl.read_csv
        told.append(read(StringIO(answer.out)))
    assert told[1]["step"].to_list() == list(range(41, 61))
    both = pl.concat(told)
    assert np.allclose(both["score"], whole["score"][:60], atol=1e-4)
    assert both["alarm"].to_list() == whole["alarm"][:60].to_list()
    assert both.columns == whole.columns[1:]
    assert both["time"].to_list() == pl.read_csv(detected / "broken.csv")["when"][:60].to_list()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected column 'a', got the columns none"),
        ("a,when\n1,2\n", "expected column 'b', got the columns 'a', 'when'"),
        ("a,b,when\n", "expected rows below the header, got none"),
        ("a,b,when\n1,x,2\n", "expected numbers in column 'b', got 'x' in row 1"),
        ("a,b,when\n1,2,3\n1,2\n", "expected 3 fields as in the header, got 2 in row 2"),
        ("a,b,when\n1,2,soon\n", "standard input, row 1: expected"),
        ("a,b,when\n1,2,3\n1,2,1\n", "do not fall, got 1.0 in row 2 after 3.0. Give the rows"),
        (
            "a,b,when\n1,2,2024-01-31 23:59\n1,2,2024-01-31 23:58\n",
            "do not fall, got 2024-01-31 23:58 in row 2 after 2024-01-31 23:59. Give the rows",
        ),
        ("a,b,when\n1,2,nan\n", "expected a finite time for each step"),
    ],
)
def test_what_cannot_be_streamed_is_refused(
    run, model: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(text))
    answer = run("stream", model)
    assert answer.code == 1
    assert message in answer.err
    assert "Traceback" not in answer.err


def test_a_state_tells_its_last_time_as_rows_write_times(
    run, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    for when in ("2024-01-31 23:59:01", "2024-01-31 23:59"):
        monkeypatch.setattr("sys.stdin", StringIO(f"a,b,when\n1,2,{when}\n"))
        answers.append(run("stream", model, "--state", tmp_path / "state"))
    assert "got 2024-01-31 23:59 in row 1 after 2024-01-31 23:59:01. Give" in answers[1].err


def test_only_a_forecaster_reads_a_future(run, model: Path) -> None:
    answer = run("stream", model, "--future", "ahead.csv")
    assert answer.code == 2
    assert "a detector reads no --future" in answer.err


def test_an_answer_called_time_is_not_replaced(run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
    table = long_table(*waves(20)).with_columns(hour=pl.int_range(pl.len()))
    table.with_columns(time=pl.len().over("id")).write_csv(tmp_path / "waves.csv")
    columns = ("--series", "id", "--target", "time", "--time", "hour", "--value", "a", "--online")
    out = tmp_path / "run"
    assert run("train", "regress", tmp_path / "waves.csv", *columns, *FAST, "--out", out).code == 0
    monkeypatch.setattr("sys.stdin", StringIO("a,hour\n0.1,400\n0.3,600.5\n"))
    table = pl.read_csv(StringIO(run("stream", out / "model.safetensors").out))
    assert table.columns == ["step", "time"]
    assert (table["time"] < 50).all()


@pytest.mark.parametrize("verb", [("classify",), ("tag", "--smooth")], ids=lambda verb: verb[0])
def test_other_tasks_are_followed_too(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: tuple[str, ...]
) -> None:
    monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
    table = long_table(*waves(20)).with_columns(hour=pl.int_range(pl.len()))
    table.write_csv(tmp_path / "waves.csv")
    columns = ("--series", "id", "--target", "kind", "--value", "a", "--value", "b", "--online")
    columns += ("--time", "hour")
    out = tmp_path / "run"
    command = ["train", verb[0], tmp_path / "waves.csv", *columns, *verb[1:], *FAST, "--out", out]
    assert run(*command).code == 0
    monkeypatch.setattr("sys.stdin", StringIO("b,hour,a\n0.1,2,0.2\n0.3,3.5,\n"))
    table = pl.read_csv(StringIO(run("stream", out / "model.safetensors").out))
    assert table.columns == ["step", "time", "label", "p_fast", "p_slow"]
    assert (table["step"].to_list(), table["time"].to_list()) == ([1, 2], [2.0, 3.5])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--false-alarms", "0"), 2, "expected false_alarms as a share of clean steps"),
        (("--method", "guess"), 2, "'guess'"),
        (("--validation", "0"), 2, "expected validation between 0 and 1"),
        (("--value", "c"), 1, "expected values column 'c', got the columns 'a', 'b'"),
        (("--target", "a"), 1, "1 or True where a step is anomalous"),
        (("--target", "a", "--target", "b"), 2, "expected one column of labels, got a, b"),
        (("--test-share", "0.9"), 1, "at least 20 clean steps to set the threshold by, got 15"),
    ],
)
def test_wrong_use_is_refused(
    run, detected: Path, tmp_path: Path, arguments, code, message
) -> None:
    answer = run("train", "detect", detected / "clean.csv", *FAST, *arguments, "--out", tmp_path)
    assert answer.code == code
    assert message in answer.err
    assert not (tmp_path / "model.safetensors").exists()


def test_only_a_detector_is_judged_by_another_column(run, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("lstmkit.tasks.sequence.run_sequences.write_page", lambda *_: None)
    long_table(*waves(20)).write_csv(tmp_path / "waves.csv")
    columns = ("--series", "id", "--target", "kind", "--value", "a")
    out = tmp_path / "run"
    assert run("train", "classify", tmp_path / "waves.csv", *columns, *FAST, "--out", out).code == 0
    answer = run("evaluate", out / "model.safetensors", tmp_path / "waves.csv", "--target", "kind")
    assert answer.code == 2
    assert "only a detector is judged by a column" in answer.err


def test_a_detector_is_looked_into(run, detected: Path, model: Path, tmp_path: Path) -> None:
    answer = run("inspect", model, detected / "broken.csv", "--output", tmp_path / "page.html")
    assert (answer.code, answer.err) == (0, "")
    assert "forecast layer 1" in answer.out
    assert "Inside a detector: Anomalies in a, b" in (tmp_path / "page.html").read_text()
