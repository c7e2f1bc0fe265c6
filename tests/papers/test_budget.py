"""All experiments together take less than four hours of two cores."""

import sys

import pytest

from papers import table
from papers.budget import MINUTES, NAMES
from papers.gers2000 import __main__ as streams
from papers.gers2000.train import TASKS as STREAMS
from papers.gers2002 import __main__ as timing
from papers.gers2002.tasks import TASKS as TIMING
from papers.hochreiter1997 import __main__ as blocks


def asked(program, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["program"])
    return program._arguments()


def test_all_take_less_than_four_hours_of_two_cores():
    assert sum(MINUTES.values()) <= 2 * 4 * 60


def test_nets_of_1997_are_stopped_in_time(monkeypatch):
    given = asked(blocks, monkeypatch)
    chosen = blocks._chosen(given)
    assert len(chosen) > 30
    assert given.minutes is None
    assert given.nets * sum(run.minutes for run in chosen) <= MINUTES["hochreiter1997"]


def test_nets_on_streams_are_stopped_in_time(monkeypatch):
    given = asked(streams, monkeypatch)
    assert given.task == ""
    clocked = [task for task in STREAMS if "decay" in task.name or task.forgiving]
    # the others have seen all their streams, or are perfect, long before
    (result,) = table.read(["gers2000"])
    names = {f"{task.name}; up to {task.limit:,} streams" for task in clocked}
    others = [row["seconds"] for row in result.rows if row["task"] not in names]
    assert len(others) == len(STREAMS) - len(clocked)
    assert given.minutes is None
    stopped = given.nets * sum(task.minutes for task in clocked)
    assert stopped + sum(others) / 60 <= MINUTES["gers2000"]


def test_nets_that_keep_time_are_stopped_in_time(monkeypatch):
    given = asked(timing, monkeypatch)
    assert given.minutes is None
    assert given.nets * sum(task.minutes for task in TIMING) <= MINUTES["gers2002"]


@pytest.mark.parametrize("name", NAMES)
def test_the_rows_of_the_table_took_no_longer(name):
    (result,) = table.read([name])
    assert sum(row["seconds"] for row in result.rows) <= 60 * MINUTES[name]
