"""Descriptions: what goes in comes out, and what cannot run is refused."""

import copy
import json
from collections.abc import Callable

import pytest

from lstmkit.errors import SettingsError
from lstmkit.nn.graph import (
    Connection,
    Graph,
    gated_recurrence,
    lstm,
    two_stage,
    ungated_recurrence,
)
from lstmkit.nn.graph.levels import levels

GOOD = {
    "units": [
        {"name": "x", "role": "input"},
        {"name": "gate"},
        {"name": "cell", "function": "tanh"},
        {"name": "y", "role": "output"},
    ],
    "connections": [
        {"source": "x", "target": "gate"},
        {"source": "x", "target": "cell", "gate": "gate"},
        {"source": "cell", "target": "cell"},
        {"source": "cell", "target": "y"},
    ],
}


def test_the_papers_network_has_416_weights():
    graph = lstm(10, 8, 4)
    assert graph.num_weights == 416
    # 10 inputs to 32 units of blocks and to 4 outputs, 3 peepholes a block, 8 cells to 4 outputs
    assert 10 * 32 + 10 * 4 + 3 * 8 + 8 * 4 == 416
    assert len(graph.connections) == 416 + 8


@pytest.mark.parametrize(
    ("graph", "weights"),
    [
        (lstm(10, 8, 4, peepholes="truncated"), 416),
        (lstm(10, 8, 4, peepholes="none"), 416 - 24),
        (ungated_recurrence(10, 8, 4), 416 + 8 * 7 * 3),
        (gated_recurrence(10, 8, 4), 416 + 8 * 7 * 3),
        (two_stage(10, (4, 4), 4), 10 * 16 + 3 * 8 + 4 * 4 * 4 + 4 * 4 + 40),
    ],
    ids=["truncated", "no peepholes", "ungated", "gated", "two stages"],
)
def test_the_other_networks_have_the_weights_of_their_wiring(graph: Graph, weights: int):
    assert graph.num_weights == weights


def test_recurrence_is_gated_by_the_block_that_sends():
    between = [
        one
        for one in gated_recurrence(2, 3, 1).connections
        if one.source[0] == "c" and one.target[0] in "ifo"
    ]
    assert len(between) == 3 * 3 * 3
    for one in between:
        own = one.source[1:] == one.target[1:]
        assert one.gate == (None if own else f"o{one.source[1:]}")


@pytest.mark.parametrize(
    "graph",
    [lstm(3, 2, 2, peepholes="truncated"), two_stage(3, (2, 1), 2), Graph.from_dict(GOOD)],
    ids=["lstm", "two stages", "by hand"],
)
def test_a_description_comes_back_as_it_was(graph: Graph):
    assert Graph.from_dict(graph.to_dict()) == graph
    assert Graph.from_json(graph.to_json()) == graph
    assert Graph.from_dict(json.loads(json.dumps(graph.to_dict()))) == graph


def test_defaults_are_left_out():
    assert Graph.from_dict(GOOD).to_dict() == GOOD


def test_units_that_do_not_wait_for_one_another_share_a_level():
    level = levels(lstm(3, 2, 2))
    assert [level[name] for name in ("x1", "i1", "f2", "c1", "o2", "y1")] == [0, 1, 1, 2, 3, 4]


def changed(change) -> dict:
    description = copy.deepcopy(GOOD)
    change(description["units"], description["connections"])
    return description


def connect(**entry: object):
    return changed(lambda units, connections: connections.append(entry))


