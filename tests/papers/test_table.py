"""The runner: records survive, the table is made from the results that there are."""

import importlib
import json
import re
import sys

import pytest

import papers.__main__ as program
from papers import table
from papers.program import finish, options, spread
from papers.records import Records

ROW = {
    "paper": "Somebody 1997",
    "task": "a task",
    "published": "100 %",
    "measured": "2 of 2",
    "nets": 2,
    "seconds": 61.7,
}


@pytest.mark.parametrize("name", program.NAMES)
def test_every_experiment_has_a_program(name):
    assert callable(importlib.import_module(f"papers.{name}.__main__").main)


def test_every_program_is_listed_and_has_a_page():
    assert {path.parent.name for path in table.HERE.glob("*/__main__.py")} == set(program.NAMES)
    pages = table.HERE.parent / "docs" / "papers"
    contents = (pages.parent / "index.md").read_text()
    for name in program.NAMES:
        assert f"papers/{name}\n" in contents
        text = (pages / f"{name}.md").read_text()
        assert f"python -m papers.{name}" in text
        assert re.search(r"\b(RESULTS?|UPDATES|TODO|TBD)\b", text) is None


def test_the_table_is_made_from_the_results():
    expected = table.table(table.read(program.NAMES))
    assert (table.HERE / "README.md").read_text() == expected, "run python -m papers.table"


def test_a_result_becomes_a_row(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "HERE", tmp_path)
    rows = tmp_path / "rows.json"
    finish([ROW], rows)
    table.Result.of("one", rows, "python -m papers.one", "2026-11-23").save()
    (read,) = table.read(["none", "one"])
    assert read.rows == [ROW]
    text = table.table([read])
    assert "`python -m papers.one`, 2026-11-23" in text
    assert "| Somebody 1997 | a task | 100 % | 2 of 2 | 2 | 62 |" in text


def test_rows_take_the_place_of_those_of_the_same_task(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "HERE", tmp_path)
    other, better = ROW | {"task": "another"}, ROW | {"measured": "3 of 3"}
    for new, whole in (([ROW, other], True), ([better], False)):
        finish(new, tmp_path / "rows.json")
        table.Result.of("one", tmp_path / "rows.json", "python -m papers.one", "2026-11-23").save(
            whole=whole
        )
    assert table.read(["one"])[0].rows == [better, other]
    table.Result.of("one", tmp_path / "rows.json", "python -m papers.one", "2026-11-23").save()
    assert table.read(["one"])[0].rows == [better]


@pytest.fixture
def called(tmp_path, monkeypatch):
    """The commands of the experiments that were begun; those named bad fail."""
    commands = []

    class Begun:
        stdout = ("net 0: solved\n",)

        def __init__(self, command, *, env, **_):
            commands.append(command[2:-2])
            self.returncode = int(command[2] == "papers.bad")
            assert env["OMP_NUM_THREADS"] == "1"
            if self.returncode == 0:
                finish([ROW], tmp_path / command[-1])

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(table, "HERE", tmp_path)
    monkeypatch.setattr(program.subprocess, "Popen", Begun)
    return commands


def test_options_of_a_program_follow_two_dashes(called, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["papers", "gers2002", "--", "--task", "GTS"])
    assert program.main() == 0
    assert called == [["papers.gers2002", "--task", "GTS"]]
    monkeypatch.setattr(sys, "argv", ["papers", "--", "--task", "GTS"])
    with pytest.raises(SystemExit):
        program.main()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_experiment_that_fails_stops_no_other(jobs, called, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(program, "NAMES", ("good", "bad", "better"))
    monkeypatch.setattr(program, "MINUTES", {"good": 1, "bad": 3, "better": 2})
    monkeypatch.setattr(sys, "argv", ["papers", "--jobs", jobs])
    assert program.main() == 1
    order = [["papers.bad"], ["papers.better"], ["papers.good"]]
    assert sorted(called) == order if jobs == "2" else called == order
    assert [one.name for one in table.read(program.NAMES)] == ["good", "better"]
    assert "a task" in (tmp_path / "README.md").read_text()
    said = capsys.readouterr().err
    assert "good: net 0: solved" in said
    assert "failed: bad" in said


def test_the_quick_form_leaves_the_table_alone(called, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["papers", "gers2002", "--quick"])
    assert program.main() == 0
    assert called == [["papers.gers2002", "--quick"]]
    assert not (tmp_path / "README.md").exists()


def test_an_unknown_experiment_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["papers", "gers2001"])
    with pytest.raises(SystemExit):
        program.main()
    assert "gers2000" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["papers", "--jobs", "0"])
    with pytest.raises(SystemExit):
        program.main()
    assert "at least one job" in capsys.readouterr().err


def test_records_are_kept_and_found(tmp_path):
    records = Records(tmp_path / "new")
    assert records.get("a task 0") is None
    records.put("a task 0", {"solved": True})
    assert records.get("a task 0") == {"solved": True}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a-task-0.json"]


def test_programs_share_their_options(tmp_path):
    asked = options("one", "about", nets=7).parse_args(["--json", str(tmp_path / "rows.json")])
    assert asked.nets == 7
    assert not asked.quick
    assert asked.folder.parts[-2:] == ("papers", "one")
    finish([ROW], asked.json)
    assert json.loads(asked.json.read_text()) == [ROW]


def test_success_is_told_in_words():
    assert spread([], 3, "streams") == "0 of 3"
    assert spread([10, 20], 3, "streams") == "2 of 3, 15 streams (10 to 20)"
