"""`lstmkit inspect`, and gradients watched from the command line."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def model(trained: Path) -> Path:
    return trained / "run" / "model.safetensors"


def test_it_writes_a_page_and_prints_the_numbers(run, model, trained, tmp_path: Path) -> None:
    page = tmp_path / "inside.html"
    answer = run("inspect", model, trained / "sales.csv", "--output", page)
    assert answer.code == 0
    assert answer.err == ""
    assert "encoder layer 1" in answer.out
    assert "decoder layer 1" in answer.out
    assert "steps back by gradient" in answer.out
    assert answer.out.rstrip().endswith(f"Page: {page}")
    assert "Inside a forecast of units" in page.read_text(encoding="utf-8")


def test_without_a_name_the_page_lies_beside_the_model(run, model, trained) -> None:
    page = model.with_name("inspect.html")
    answer = run("inspect", model, trained / "sales.csv", "--json")
    assert json.loads(answer.out)["page"] == str(page)
    told = json.loads(answer.out)
    assert {row["quantity"] for row in told["quantities"]} == set("ifgcoh")
    assert {"gradient of c", "influence by gradient"} < {row["measure"] for row in told["by_lag"]}
    page.unlink()


def test_a_table_too_short_is_refused(run, model, table, tmp_path: Path) -> None:
    table(9).write_csv(tmp_path / "short.csv")
    answer = run("inspect", model, tmp_path / "short.csv")
    assert answer.code == 1
    assert "expected a series of at least 11 rows" in answer.err


def test_a_forecaster_shows_its_last_window(run, model, trained) -> None:
    for option in (("--show", "a"), ("--text", "day")):
        answer = run("inspect", model, trained / "sales.csv", *option)
        assert answer.code == 2
        assert "Leave --show and --text out" in answer.err


@pytest.mark.usefixtures("_no_report")
def test_gradients_are_watched_on_request(run, arguments, trained, tmp_path: Path) -> None:
    data = trained / "sales.csv"
    answer = run(*arguments(data, tmp_path / "run", "--watch-gradients"))
    assert answer.code == 0
    [line] = [one for one in answer.err.splitlines() if one.startswith("gradients: ")]
    assert "scan.encoder layer 1" in line
    assert "a step back" in line
    plain, watched = (
        json.loads((folder / "metrics.json").read_text())["overall"]
        for folder in (trained / "run", tmp_path / "run")
    )
    assert watched == plain