def unit(place: int, **entry: object):
    return changed(lambda units, connections: units[place].update(entry))


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (connect(source="x", target="cel"), r"'x' -> 'cel' names 'cel'.*Did you mean 'cell'"),
        (connect(source="x", target="y", gate="gat"), r"names 'gat', which is no unit"),
        (connect(source="cell", target="x"), r"'x' is an input"),
        (connect(source="x", target="cell"), r"'x' -> 'cell' twice"),
        (connect(source="y", target="y", gate="y"), r"'y' gates its own self-connection"),
        (changed(lambda u, c: c[2].update(truncated=True)), r"'cell' -> 'cell' is truncated"),
        (connect(source="x", target="y", truncated=1), r"a bool as 'truncated'"),
        (connect(source="x"), r"connections\[4\] lacks its 'target'"),
        (connect(source="x", target="y", gates="gate"), r"unknown entry 'gates'.*'gate'"),
        (connect(source="x", target=7), r"expected a str as 'target' of connections\[4\], got 7"),
        (unit(1, name="x"), r"a name of its own for every unit, got 'x' 2 times"),
        (unit(1, name=""), r"a name of its own for every unit, got ''"),
        (unit(0, role="hidden"), r"at least one unit with the role 'input'"),
        (unit(3, role="hidden"), r"at least one unit with the role 'output'"),
        (unit(2, role="input"), r"inputs before all other units, got 'cell' after 'gate'"),
        (unit(2, role="inptu"), r"one of input, hidden, output as role of units\[2\]"),
        (unit(2, function="sigmoid"), r"one of logistic, tanh, identity"),
        (unit(3, function="tanh"), r"logistic or identity output, got 'y'"),
        (unit(1, bias="yes"), r"expected a bool as 'bias' of units\[1\]"),
        (changed(lambda u, c: c.pop(0)), r"nothing reaches 'gate'"),
        (changed(lambda u, c: u.append("z")), r"a dictionary as units\[4\]"),
        ({"units": []}, r"a description with 'units' and 'connections', got \['units'\]"),
        ({"units": {}, "connections": []}, r"a list of units"),
        ([], r"a description with 'units' and 'connections'"),
    ],
)
def test_what_cannot_run_is_refused_with_its_place(description: dict, message: str):
    with pytest.raises(SettingsError, match=message):
        Graph.from_json(json.dumps(description))


@pytest.mark.compile  # the shape-type hook would refuse the word first
def test_another_kind_of_peephole_is_refused():
    with pytest.raises(SettingsError, match="full, truncated, none, got 'half'"):
        lstm(3, 2, 2, peepholes="half")


def test_a_text_that_is_no_json_is_refused():
    with pytest.raises(SettingsError, match="expected JSON"):
        Graph.from_json("{units:")


def test_what_is_built_in_python_is_checked_too():
    good = Graph.from_dict(GOOD)
    with pytest.raises(SettingsError, match="is no unit"):
        Graph(units=good.units, connections=(Connection(source="x", target="z"),))


@pytest.mark.compile  # the shape-type hook would refuse them first
@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"units": 3}, "a tuple as units, got int"),
        ({"units": ("x",)}, r"a Unit as units\[0\], got 'x'"),
        ({"connections": ("x", "y")}, r"a Connection as connections\[0\], got 'x'"),
    ],
)
def test_a_graph_is_made_of_units_and_connections(parts: dict, message: str):
    good = Graph.from_dict(GOOD)
    with pytest.raises(SettingsError, match=message):
        Graph(**{"units": good.units, "connections": good.connections} | parts)


@pytest.mark.compile
@pytest.mark.parametrize("make", [lstm, ungated_recurrence, gated_recurrence])
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 1, 1), "inputs as a whole number of at least 1, got 0"),
        (("3", 1, 1), "inputs as a whole number of at least 1, got '3'"),
        ((1, 0, 1), "blocks as a whole number of at least 1, got 0"),
        ((1, -1, 1), "blocks as a whole number of at least 1, got -1"),
        ((1, 1, 1.5), "outputs as a whole number of at least 1, got 1.5"),
    ],
)
def test_a_network_has_some_of_everything(make: Callable, sizes: tuple, message: str):
    with pytest.raises(SettingsError, match=f"^{make.__name__}: expected {message}"):
        make(*sizes)


@pytest.mark.compile
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((10, 8, 4), r"blocks as two numbers.*got 8. Write two_stage\(10, \(4, 4\), 4\)"),
        ((10, (8, 8, 8), 4), r"blocks as two numbers.*got \(8, 8, 8\)"),
        ((10, (0, 8), 4), "blocks as a whole number of at least 1, got 0"),
        ((10, (8, 1.5), 4), "blocks as a whole number of at least 1, got 1.5"),
        ((0, (8, 8), 4), "inputs as a whole number of at least 1, got 0"),
    ],
)
def test_two_stages_have_two_numbers_of_blocks(sizes: tuple, message: str):
    with pytest.raises(SettingsError, match=f"^two_stage: expected {message}"):
        two_stage(*sizes)
