"""Counting: the languages, what counts as accepted, the filter, and that nets learn."""

import json
import re
import sys

import numpy as np
import pytest
import torch

from lstmkit.train.rules import DecoupledKalmanFilter
from papers.counting import __main__ as program
from papers.counting import net as counting
from papers.counting.filter import Filter
from papers.counting.language import at
from papers.counting.net import counters, reach
from papers.counting.train import _between, by_filter, by_gradient


def test_after_each_letter_of_three_what_may_follow_is_known():
    seen, may_follow = at(3, np.full(7, 2), np.arange(7))
    assert seen.tolist() == [0, 1, 1, 2, 2, 3, 3]
    follows = ["".join("abcT"[n] for n in row.nonzero()[0]) for row in may_follow]
    assert follows == ["a", "ab", "ab", "b", "c", "c", "T"]


def test_strings_of_different_lengths_stand_side_by_side():
    seen, may_follow = at(2, np.array([1, 3, 2]), np.array([1, 4, 4]))
    assert seen.tolist() == [1, 2, 2]
    assert may_follow.astype(int).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize("letters", [2, 3])
def test_a_letter_that_is_counted_has_a_block(letters):
    nets = counters(letters, [0, 1])
    assert nets.s.shape == (2, letters - 1)
    # weights between units, biases and peepholes of Gers and Schmidhuber 2001
    assert letters == 3 or nets.shape.weights == 28 + 7 + 3
    assert (nets.hidden[:, letters - 1 :, -1] == np.repeat([-1, 2, -2], letters - 1)).all()


@pytest.mark.parametrize("n", [0, 1, 8, 9, 23, 40])
def test_the_reach_is_the_last_n_before_the_first_failure(n, monkeypatch):
    monkeypatch.setattr(counting, "_accepted", lambda _, letters, counts: counts <= n)
    assert reach(counters(2, [0]), 2, 40) == n


def test_a_counter_set_by_hand_accepts_every_string_up_to_its_leak():
    net = counters(2, [0])
    for weights in (net.hidden, net.peepholes, net.output):
        weights[:] = 0.0
    # sources: start, a, b, the cell, 1; units: cell, input, forget, output gate
    net.hidden[0, 0, [1, 2]] = 1.0, -1.0
    net.hidden[0, 1:, -1] = 30.0
    # outputs a, b, end see the count, start, a, b, 1
    net.output[0, 0] = [0.0, 9.0, 9.0, -9.0, 0.0]
    net.output[0, 1] = [2.0, -9.0, 1.0, -1.0, 0.0]
    net.output[0, 2] = [-2.0, -9.0, -9.0, 1.0, 0.0]
    assert reach(net, 2, 60) == 60
    net.hidden[0, 2, -1] = 5.0
    assert 0 < reach(net, 2, 60) < 60


def test_the_filter_is_the_librarys():
    # each net alone, in torch, with one group a unit
    nets = counters(3, [0, 1, 2])
    rule = Filter(nets, start=10.0)
    random = np.random.default_rng(0)
    units, cells = nets.hidden.shape[1], nets.s.shape[1]
    alone = []
    for net in range(3):
        rows = rule._grouped(nets.hidden, nets.peepholes, nets.output)[net]
        alone.append(DecoupledKalmanFilter({"w": torch.tensor(rows)}, start=10.0))
    for step in range(5):
        nets.step(np.eye(4)[random.integers(0, 4, 3)])
        derivatives = np.stack(
            [rule._grouped(*nets.gradients(np.tile(row, (3, 1)))) for row in np.eye(4)], axis=1
        )
        error, noise = random.normal(size=(3, 4)), np.array([1.0, 2.0, 3.0])
        rule.update(error, noise, noise / 10)
        rows = rule._grouped(nets.hidden, nets.peepholes, nets.output)
        for net, one in enumerate(alone):
            one.update(
                {"w": torch.tensor(derivatives[net])},
                torch.tensor(error[net]),
                measurement=noise[net],
                process=noise[net] / 10,
            )
            np.testing.assert_allclose(rows[net], one.parameters["w"], atol=1e-9)
        assert step == 0 or np.abs(nets.peepholes).sum() > 0
    assert cells == 2
    assert units == 8


def test_noise_goes_from_one_end_to_the_other_by_equal_factors():
    found = _between((100.0, 1.0), np.array([0.0, 0.5, 1.0]))
    assert found.tolist() == pytest.approx([100, 10, 1])


@pytest.mark.parametrize("train", [by_gradient, by_filter])
def test_a_net_learns_as_it_would_alone(train):
    together = train(2, [3, 4], strings=20, every=10, limit=5)
    (alone,) = train(2, [4], strings=20, every=10, limit=5)
    assert together[1] | {"seconds": 0} == alone | {"seconds": 0}


def test_a_filter_learns_to_count_in_a_hundred_strings():
    (found,) = by_filter(2, [0], strings=200, every=20, limit=50)
    assert found["solved"]
    assert found["reach"] > 20


def rows_of(folder, monkeypatch, *words):
    rows = folder / "rows.json"
    options = ["counting", *words, "--folder", str(folder / "nets"), "--json", str(rows)]
    monkeypatch.setattr(sys, "argv", options)
    program.main()
    return json.loads(rows.read_text())


def test_what_was_kept_is_not_done_again(tmp_path, monkeypatch):
    words = ("--task", "a^n b^n, Kalman", "--nets", "2", "--strings", "20")
    (row,) = rows_of(tmp_path, monkeypatch, *words)
    assert row["measured"].startswith("0 of 2 learn")
    assert rows_of(tmp_path, monkeypatch, *words) == [row]


@pytest.mark.slow
def test_the_quick_form_counts_far_beyond_what_was_shown(tmp_path, monkeypatch):
    (row,) = rows_of(tmp_path, monkeypatch, "--quick")
    assert row["measured"].startswith("5 of 5 learn n up to 10")
    reached = re.search(r"n = ([\d,]+) at best", row["measured"])
    assert int(reached[1].replace(",", "")) >= 100
    assert row["seconds"] < 60
