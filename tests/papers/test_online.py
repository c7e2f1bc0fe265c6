"""Many nets at once learn as each would alone, by the gradient of what they did."""

import numpy as np
import pytest

from papers.online import Nets, Shape

BIASES = {"i": (0.3, -0.2), "f": (1.0, 0.5), "o": (-0.1, 0.2)}
SHAPE = Shape(inputs=3, outputs=2, blocks=2, cells=2, biased=("cells", "gates", "outputs"))


def run(nets, inputs):
    nets.reset(np.ones(len(nets.s), dtype=bool))
    for x in inputs:
        y = nets.step(x)
    return y


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"forget": False},
        {"output_gate": False, "squash_in": "logistic"},
        {"shortcut": True, "squash_state": "centred"},
        {"cells": 1, "output": "linear", "squash_in": "linear"},
    ],
    ids=str,
)
def test_without_recurrence_the_rule_is_the_gradient(changed):
    settings = {"inputs": 3, "outputs": 2, "blocks": 2, "cells": 2, "recurrence": "none"}
    shape = Shape(**(settings | {"biased": ("cells", "gates", "outputs")} | changed))
    random = np.random.default_rng(0)
    inputs, target = random.normal(size=(5, 2, 3)), random.normal(size=(2, 2))
    learned, nets = (Nets(shape, [0, 1], spread=0.5, biases=BIASES) for _ in range(2))
    learned.learn(target - run(learned, inputs), 1.0)
    for name in ("hidden", "output"):
        weights = getattr(nets, name)
        change = getattr(learned, name) - weights
        for place in np.ndindex(*weights.shape):
            kept = weights[place]
            losses = []
            for step in (1e-5, -1e-5):
                weights[place] = kept + step
                losses.append(0.5 * np.square(run(nets, inputs) - target).sum())
            weights[place] = kept
            assert change[place] == pytest.approx((losses[1] - losses[0]) / 2e-5, abs=1e-8)


def test_a_net_does_not_depend_on_the_others():
    random = np.random.default_rng(0)
    inputs, error = random.normal(size=(6, 3, 3)), random.normal(size=(6, 3, 2))
    together = Nets(SHAPE, [0, 1, 2], spread=0.2, biases=BIASES, momentum=0.9)
    alone = Nets(SHAPE, [1], spread=0.2, biases=BIASES, momentum=0.9)
    for x, e in zip(inputs, error, strict=True):
        together.step(x)
        together.learn(e, np.array([0.1, 0.2, 0.3]))
        alone.step(x[1:2])
        alone.learn(e[1:2], 0.2)
    np.testing.assert_allclose(together.hidden[1], alone.hidden[0], rtol=1e-12)
    np.testing.assert_allclose(together.s[1], alone.s[0], rtol=1e-12)


def test_a_net_that_is_reset_starts_afresh_and_the_others_go_on():
    nets = Nets(SHAPE, [0, 0], spread=0.2, biases=BIASES)
    x = np.ones((2, 3))
    first = nets.step(x)
    nets.reset(np.array([True, False]))
    again = nets.step(x)
    np.testing.assert_array_equal(again[0], first[0])
    assert (again[1] != first[1]).any()


def test_copies_do_not_share_weights():
    nets = Nets(SHAPE, [0], spread=0.2, biases=BIASES)
    copies = nets.select(np.array([0, 0]))
    copies.step(np.ones((2, 3)))
    copies.learn(np.ones((2, 2)), 1.0)
    assert (copies.hidden[0] != nets.hidden[0]).any()


def test_missing_biases_stay_missing():
    shape = Shape(inputs=3, outputs=2, blocks=2, biased=())
    nets = Nets(shape, [0], spread=0.2, biases={})
    nets.step(np.ones((1, 3)))
    nets.learn(np.ones((1, 2)), 1.0)
    assert (nets.hidden[0, :, -1] == 0).all()
    assert (nets.output[0, :, -1] == 0).all()
