"""Drawings: all is there, nothing lies upon anything else, and states run straight."""

from functools import lru_cache
from itertools import combinations, pairwise

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from lstmkit.cells import CATALOGUE
from lstmkit.engine import read
from lstmkit.engine.drawing import draw
from lstmkit.engine.drawing.canvas import paint
from lstmkit.engine.drawing.flow import Flow, flow_of
from lstmkit.engine.drawing.layers import Layers
from lstmkit.engine.drawing.order import place
from lstmkit.engine.drawing.routing import Run, runs, track
from lstmkit.engine.latex import symbol

JANET = """
s = W_f @ x + U_f @ h[-1] + b_f
g = tanh(W_g @ x + U_g @ h[-1] + b_g)
h = sigmoid(s) * h[-1] + (1 - sigmoid(s - 1)) * g
"""
ODD = {
    "no map": "h = x + h[-1]",
    "square": "h = h[-1] * h[-1] + W @ x",
    "quotient": "h = W @ x / (1 + abs(h[-1]))",
    "many terms": "a = W @ x\nh = a + h[-1] + a * a + tanh(a) + a / h[-1]",
    "many factors": "a = W @ x\nh = a * h[-1] * exp(a) * tanh(a)",
    "bounded": "h = min(1, max(W @ x + h[-1], 0))",
    "constant": "g = tanh(b)\nh = layer_norm(b) * (W @ x) + g * h[-1] - abs(b) / 2",
    "copy": "c = W @ x\nh = c + c[-1]",
    "negative": "h = -(W @ x) - h[-1] * 2 - 1",
    "alias": "m = max(h[-1], W @ x)\nh = m",
    "maps in a row": "v = tanh(B @ x + C @ h[-1])\nh = A @ v",
}
CELLS = {name: cell.equations for name, cell in CATALOGUE.items()}
CELLS |= {name: read(text) for name, text in (ODD | {"janet": JANET}).items()}


@lru_cache
def placed(name: str) -> Layers:
    return place(flow_of(CELLS[name]))


@pytest.fixture(params=CELLS, scope="module")
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def figure(name: str) -> Figure:
    return paint(placed(name))


def sources(flow: Flow, target: str) -> dict[str, str]:
    return {wire.source: wire.label for wire in flow.wires if wire.target == target}


def test_every_quantity_state_and_map_is_written(name: str, figure: Figure) -> None:
    texts = [text.get_text() for text in figure.axes[0].texts]
    equations = CELLS[name]
    for quantity in equations.quantities:
        assert {f"${symbol(quantity)}$", f"${symbol(quantity, 't')}$"} & set(texts)
    for state in equations.states:
        assert f"${symbol(state, 't-1')}$" in texts
        assert f"${symbol(state, 't')}$" in texts
    for learned in equations.maps:
        assert any(symbol(learned) in text for text in texts)


def test_no_two_parts_overlap(figure: Figure) -> None:
    patches = figure.axes[0].patches
    boxes = [patch for patch in patches if isinstance(patch, FancyBboxPatch)][1:]
    places = [patch.get_window_extent() for patch in boxes]
    places += [patch.get_window_extent() for patch in patches if isinstance(patch, Circle)]
    assert not [pair for pair in combinations(places, 2) if pair[0].overlaps(pair[1])]


def test_no_label_lies_on_a_part_or_another_label(figure: Figure) -> None:
    axes = figure.axes[0]
    renderer = figure.canvas.get_renderer()
    parts = [p for p in axes.patches if isinstance(p, FancyBboxPatch)][1:]
    parts += [p for p in axes.patches if isinstance(p, Circle)]
    places = [part.get_window_extent(renderer) for part in parts]
    labels = [text.get_window_extent(renderer).padded(-2) for text in axes.texts]
    inside = [
        any(
            box.x0 < label.x0 and label.x1 < box.x1 and box.y0 < label.y0 and label.y1 < box.y1
            for box in places
        )
        for label in labels
    ]
    free = [label for label, within in zip(labels, inside, strict=True) if not within]
    assert not [pair for pair in combinations(labels, 2) if pair[0].overlaps(pair[1])]
    assert not [label for label in free if any(label.overlaps(box) for box in places)]


