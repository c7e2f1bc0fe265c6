"""Timing: nets of 17 weights, spikes where they should be, and training that keeps its books."""

import dataclasses
import json
import sys

import numpy as np
import pytest

from papers.gers2002 import __main__ as program
from papers.gers2002.picture import save
from papers.gers2002.tasks import TASKS, cosine, rectangle, triangle
from papers.gers2002.train import Streams, evaluate, outputs, train
from papers.online import Nets

NAMED = {task.name: task for task in TASKS}
SPIKES = NAMED["GTS F=10, with peepholes"]
DELAYS = NAMED["MSD F=10 I=0,1, with peepholes"]


def test_nets_have_the_weights_that_the_paper_counts():
    for task in TASKS:
        assert task.shape.weights == (17 if task.peepholes else 14)


def test_a_spike_is_due_every_period_and_nothing_comes_in():
    streams = Streams(SPIKES, 1, np.random.default_rng(0))
    steps = [streams.next() for _ in range(35)]
    assert [n + 1 for n, (_, target) in enumerate(steps) if target[0, 0] == 1] == [10, 20, 30]
    assert all(x[0, 0] == 0 for x, _ in steps)
    assert streams.spikes[0] == 3


def test_the_length_of_the_last_interval_is_due_at_its_end():
    streams = Streams(DELAYS, 1, np.random.default_rng(0))
    last, lengths = 0, set()
    for n in range(1, 400):
        x, target = streams.next()
        if x[0, 0]:
            assert target[0, 0] == n - last - 10
            lengths.add(n - last)
            last = n
        else:
            assert target[0, 0] == 0
    assert lengths == {10, 11}


@pytest.mark.parametrize("wave", [cosine, triangle, rectangle])
def test_waves_lie_between_0_and_1_and_begin_at_the_top(wave):
    values = wave(np.arange(10), 10)
    assert values[0] == 1
    assert values.min() == pytest.approx(0)
    assert values.max() == 1


def test_a_stream_that_restarts_begins_its_interval_anew():
    streams = Streams(SPIKES, 2, np.random.default_rng(0))
    for _ in range(4):
        streams.next()
    streams.restart(np.array([True, False]))
    assert streams.at.tolist() == [0, 4]


def test_streams_are_counted_until_the_limit():
    found = train(dataclasses.replace(SPIKES, limit=30), [0, 1])
    assert all(net["streams"] >= 30 and not net["solved"] for net in found)


def test_a_net_that_may_do_as_it_likes_has_solved_its_task():
    # from an error of 2 on is never, so that a hundred spikes of training and a thousand pass
    found = train(dataclasses.replace(SPIKES, wrong=2.0), [0])
    assert found[0]["solved"]
    assert found[0]["streams"] == 1


def test_a_spike_that_is_missed_is_not_counted():
    # silent throughout, so that the first spike is the first mistake
    nets = Nets(SPIKES.shape, [0], spread=0.1, biases={})
    nets.output[:] = [[[0.0, -9.0]]]
    assert evaluate(SPIKES, nets, 0, np.random.default_rng(0)) == 0
    assert (
        evaluate(dataclasses.replace(SPIKES, wrong=2.0), nets, 0, np.random.default_rng(0)) == 1000
    )


def test_the_picture_is_written(tmp_path):
    net = Nets(SPIKES.shape, [0], spread=0.1, biases={})
    save(tmp_path, {"one": outputs(SPIKES, net), "two": outputs(SPIKES, net)})
    assert (tmp_path / "gers2002-timing.svg").read_text().startswith("<?xml")


@pytest.mark.slow
def test_the_quick_form_solves_its_task(tmp_path, monkeypatch):
    rows = tmp_path / "rows.json"
    monkeypatch.setattr(
        sys, "argv", ["gers2002", "--quick", "--folder", str(tmp_path), "--json", str(rows)]
    )
    program.main()
    (row,) = json.loads(rows.read_text())
    assert row["measured"].startswith("2 of 2, ")
    assert row["seconds"] < 60
