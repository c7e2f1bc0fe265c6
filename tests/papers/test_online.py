"""Many nets at once learn as each would alone, and by the library's own truncated gradient."""

import dataclasses

import numpy as np
import pytest
import torch

from lstmkit.engine import Cell
from lstmkit.nn import LSTM
from lstmkit.train.rules import OnlineGradient
from papers.online import Nets
from papers.shape import Shape

BIASES = {"i": (0.3, -0.2), "f": (1.0, 0.5), "o": (-0.1, 0.2)}
SHAPE = Shape(inputs=3, outputs=2, blocks=2, cells=2, biased=("cells", "gates", "outputs"))
CELL = Cell(
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
        f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f)
        g = 4 * sigmoid(W_g @ x + U_g @ h[-1] + b_g) - 2
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
        h = o * (2 * sigmoid(c) - 1)
    """
)


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
        {"squash_in": "centred", "squash_state": "wide", "output": "wide"},
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


def test_by_cross_entropy_the_slope_of_the_output_cancels():
    shape = Shape(inputs=3, outputs=2, blocks=2, recurrence="none", biased=("outputs",))
    error, inputs = np.array([[0.3, -0.1]]), np.ones((4, 1, 3))
    squared, entropy = (
        Nets(dataclasses.replace(shape, entropy=kind), [0], spread=0.5, biases={})
        for kind in (False, True)
    )
    y = run(squared, inputs)
    squared.learn(error / (y * (1 - y)), 1.0)
    run(entropy, inputs)
    entropy.learn(error, 1.0)
    for name in ("hidden", "output"):
        np.testing.assert_allclose(getattr(entropy, name), getattr(squared, name), atol=1e-12)


def test_with_peepholes_and_recurrence_it_is_the_librarys_rule():
    shape = Shape(
        inputs=3,
        outputs=2,
        blocks=2,
        peepholes=True,
        squash_state="centred",
        biased=("cells", "gates", "outputs"),
    )
    nets = Nets(shape, [5], spread=0.5, biases=BIASES)
    layer = LSTM(3, 2, cell=CELL, gradient="truncated").double()
    own = layer.directions()[0].named()
    with torch.no_grad():
        for row, kind in enumerate("gifo"):
            weights = torch.from_numpy(nets.hidden[0, 2 * row : 2 * row + 2])
            own[f"W_{kind}"].copy_(weights[:, :3])
            own[f"U_{kind}"].copy_(weights[:, 3:5])
            own[f"b_{kind}"].copy_(weights[:, 5])
            if kind != "g":
                own[f"p_{kind}"].copy_(torch.from_numpy(nets.peepholes[0, row - 1]))
    before, peepholes = nets.hidden.copy(), nets.peepholes.copy()
    read = torch.from_numpy(nets.output[0].copy())
    rule = OnlineGradient(layer, batch=1)
    random = np.random.default_rng(1)
    inputs, target = random.normal(size=(7, 1, 3)), torch.tensor([0.3, 0.9], dtype=torch.float64)
    nets.learn(target.numpy() - run(nets, inputs), 1.0)
    for x in inputs:
        h = rule.step(torch.from_numpy(x))
    y = (read[:, :2] @ h[0] + read[:, 2]).sigmoid()
    (0.5 * (y - target).square().sum()).backward()
    found = layer.directions()[0].layout.named(rule.gradients(h.grad), layer.directions()[0].sizes)
    change = (nets.hidden - before)[0]
    for row, kind in enumerate("gifo"):
        part = change[2 * row : 2 * row + 2]
        np.testing.assert_allclose(part[:, :3], -found[f"W_{kind}"], atol=1e-12)
        np.testing.assert_allclose(part[:, 3:5], -found[f"U_{kind}"], atol=1e-12)
        np.testing.assert_allclose(part[:, 5], -found[f"b_{kind}"], atol=1e-12)
        if kind != "g":
            moved = (nets.peepholes - peepholes)[0, row - 1]
            np.testing.assert_allclose(moved, -found[f"p_{kind}"], atol=1e-12)


# Hochreiter and Schmidhuber 1997, section 4: cells and gates all feed one another
OF_1997 = Cell(
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + R_i @ i[-1] + S_i @ o[-1] + b_i)
        o = sigmoid(W_o @ x + U_o @ h[-1] + R_o @ i[-1] + S_o @ o[-1] + b_o)
        g = 4 * sigmoid(W_g @ x + U_g @ h[-1] + R_g @ i[-1] + S_g @ o[-1] + b_g) - 2
        c = c[-1] + i * g
        h = o * (2 * sigmoid(c) - 1)
    """,
    shared=("i", "o"),
)


def test_blocks_that_share_gates_which_feed_all_learn_by_the_librarys_rule():
    shape = Shape(
        inputs=3,
        outputs=1,
        blocks=2,
        cells=2,
        recurrence="all",
        forget=False,
        squash_state="centred",
        output="linear",
        biased=("cells", "gates", "outputs"),
    )
    nets = Nets(shape, [5], spread=0.5, biases=BIASES)
    layer = LSTM(3, 4, cell=OF_1997, block_size=2, gradient="truncated").double()
    own = layer.directions()[0].named()
    sources = {"W": slice(0, 3), "U": slice(3, 7), "R": slice(7, 9), "S": slice(9, 11), "b": 11}
    rows = {"g": slice(0, 4), "i": slice(4, 6), "o": slice(6, 8)}
    with torch.no_grad():
        for kind, row in rows.items():
            for name, columns in sources.items():
                own[f"{name}_{kind}"].copy_(torch.from_numpy(nets.hidden[0, row, columns]))
    before = nets.hidden.copy()
    read = torch.from_numpy(nets.output[0].copy())
    inputs = np.random.default_rng(1).normal(size=(1, 9, 3))
    outputs = nets.run(inputs, np.array([9]))
    nets.learn(0.4 - outputs, 1.0)
    _, state = layer(torch.from_numpy(inputs))
    y = read[:, :4] @ state.h[-1][0] + read[:, 4]
    np.testing.assert_allclose(outputs[0], y.detach(), rtol=1e-12)
    (0.5 * (y - 0.4).square().sum()).backward()
    direction = layer.directions()[0]
    gradients = {name: parameter.grad for name, parameter in direction.stored().items()}
    found = direction.layout.named(gradients, direction.sizes)
    for kind, row in rows.items():
        for name, columns in sources.items():
            change = (nets.hidden - before)[0, row, columns]
            np.testing.assert_allclose(change, -found[f"{name}_{kind}"], atol=1e-12)


@pytest.mark.parametrize("peepholes", [False, True])
def test_a_net_does_not_depend_on_the_others(peepholes):
    shape = dataclasses.replace(SHAPE, peepholes=peepholes)
    random = np.random.default_rng(0)
    inputs, error = random.normal(size=(6, 3, 3)), random.normal(size=(6, 3, 2))
    together = Nets(shape, [0, 1, 2], spread=0.2, biases=BIASES, momentum=0.9)
    alone = Nets(shape, [1], spread=0.2, biases=BIASES, momentum=0.9)
    for step, (x, e) in enumerate(zip(inputs, error, strict=True)):
        together.step(x)
        together.learn(e, np.array([0.1, 0.2, 0.3]))
        alone.step(x[1:2])
        alone.learn(e[1:2], 0.2)
        # some of the others, or this one, begin again
        together.reset(np.array([step == 1, step == 3, step == 3]))
        alone.reset(np.array([step == 3]))
    for name in ("peepholes", "output"):
        np.testing.assert_allclose(getattr(together, name)[1], getattr(alone, name)[0], rtol=1e-12)
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
