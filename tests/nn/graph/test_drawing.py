"""Pictures of networks."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch

from lstmkit.errors import SettingsError
from lstmkit.nn.graph import (
    Connection,
    Graph,
    GraphNetwork,
    Unit,
    draw,
    gated_recurrence,
    lstm,
    two_stage,
)
from lstmkit.nn.graph.drawing.curve import between, routed


@pytest.mark.parametrize(
    "graph",
    [lstm(2, 1, 1), gated_recurrence(2, 2, 1), two_stage(2, (1, 1), 1)],
    ids=["lstm", "gated", "two stages"],
)
def test_everything_that_is_described_is_drawn(graph: Graph):
    (axes,) = draw(graph).axes
    assert {text.get_text() for text in axes.texts} >= {unit.name for unit in graph.units}
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == graph.num_weights
    loops = len(graph.connections) - graph.num_weights
    circles = [patch for patch in axes.patches if isinstance(patch, Circle)]
    assert len(circles) == len(graph.units) + loops
    # a line and a dot for each gate
    assert len(axes.lines) == 2 * sum(one.gate is not None for one in graph.connections)


def test_a_picture_can_be_written_as_svg():
    page = io.BytesIO()
    draw(lstm(2, 1, 1)).savefig(page, format="svg")
    assert ElementTree.fromstring(page.getvalue()).tag.endswith("svg")


def test_units_never_lie_on_one_another():
    (axes,) = draw(two_stage(3, (2, 2), 2)).axes
    centers = [patch.center for patch in axes.patches if isinstance(patch, Circle)]
    assert len(set(centers)) == len(centers)


def test_functions_are_named():
    graph = Graph(
        units=(Unit(name="x", role="input"), Unit(name="y", role="output", function="identity")),
        connections=(Connection(source="x", target="y"),),
    )
    (axes,) = draw(graph).axes
    assert "id" in [text.get_text() for text in axes.texts]


def test_a_curve_begins_and_ends_on_its_circles():
    curve = between(np.array([0.0, 0.0]), np.array([4.0, 0.0]), bend=0.0, radius=0.5)
    np.testing.assert_array_equal(curve.at(0), [0.5, 0.0])
    np.testing.assert_array_equal(curve.at(0.5), [2.0, 0.0])
    np.testing.assert_array_equal(curve.at(1), [3.5, 0.0])


def test_a_curve_goes_round_what_stands_in_its_way():
    start, end = np.array([0.0, 0.0]), np.array([4.0, 0.0])
    options = {"bends": (0.1, -0.1, 1.5, -1.5), "radius": 0.3}
    straight = routed(start, end, around=np.zeros((0, 2)), **options)
    round_one = routed(start, end, around=np.array([[2.0, 0.0]]), **options)
    round_two = routed(start, end, around=np.array([[2.0, 0.0], [2.0, 0.8]]), **options)
    assert [curve.control[1] for curve in (straight, round_one, round_two)] == [0.1, 1.5, -1.5]


def test_gates_touch_connections_apart_from_one_another():
    (axes,) = draw(two_stage(3, (2, 2), 2)).axes
    dots = [tuple(line.get_xydata()[0]) for line in axes.lines if line.get_marker() == "o"]
    assert len(set(dots)) == len(dots)


@pytest.mark.compile  # the shape-type hook would refuse them first
@pytest.mark.parametrize(
    ("graph", "message"),
    [("x", "a Graph, got str"), (GraphNetwork(lstm(1, 1, 1)), "got GraphNetwork.*take the graph")],
)
def test_only_a_graph_is_drawn(graph, message: str):
    with pytest.raises(SettingsError, match=message):
        draw(graph)