def test_all_lies_within_the_page(figure: Figure) -> None:
    width, height = figure.get_size_inches() * figure.dpi
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height


def test_parts_and_lanes_of_a_layer_keep_their_order_and_a_gap(name: str) -> None:
    layers = placed(name)
    for order in layers.order:
        for upper, lower in pairwise(order):
            room = layers.height[upper] - layers.extent[upper][1]
            assert room - layers.height[lower] - layers.extent[lower][0] > 0.1


def test_wires_of_different_signals_never_lie_upon_one_another(name: str) -> None:
    layers = placed(name)
    for layer in range(len(layers.links)):
        found = runs(layers, layer)
        bent = [run for run in found if run.track is not None]
        assert len({run.track for run in bent}) == len(bent)
        for one, two in combinations(found, 2):
            for run, other in ((one, two), (two, one)):
                assert not lie_upon(run, other)


def lie_upon(run, other) -> bool:
    """Whether a run leaves at the height at which another enters, further left than that turns."""
    reach = 99 if other.track is None else other.track
    starts = -1 if run.track is None else run.track
    return starts < reach and any(abs(h - other.enters) < 0.03 for h, _, _ in run.leaves)


def held(layers: Layers, state: str) -> set[float]:
    """Heights of the parts on a state's way from the step before to this one."""
    way = layers.flow.rails[state]
    return {layers.height[key, layers.depth[key]] for key in way}


@pytest.mark.parametrize(
    ("cell", "states"), [("lstm", "c"), ("slstm", "mcn"), ("gru", "h"), ("lstm1997", "c")]
)
def test_states_that_only_arithmetic_touches_run_straight_above_all_else(cell, states) -> None:
    layers = placed(cell)
    assert set(layers.flow.rails) == set(states)
    heights = [held(layers, state) for state in states]
    assert all(len(height) == 1 for height in heights)
    others = [height for item, height in layers.height.items() if item not in layers.rails]
    assert max(others) < min(min(height) for height in heights)


def test_a_recurrent_map_makes_no_rail() -> None:
    assert flow_of(CELLS["elman"]).rails == {}


def test_learned_things_and_signs_stand_on_the_wires() -> None:
    flow = flow_of(CELLS["peephole"])
    assert sources(flow, "o") == {"x": "W_{o}", "h[-1]": "U_{o}", "c": "p_{o}"}
    assert flow.parts["o"].text == r"\sigma"
    flow = flow_of(CELLS["layer_norm"])
    assert sources(flow, "i")["x"] == r"w_{i}\,\mathrm{norm}\,W_{i}"
    flow = flow_of(CELLS["slstm"])
    assert sources(flow, "i") == {"i_log": "", "m": "-"}
    assert "1/" in sources(flow, "h").values()


def test_arithmetic_with_constants_is_shown() -> None:
    coupled = flow_of(CELLS["coupled"])
    assert (coupled.parts["f"].shape, coupled.parts["f"].text) == ("circle", "1-")
    assert flow_of(CELLS["lstm1997"]).parts["g"].text == r"4\sigma-2"
    janet = flow_of(CELLS["janet"])
    (shifted,) = [key for key, part in janet.parts.items() if part.text == r"1-\sigma"]
    assert sources(janet, shifted) == {"s": "- 1"}


def test_the_same_equations_are_drawn_the_same() -> None:
    assert placed("gru").height == place(flow_of(CELLS["gru"])).height


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_drawing_is_saved(tmp_path, suffix: str) -> None:
    path = tmp_path / f"cell.{suffix}"
    draw(CELLS["elman"]).savefig(path)
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("count", [2, 4, 8])
def test_a_ladder_of_wires_needs_no_crossing_and_no_overlap(count: int) -> None:
    # each leaves at the height at which the next one enters, so only one order of tracks is clean
    found = [Run((str(n), 0), -float(n), [(-n - 1.0, ("to", 1), n)]) for n in range(count)]
    track(found[::-1])
    assert [run.track for run in found] == list(range(count))[::-1]


def test_a_wire_that_runs_straight_has_no_track() -> None:
    run = Run(("a", 0), 1.0, [(1.0, ("b", 1), 0)])
    track([run])
    assert run.track is None
