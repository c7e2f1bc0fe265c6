"""Forecasts from rows of standard input, as they come."""

from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lstmkit.tasks import Forecaster, load

ROWS = 120


@pytest.fixture
def model(trained: Path) -> Path:
    return trained / "run" / "model.safetensors"


def test_forecasts_come_row_by_row_and_go_on(
    run, model: Path, table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, whole = load(model), table(ROWS + 5)
    wanted = pl.concat([task.predict(whole.head(last)) for last in range(ROWS + 1, ROWS + 6)])
    lines = whole.write_csv().splitlines(keepends=True)
    told = []
    for first, last, more in ((121, 124, ()), (124, 126, ("--json",))):
        monkeypatch.setattr("sys.stdin", StringIO("".join([lines[0], *lines[first:last]])))
        answer = run("stream", model, "--state", tmp_path / "state", *more)
        assert answer.code == 0, answer.err
        assert answer.err == ("Going on after 2024-05-02.\n" if more else "")
        told.append((pl.read_ndjson if more else pl.read_csv)(StringIO(answer.out)))
    both = pl.concat([one.select(told[0].columns) for one in told])
    assert both.columns == wanted.columns
    assert both["time"].to_list() == wanted["time"].cast(pl.String).to_list()
    assert both["forecast"].to_list() == wanted["forecast"].to_list()
    monkeypatch.setattr("sys.stdin", StringIO(lines[0] + lines[125]))
    answer = run("stream", model, "--state", tmp_path / "state")
    assert answer.code == 1
    assert "standard input, row 1: expected 2024-05-05 next" in answer.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected rows below the header, got none"),
        ("day,units\n", "expected rows below the header, got none"),
        ("day,unit\n2024-04-30,1\n", "standard input: expected target column 'units', got the"),
        ("day,units\n2024-04-30,1,2\n", "expected 2 fields as in the header, got 3 in row 1"),
        ("day,units\n2024-04-30,x\n", "expected numbers in target column 'units', got 'x'"),
        ("day,units\n2024-04-30,\n2024-05-02,1\n", "row 2: expected 2024-05-01 next"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    run, model: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(text))
    answer = run("stream", model)
    assert answer.code == 1
    assert message in answer.err
    assert "Traceback" not in answer.err


def test_series_are_known_by_name_and_what_is_ahead_by_time(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = np.tile(np.arange(60), 2)
    whole = pl.DataFrame(
        {
            "shop": ["07"] * 60 + ["east"] * 60,
            "hour": step,
            "open": step % 4 < 2,
            "units": np.sin(step) + np.repeat([0, 9], 60),
        }
    )
    task = Forecaster(3, lookback=8, hidden_size=4, epochs=1, device="cpu")
    learnt = whole.filter(pl.col("hour") < 50)
    task.fit(learnt, "units", time="hour", series="shop", known="open")
    model = task.save(tmp_path / "model.safetensors")
    whole.drop("units").write_csv(tmp_path / "ahead.csv")
    rows = whole.filter(pl.col("hour").is_between(50, 51)).sort("hour", "shop")
    monkeypatch.setattr("sys.stdin", StringIO(rows.write_csv()))
    answer = run("stream", model, "--future", tmp_path / "ahead.csv")
    assert answer.code == 0, answer.err
    told = pl.read_csv(StringIO(answer.out), schema_overrides={"series": pl.String})
    assert told["series"].to_list() == (["07"] * 3 + ["east"] * 3) * 2
    east = whole.filter((pl.col("hour") < 52) & (pl.col("shop") == "east"))
    wanted = task.predict(east, future=whole)
    assert told["forecast"].to_list()[-3:] == wanted["forecast"].to_list()
    monkeypatch.setattr("sys.stdin", StringIO(rows.write_csv()))
    answer = run("stream", model)
    assert answer.code == 1
    assert "command line: --future FILE" in answer.err
    # a new shop is answered from its first sale on
    new = "hour,shop,open,units\n40,west,1,\n41,west,1,\n42,west,0,3\n"
    monkeypatch.setattr("sys.stdin", StringIO(new))
    ahead = whole.with_columns(shop=pl.lit("west")).drop("units")
    ahead.head(60).write_csv(tmp_path / "ahead.csv")
    answer = run("stream", model, "--future", tmp_path / "ahead.csv")
    assert answer.code == 0, answer.err
    west = {"hour": [40, 41, 42], "shop": ["west"] * 3, "open": [1, 1, 0], "units": [None, None, 3]}
    wanted = task.predict(west, future=ahead.head(60))
    told = pl.read_csv(StringIO(answer.out))
    assert told["forecast"].to_list() == wanted["forecast"].to_list()


def test_what_is_ahead_of_counted_rows_is_refused(run, tmp_path: Path) -> None:
    values = {"y": np.sin(np.arange(60)), "x": np.arange(60) % 2}
    task = Forecaster(3, lookback=8, hidden_size=4, epochs=1, device="cpu")
    model = task.fit(values, "y", known="x").save(tmp_path / "model.safetensors")
    answer = run("stream", model, "--future", tmp_path / "ahead.csv")
    assert answer.code == 2
    assert "expected a forecaster with a time column" in answer.err
