"""Pictures of networks."""

import io
from xml.etree import ElementTree

import pytest
from matplotlib.patches import Circle, FancyArrowPatch

from lstmkit.nn.graph import Connection, Graph, Unit, draw, gated_recurrence, lstm, two_stage
from lstmkit.nn.graph.drawing.curve import between


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
    curve = between((0.0, 0.0), (4.0, 0.0), bend=0.0, radius=0.5)
    assert curve.start == (0.5, 0.0)
    assert curve.end == (3.5, 0.0)
    assert curve.middle == (2.0, 0.0)
