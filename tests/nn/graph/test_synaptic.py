"""The independent implementation synaptic 1.1.4, by numbers that it wrote (golden/synaptic.js)."""

import json
from pathlib import Path

import numpy as np
import pytest
from nn.graph.unit_by_unit import UnitByUnit

from lstmkit.nn.graph import Connection, Graph, GraphNetwork, Unit

GOLDEN = json.loads((Path(__file__).parent / "golden" / "synaptic.json").read_text())
ROLES = {"x": "input", "y": "output"}


def graph_of(golden: dict) -> Graph:
    """Synaptic's network, as a graph."""
    kept = {one["unit"]: one["gate"] for one in golden["kept"]}
    return Graph(
        units=tuple(
            Unit(name=name, role=ROLES.get(name[0], "hidden"), bias=name not in kept)
            for name in golden["units"]
        ),
        connections=(
            *(
                Connection(source=one["source"], target=one["target"], gate=one["gate"])
                for one in golden["weights"]
            ),
            *(Connection(source=name, target=name, gate=gate) for name, gate in kept.items()),
        ),
    )


def keyed(entries: list, value: str = "weight") -> dict:
    return {(one["target"], one["source"]): one[value] for one in entries}


def network_of(golden: dict) -> GraphNetwork:
    network = GraphNetwork(graph_of(golden))
    write(network, keyed(golden["weights"]), golden["biases"])
    return network


def write(network: GraphNetwork, weights: dict, biases: dict) -> None:
    network.weights[:] = [weights[each.target, each.source] for each in network.connections]
    network.biases[:] = [biases[name] for name in network.units[-network.biases.shape[1] :]]


@pytest.mark.parametrize("case", GOLDEN)
def test_activities_states_and_traces_are_synaptics(case: str):
    golden = GOLDEN[case]
    network = network_of(golden)
    before = golden
    for sequence in golden["sequences"]:
        write(network, keyed(before["weights"]), before["biases"])
        network.reset()
        for step in sequence["steps"]:
            network.step(np.array([step["inputs"]]))
            expected = [step["activations"][unit] for unit in network.units]
            np.testing.assert_allclose(network.activities[0], expected, rtol=1e-13, atol=1e-15)
            # synaptic's states have the bias in them
            states = network.states[0, network.plan.num_inputs :] + network.biases[0]
            expected = [step["states"][unit] for unit in network.units[network.plan.num_inputs :]]
            np.testing.assert_allclose(states, expected, rtol=1e-12, atol=1e-15)
        traces = keyed(sequence["traces"], "trace")
        expected = [traces[each.target, each.source] for each in network.connections]
        np.testing.assert_allclose(network.traces[0], expected, rtol=1e-12, atol=1e-15)
        before = sequence


def test_weight_changes_are_synaptics_without_forget_gates():
    golden = GOLDEN["without_forget_gates"]
    before = golden
    network = network_of(golden)
    for sequence in golden["sequences"]:
        write(network, keyed(before["weights"]), before["biases"])
        network.reset()
        for step in sequence["steps"]:
            network.step(np.array([step["inputs"]]))
        network.learn(np.array([sequence["targets"]]), golden["rate"])
        old, new = keyed(before["weights"]), keyed(sequence["weights"])
        expected = [
            new[each.target, each.source] - old[each.target, each.source]
            for each in network.connections
        ]
        changed = network.weights[0] - [
            old[each.target, each.source] for each in network.connections
        ]
        assert np.linalg.norm(changed - expected) < 1e-6 * np.linalg.norm(expected)
        before = sequence


def test_its_own_example_is_the_equations_with_its_four_departures():
    golden = GOLDEN["lstm"]
    reference = UnitByUnit(
        graph_of(golden), keyed(golden["weights"]), golden["biases"], timing="synaptic"
    )
    for name in [one["unit"] for one in golden["kept"]]:
        del reference.biases[name]
    for sequence in golden["sequences"]:
        reference.reset()
        for step in sequence["steps"]:
            reference.step(step["inputs"])
        for one in sequence["traces"]:
            for gated, extended in one["extended"].items():
                found = reference.extended[one["target"], one["source"], gated]
                assert found == pytest.approx(extended, rel=1e-11, abs=1e-16)
        reference.learn(sequence["targets"], golden["rate"])
        for one in sequence["weights"]:
            found = reference.weights[one["target"], one["source"]]
            assert found == pytest.approx(one["weight"], rel=1e-12)
        for name, bias in reference.biases.items():
            if name[0] != "x":
                assert bias == pytest.approx(sequence["biases"][name], rel=1e-12)
