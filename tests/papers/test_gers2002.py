"""Timing: nets of 17 weights, spikes where they should be, and training that keeps its books."""

import dataclasses
import json
import sys

import numpy as np
import pytest

from papers.gers2002 import __main__ as program
from papers.gers2002.picture import save
from papers.gers2002.tasks import TASKS, cosine, rectangle, triangle
from papers.gers2002.train import INTERVALS, draw, evaluate, outputs, train
from papers.online import Nets
from papers.stretch import BEGINS, COUNTS

NAMED = {task.name: task for task in TASKS}
SPIKES = NAMED["GTS F=10, with peepholes"]
DELAYS = NAMED["MSD F=10 I=0,1, with peepholes"]


def test_nets_have_the_weights_that_the_paper_counts():
    for task in TASKS:
        assert task.shape.weights == (17 if task.peepholes else 14)


def test_a_spike_is_due_every_period_and_nothing_comes_in():
    stretch = draw(SPIKES, np.random.default_rng(0))
    spikes = np.flatnonzero(stretch.target[:, 0] == 1)
    assert (1 + spikes).tolist() == [10 * (n + 1) for n in range(INTERVALS)]
    assert (stretch.x == 0).all()
    np.testing.assert_array_equal(np.flatnonzero(stretch.flags & COUNTS), spikes)
    # a stream may begin with the first step of an interval
    np.testing.assert_array_equal(np.flatnonzero(stretch.flags & BEGINS), spikes - 9)


def test_the_length_of_the_last_interval_is_due_at_its_end():
    stretch = draw(DELAYS, np.random.default_rng(0))
    spikes = np.flatnonzero(stretch.x[:, 0])
    lengths = np.diff(spikes, prepend=-1)
    assert set(lengths.tolist()) == {10, 11}
    np.testing.assert_array_equal(stretch.target[spikes, 0], lengths - 10)
    assert not np.delete(stretch.target[:, 0], spikes).any()


@pytest.mark.parametrize("wave", [cosine, triangle, rectangle])
def test_waves_lie_between_0_and_1_and_begin_at_the_bottom(wave):
    values = wave(np.arange(10), 10)
    assert values[0] == 0
    assert values.min() == 0
    assert values.max() == pytest.approx(1)


def test_of_thirty_streams_of_delays_the_worst_counts():
    # silent throughout, so that the first long interval is the first mistake
    nets = Nets(DELAYS.shape, [0], spread=0.1, biases={})
    nets.output[:] = [[[0.0, -9.0]]]
    random, lengths = np.random.default_rng(4), []
    for _ in range(30):
        stretch = draw(DELAYS, random)
        lengths.append(int(np.argmax(stretch.target[stretch.x[:, 0] == 1, 0])))
    assert len(set(lengths)) > 1
    assert evaluate(DELAYS, nets, np.random.default_rng(4)) == min(lengths)


def test_streams_are_counted_until_the_limit():
    found = train(dataclasses.replace(SPIKES, limit=30), 0)
    assert found["streams"] == 30
    assert not found["solved"]


def test_a_net_that_may_do_as_it_likes_has_solved_its_task():
    # from an error of 2 on is never, so that a hundred spikes of training and a thousand pass
    found = train(dataclasses.replace(SPIKES, wrong=2.0), 0)
    assert found["solved"]
    assert found["streams"] == 1
    assert found["spikes"] == 100


def test_a_spike_that_is_missed_is_not_counted():
    # silent throughout, so that the first spike is the first mistake
    nets = Nets(SPIKES.shape, [0], spread=0.1, biases={})
    nets.output[:] = [[[0.0, -9.0]]]
    assert evaluate(SPIKES, nets, np.random.default_rng(0)) == 0
    assert evaluate(dataclasses.replace(SPIKES, wrong=2.0), nets, np.random.default_rng(0)) == 1000


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
