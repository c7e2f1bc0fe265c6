"""Weight for weight against gradients: truncated as in LSTM, and in full where exact."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor

from lstmkit.nn import LSTM
from lstmkit.nn.graph import Connection, Graph, GraphNetwork, lstm

LENGTH = 6

# the paper's block: neither the cell's input nor its output is squashed about zero
BLOCK = """
    i = sigmoid(W_i @ x + {into_i} b_i)
    f = sigmoid(W_f @ x + {into_f} b_f)
    c = f * c[-1] + i * (W_c @ x)
    q = sigmoid(c + b_c)
    o = sigmoid(W_o @ x + {into_o} b_o)
    h = o * q
"""
PLAIN = BLOCK.format(into_i="", into_f="", into_o="")
RECURRENT = BLOCK.format(into_i="U_i @ h[-1] +", into_f="U_f @ h[-1] +", into_o="")
PEEPHOLES = BLOCK.format(into_i="p_i * q[-1] +", into_f="p_f * q[-1] +", into_o="p_o * q +")
# error passes the output gate's peephole, and no step of time but through the carousel
OPEN_PEEPHOLES = BLOCK.format(
    into_i="p_i * stop(q[-1]) +", into_f="p_f * stop(q[-1]) +", into_o="p_o * q +"
)


@dataclass
class Taught:
    """A network before a sequence, the sequence, and what the network learns of it at rate 1."""

    network: GraphNetwork
    inputs: np.ndarray
    targets: np.ndarray
    changes: np.ndarray


def taught(graph: Graph) -> Taught:
    network = GraphNetwork(graph, scale=1.0, seed=1)
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(LENGTH, 1, network.plan.num_inputs))
    targets = rng.uniform(size=(1, network.plan.outputs.size))
    other = network.select(np.array([0]))
    for x in inputs:
        other.step(x)
    other.learn(targets, 1.0)
    changes = [other.weights - network.weights, other.biases - network.biases]
    return Taught(network, inputs, targets, np.hstack(changes)[0])


def recurrent_lstm() -> Graph:
    """An LSTM in which the last output of every block feeds the input and forget gates of all."""
    plain = lstm(3, 3, 2, peepholes="none")
    blocks = (1, 2, 3)
    return Graph(
        units=plain.units,
        connections=(
            *plain.connections,
            *(
                Connection(source=f"c{a}", target=f"{kind}{b}", gate=f"o{a}")
                for a in blocks
                for b in blocks
                for kind in "if"
            ),
        ),
    )


def output_gate_peepholes_only() -> Graph:
    graph = lstm(3, 3, 2)
    return Graph(
        units=graph.units,
        connections=tuple(
            each
            for each in graph.connections
            if not (each.source[0] == "c" and each.target[0] in "if")
        ),
    )


def spot(target: str, source: str | None, named: dict[str, Tensor]) -> tuple[str, tuple[int, ...]]:
    """Where a connection of the graph, or a bias, stands among the layer's maps and vectors."""
    kind, row = target[0], int(target[1:]) - 1
    if source is None:
        return f"b_{kind}", (row,)
    column = int(source[1:]) - 1
    if source[0] == "x":
        return f"W_{kind}", (row, column)
    if kind == "y":
        return "R", (row, column)
    return (f"p_{kind}", (row,)) if f"p_{kind}" in named else (f"U_{kind}", (row, column))


def layer_gradient(given: Taught, cell: str, gradient: str) -> np.ndarray:
    """The cross-entropy's gradient by an LSTM layer with the network's weights, in their order."""
    network = given.network
    x = torch.tensor(given.inputs).transpose(0, 1)
    layer = LSTM(x.shape[2], 3, cell=cell, gradient=gradient, dtype=torch.float64)
    own = layer.directions()[0]
    read = {
        "R": torch.zeros(2, 3, dtype=torch.float64, requires_grad=True),
        "W_y": torch.zeros(2, x.shape[2], dtype=torch.float64, requires_grad=True),
        "b_y": torch.zeros(2, dtype=torch.float64, requires_grad=True),
    }
    ends = [(each.target, each.source) for each in network.connections]
    ends += [(name, None) for name in network.units[network.plan.num_inputs :]]
    values = np.hstack([network.weights, network.biases])[0]
    with torch.no_grad():
        named = own.named() | read
        for (target, source), value in zip(ends, values, strict=True):
            name, place = spot(target, source, named)
            named[name][place] = value
    h, _ = layer(x)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        h[:, -1] @ read["R"].T + x[:, -1] @ read["W_y"].T + read["b_y"],
        torch.tensor(given.targets),
        reduction="sum",
    )
    loss.backward()
    stored = {name: parameter.grad for name, parameter in own.stored().items()}
    found = own.layout.named(stored, own.sizes) | {name: one.grad for name, one in read.items()}
    return np.array([float(found[name][place]) for name, place in (spot(*e, named) for e in ends)])


@pytest.mark.parametrize(
    ("graph", "cell"),
    [
        (lstm(3, 3, 2, peepholes="none"), PLAIN),
        (recurrent_lstm(), RECURRENT),
        (lstm(3, 3, 2, peepholes="truncated"), PEEPHOLES),
    ],
    ids=["plain", "recurrence through output gates", "truncated peepholes"],
)
def test_it_learns_as_the_truncated_lstm(graph: Graph, cell: str):
    given = taught(graph)
    gradient = layer_gradient(given, cell, "truncated")
    np.testing.assert_allclose(given.changes, -gradient, rtol=1e-10, atol=1e-14)


def test_with_peepholes_it_keeps_the_error_that_lstm_drops():
    given = taught(lstm(3, 3, 2))
    kept = layer_gradient(given, OPEN_PEEPHOLES, "full")
    np.testing.assert_allclose(given.changes, -kept, rtol=1e-10, atol=1e-14)
    dropped = layer_gradient(given, PEEPHOLES, "truncated")
    assert np.linalg.norm(given.changes + dropped) > 1e-3 * np.linalg.norm(dropped)


def numerical_gradient(given: Taught, difference: float = 1e-5) -> np.ndarray:
    """Central differences of the cross-entropy: one network for every weight and direction."""
    network, targets = given.network, given.targets
    count = network.weights.shape[1] + network.biases.shape[1]
    changed = network.select(np.zeros(2 * count, dtype=int))
    numbers = np.arange(count)
    changed._values[numbers, numbers] += difference
    changed._values[numbers, count + numbers] -= difference
    for x in given.inputs:
        y = changed.step(np.tile(x, (2 * count, 1)), learning=False)
    loss = -(targets * np.log(y) + (1 - targets) * np.log(1 - y)).sum(axis=1)
    return (loss[:count] - loss[count:]) / (2 * difference)


@pytest.mark.parametrize(
    "graph", [lstm(3, 3, 2, peepholes="none"), output_gate_peepholes_only()], ids=["none", "output"]
)
def test_it_is_the_full_gradient_where_nothing_but_states_is_carried_on(graph: Graph):
    given = taught(graph)
    np.testing.assert_allclose(given.changes, -numerical_gradient(given), rtol=1e-6, atol=1e-9)


def test_it_is_not_the_full_gradient_where_gates_see_the_last_step():
    given = taught(lstm(3, 3, 2))
    expected = -numerical_gradient(given)
    assert np.linalg.norm(given.changes - expected) > 1e-4 * np.linalg.norm(expected)
