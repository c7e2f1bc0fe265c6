"""Endless streams: what comes, what is due, and that training keeps its books."""

import dataclasses
import sys

import numpy as np
import pytest

from papers.gers2000 import __main__ as program
from papers.gers2000.picture import save
from papers.gers2000.streams import STRINGS, order, reber
from papers.gers2000.train import TASKS, evaluate, train
from papers.online import Nets
from papers.reber import SYMBOLS
from papers.stretch import BEGINS, COUNTS, DUE, ENDS

NAMED = {task.name.removeprefix("continual "): task for task in TASKS}
REBER = NAMED["embedded Reber, forget"]


def test_the_net_has_the_weights_that_the_paper_counts():
    assert REBER.shape.weights == 424
    assert NAMED["embedded Reber, standard"].shape.weights == 360


def test_strings_follow_one_another_without_a_sign():
    stretch = reber(np.random.default_rng(0))
    text = "".join(SYMBOLS[symbol] for symbol in stretch.x)
    begins = np.flatnonzero(stretch.flags & BEGINS)
    strings = [text[a:b] for a, b in zip(begins, [*begins[1:], len(text)], strict=True)]
    assert len(strings) == STRINGS
    assert all(one[0] == "B" and one[1] == one[-2] and one[-1] == "E" for one in strings)
    # what comes next was due, and after the last symbol of a string the first of another
    assert stretch.target[np.arange(len(text) - 1), stretch.x[1:]].all()
    assert (stretch.flags & (DUE + COUNTS + ENDS) == DUE + COUNTS).all()


def test_a_net_may_be_told_where_strings_end():
    stretch = reber(np.random.default_rng(0), told=True)
    ends = np.flatnonzero(stretch.flags & ENDS)
    assert len(ends) == STRINGS
    assert {SYMBOLS[symbol] for symbol in stretch.x[ends]} == {"E"}


def test_sequences_of_temporal_order_are_judged_at_their_end_alone():
    stretch = order(np.random.default_rng(0))
    ends = np.flatnonzero(stretch.flags & DUE)
    assert (stretch.flags[ends] & COUNTS).all()
    assert not (stretch.flags & ENDS).any()
    for end, begin in zip(ends, [0, *(ends[:-1] + 1)], strict=True):
        symbols = stretch.x[begin : end + 1].tolist()
        assert stretch.flags[begin] & BEGINS
        assert 100 <= len(symbols) <= 110
        assert symbols[0] == 0
        assert symbols[-1] == 1
        kinds = [symbol - 6 for symbol in symbols if symbol >= 6]
        assert int(stretch.target[end].argmax()) == 4 * kinds[0] + 2 * kinds[1] + kinds[2]


def test_a_stream_ends_with_the_first_mistake_and_streams_are_counted():
    found = train(dataclasses.replace(REBER, limit=40), 0)
    assert not found["solved"]
    assert found["streams"] == 40
    assert len(found["states"]) == 150


@pytest.mark.parametrize("forgiving", [False, True])
def test_a_stream_may_go_on_after_mistakes(monkeypatch, forgiving):
    tested = []
    monkeypatch.setattr(
        "papers.gers2000.train.evaluate", lambda *_: tested.append(1) or np.zeros(10)
    )
    short = dataclasses.replace(REBER, forgiving=forgiving, length=50, good=50, limit=3)
    assert train(short, 0)["streams"] == 3
    # a net is tested after a stream that is long enough
    assert len(tested) == 3 * forgiving


def test_a_net_without_weights_makes_its_mistake_at_once():
    net = Nets(REBER.shape, [0], spread=0.0, biases={})
    # all outputs are 0.5, and both targets, 0 and 1, are missed by more than 0.49
    assert (evaluate(REBER, net, np.random.default_rng(0)) == 0).all()


def test_a_stream_without_a_mistake_is_as_long_as_it_may_be():
    lenient = dataclasses.replace(REBER, wrong=2.0, length=30)
    net = Nets(REBER.shape, [0], spread=0.0, biases={})
    assert (evaluate(lenient, net, np.random.default_rng(0)) == 30).all()


def test_states_grow_only_where_nothing_forgets():
    standard, forgetting = (
        np.array([train(dataclasses.replace(task, limit=100), seed)["states"] for seed in (0, 1)])
        for task in (NAMED["embedded Reber, standard"], REBER)
    )
    assert standard[:, -1].min() > 2 * forgetting[:, -1].max()


def test_the_picture_is_written(tmp_path):
    save(tmp_path, {"standard": [[1.0, 2.0], [2.0, 4.0]], "forget": [[1.0, 1.0]]})
    assert (tmp_path / "gers2000-states.svg").read_text().startswith("<?xml")


@pytest.mark.slow
def test_the_quick_form_runs(tmp_path, monkeypatch):
    rows = tmp_path / "rows.json"
    monkeypatch.setattr(
        sys, "argv", ["gers2000", "--quick", "--folder", str(tmp_path), "--json", str(rows)]
    )
    program.main()
    assert "0% perfect" in rows.read_text()
