"""The vectorised network against the same equations, unit by unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nn.graph.unit_by_unit import UnitByUnit

from lstmkit.errors import SettingsError
from lstmkit.nn.graph import (
    Connection,
    Graph,
    GraphNetwork,
    Unit,
    gated_recurrence,
    lstm,
    two_stage,
    ungated_recurrence,
)


def reference_of(network: GraphNetwork, net: int) -> UnitByUnit:
    weights = {
        (each.target, each.source): weight
        for each, weight in zip(network.connections, network.weights[net], strict=True)
    }
    has_bias = {unit.name for unit in network.graph.units if unit.bias}
    names = network.units[len(network.units) - network.biases.shape[1] :]
    biases = dict(zip(names, network.biases[net], strict=True))
    return UnitByUnit(
        network.graph, weights, {name: biases[name] for name in names if name in has_bias}
    )


def compare(graph: Graph, nets: int = 2, sequences: int = 2, length: int = 4) -> None:
    """Runs and trains both, and compares every number of every network."""
    network = GraphNetwork(graph, nets=nets, seed=3, scale=1.0)
    references = [reference_of(network, net) for net in range(nets)]
    rng = np.random.default_rng(4)
    num_inputs = sum(unit.role == "input" for unit in graph.units)
    for _ in range(sequences):
        network.reset()
        for reference in references:
            reference.reset()
        for step in range(length):
            inputs = rng.normal(size=(nets, num_inputs))
            outputs = network.step(inputs)
            targets = rng.uniform(size=outputs.shape)
            if step % 2:
                network.learn(targets, 0.5)
            for net, reference in enumerate(references):
                reference.step(inputs[net])
                if step % 2:
                    reference.learn(targets[net], 0.5)
    for net, reference in enumerate(references):
        again = reference_of(network, net)
        assert again.weights == pytest.approx(reference.weights, rel=1e-9, abs=1e-12)
        assert again.biases == pytest.approx(reference.biases, rel=1e-9, abs=1e-12)
        y = dict(zip(network.units, network.activities[net], strict=True))
        assert y == pytest.approx(reference.y, rel=1e-9, abs=1e-12)
        s = dict(zip(network.units, network.states[net], strict=True))
        assert s == pytest.approx(reference.state, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    "graph",
    [
        lstm(2, 2, 2),
        lstm(2, 2, 1, peepholes="truncated"),
        lstm(2, 1, 1, peepholes="none"),
        ungated_recurrence(2, 2, 2),
        gated_recurrence(2, 3, 1),
        two_stage(2, (2, 1), 2),
    ],
    ids=["lstm", "truncated", "no peepholes", "ungated", "gated", "two stages"],
)
def test_the_networks_of_the_paper_equal_the_equations_unit_by_unit(graph: Graph):
    compare(graph)


@st.composite
def descriptions(draw: st.DrawFn) -> dict:
    """Any network: every arrangement of connections and gates that is allowed."""
    hidden = draw(st.integers(0, 4))
    functions = st.sampled_from(["logistic", "tanh", "identity"])
    units = [{"name": "a", "role": "input"}, {"name": "b", "role": "input"}]
    units += [
        {"name": f"h{n}", "function": draw(functions), "bias": draw(st.booleans())}
        for n in range(hidden)
    ]
    output = {"name": "y", "role": "output", "bias": draw(st.booleans())}
    units.insert(draw(st.integers(2, 2 + hidden)), output)
    units.append({"name": "z", "role": "output", "function": "identity"})
    names = [unit["name"] for unit in units]
    gates = st.none() | st.sampled_from(names)
    connections = [{"source": "a", "target": name, "gate": draw(gates)} for name in names[2:]]
    pairs = [(i, j) for i in names[1:] for j in names[2:]]
    for source, target in draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)):
        entry = {"source": source, "target": target, "gate": draw(gates)}
        if source != target:
            entry["truncated"] = draw(st.booleans())
        if not entry["gate"] == source == target:
            connections.append(entry)
    return {"units": units, "connections": connections}


@given(descriptions())
def test_any_network_equals_the_equations_unit_by_unit(description: dict):
    compare(Graph.from_dict(description), nets=1, sequences=1, length=4)


def test_a_network_is_the_same_whatever_runs_beside_it():
    many, few = GraphNetwork(lstm(3, 2, 2), nets=4), GraphNetwork(lstm(3, 2, 2), nets=2)
    np.testing.assert_array_equal(many.weights[:2], few.weights)
    rng = np.random.default_rng(0)
    for _ in range(3):
        x = rng.normal(size=(4, 3))
        many.step(x)
        few.step(x[:2])
    many.learn(np.ones((4, 2)), 0.1)
    few.learn(np.ones((2, 2)), 0.1)
    np.testing.assert_array_equal(many.weights[:2], few.weights)


def test_chosen_networks_have_weights_of_their_own_and_are_at_rest():
    network = GraphNetwork(lstm(3, 2, 2), nets=3)
    network.step(np.ones((3, 3)))
    chosen = network.select(np.array([2, 0, 2]))
    np.testing.assert_array_equal(chosen.weights[1], network.weights[0])
    assert not chosen.states.any()
    chosen.step(np.ones((3, 3)))
    chosen.learn(np.ones((3, 2)), 0.1)
    assert (chosen.weights[0] != network.weights[2]).any()
    assert network.states.any()


def test_a_step_without_learning_has_the_same_outputs():
    learning, quick = GraphNetwork(lstm(3, 2, 2)), GraphNetwork(lstm(3, 2, 2))
    for x in np.random.default_rng(0).normal(size=(5, 1, 3)):
        np.testing.assert_array_equal(learning.step(x), quick.step(x, learning=False))


def test_learning_without_traces_is_refused_until_the_reset():
    network = GraphNetwork(lstm(3, 2, 2))
    network.step(np.ones((1, 3)), learning=False)
    network.step(np.ones((1, 3)))
    with pytest.raises(SettingsError, match="learning=True"):
        network.learn(np.ones((1, 2)), 0.1)
    network.reset()
    network.step(np.ones((1, 3)))
    network.learn(np.ones((1, 2)), 0.1)


def test_learning_before_a_step_is_refused():
    network = GraphNetwork(lstm(3, 2, 2))
    with pytest.raises(SettingsError, match="at least one step"):
        network.learn(np.ones((1, 2)), 0.1)


@pytest.mark.parametrize("shape", [(1, 2), (2, 3), (3,)])
def test_other_sizes_are_refused(shape: tuple[int, ...]):
    network = GraphNetwork(lstm(3, 2, 2))
    with pytest.raises(SettingsError, match=r"expected \(nets, inputs\) = \(1, 3\)"):
        network._check("step", "inputs", np.ones(shape), 3)


@pytest.mark.compile  # the shape-type hook would refuse some of them first
@pytest.mark.parametrize("rate", [np.nan, np.inf, -0.1, "0.1"])
def test_a_rate_is_finite_and_not_below_0(rate):
    network = GraphNetwork(lstm(3, 2, 2))
    network.step(np.ones((1, 3)))
    before = network.weights.copy()
    with pytest.raises(SettingsError, match="rate as a finite number of at least 0, got"):
        network.learn(np.ones((1, 2)), rate)
    np.testing.assert_array_equal(network.weights, before)


@pytest.mark.compile
def test_a_list_is_no_array():
    with pytest.raises(SettingsError, match=r"= \(1, 3\), got list. Give an array"):
        GraphNetwork(lstm(3, 2, 2)).step([[1.0, 1.0, 1.0]])


@pytest.mark.compile
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nets": 0}, "nets as a whole number of at least 1, got 0"),
        ({"nets": 1.5}, "nets as a whole number of at least 1, got 1.5"),
        ({"seed": -1}, "seed as a whole number of at least 0, got -1"),
        ({"seed": "x"}, "seed as a whole number of at least 0, got 'x'"),
        ({"scale": np.nan}, "scale as a finite number of at least 0, got nan"),
        ({"scale": -1.0}, "scale as a finite number of at least 0, got -1.0"),
        ({"graph": "x"}, r"a Graph, got str. Build one with lstm"),
    ],
)
def test_networks_that_cannot_be_are_refused(settings: dict, message: str):
    with pytest.raises(SettingsError, match=f"^GraphNetwork: expected {message}"):
        GraphNetwork(**{"graph": lstm(3, 2, 2)} | settings)


def test_a_unit_without_bias_never_gets_one():
    graph = Graph(
        units=(Unit(name="x", role="input"), Unit(name="y", role="output", bias=False)),
        connections=(Connection(source="x", target="y"),),
    )
    network = GraphNetwork(graph)
    network.step(np.ones((1, 1)))
    network.learn(np.ones((1, 1)), 1.0)
    assert network.biases == 0.0
    assert network.weights != GraphNetwork(graph).weights
