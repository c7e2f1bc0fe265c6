"""Endless streams: what comes, what is due, and that training keeps its books."""

import dataclasses
import sys

import numpy as np
import pytest

from papers.gers2000 import __main__ as program
from papers.gers2000.picture import save
from papers.gers2000.streams import Order, Reber
from papers.gers2000.train import TASKS, evaluate, train
from papers.online import Nets
from papers.reber import SYMBOLS

NAMED = {task.name.removeprefix("continual "): task for task in TASKS}
REBER = NAMED["embedded Reber, forget"]


def test_the_net_has_the_weights_that_the_paper_counts():
    assert REBER.shape.weights == 424
    assert NAMED["embedded Reber, standard"].shape.weights == 360


def test_strings_follow_one_another_without_a_sign():
    streams = Reber(2, np.random.default_rng(0))
    text = ["", ""]
    legal = None
    for _ in range(300):
        step = streams.next()
        symbols = step.x.argmax(1)
        if legal is not None:
            assert legal[[0, 1], symbols].all()
        legal = step.target > 0.5
        for row in range(2):
            text[row] += SYMBOLS[symbols[row]] + " " * bool(step.ends[row])
    for stream in text:
        strings = stream.split()[:-1]
        assert len(strings) > 10
        assert all(one[0] == "B" and one[1] == one[-2] and one[-1] == "E" for one in strings)


def test_sequences_of_temporal_order_are_judged_at_their_end_alone():
    streams = Order(3, np.random.default_rng(0))
    symbols, ends = [], []
    for _ in range(500):
        step = streams.next()
        symbols.append(int(step.x[0].argmax()))
        assert (step.judged == step.ends).all()
        if step.ends[0]:
            assert symbols[0] == 0
            assert symbols[-1] == 1
            kinds = [symbol - 6 for symbol in symbols if symbol >= 6]
            assert int(step.target[0].argmax()) == 4 * kinds[0] + 2 * kinds[1] + kinds[2]
            ends.append(len(symbols))
            symbols = []
    assert len(ends) >= 4
    assert all(100 <= length <= 110 for length in ends)


def test_a_stream_ends_with_the_first_mistake_and_streams_are_counted():
    found = train(dataclasses.replace(REBER, limit=40), [0, 1])
    assert all(not net["solved"] and net["streams"] == 40 for net in found)
    assert all(len(net["states"]) == 150 for net in found)


def test_a_net_without_weights_makes_its_mistake_at_once():
    nets = Nets(REBER.shape, [0], spread=0.0, biases={})
    # all outputs are 0.5, and both targets, 0 and 1, are missed by more than 0.49
    assert (evaluate(REBER, nets, 0, np.random.default_rng(0)) == 0).all()


def test_a_stream_without_a_mistake_is_as_long_as_it_may_be():
    lenient = dataclasses.replace(REBER, wrong=2.0, length=30)
    nets = Nets(REBER.shape, [0], spread=0.0, biases={})
    assert (evaluate(lenient, nets, 0, np.random.default_rng(0)) == 30).all()


def test_states_grow_only_where_nothing_forgets():
    standard, forgetting = (
        np.array([net["states"] for net in train(dataclasses.replace(task, limit=100), [0, 1])])
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
