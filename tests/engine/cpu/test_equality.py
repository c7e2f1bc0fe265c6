"""The compiled engine equals the reference in value and every gradient, whatever is drawn."""

import itertools

import pytest
import torch
from comparing import input_of, options_of, worst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstmkit import LSTM, use_path
from lstmkit.cells import CATALOGUE
from lstmkit.engine.cpu import call, direct, team, trained
from lstmkit.nn.drop import Drop
from lstmkit.nn.tolerance import TOLERANCE, error

SHAPES = ((1, 5, 3, 5), (3, 6, 4, 16), (7, 5, 5, 33), (14, 3, 17, 64), (2, 3, 70, 130))


def layer_of(cell: str, features: int, hidden: int, **more: object) -> LSTM:
    narrow = {"projection_size": max(1, hidden // 2)} if cell == "projected" else {}
    return LSTM(features, hidden, cell=cell, **narrow | more)


def check(layer: LSTM, x: torch.Tensor, options: dict[str, object], **how: object) -> None:
    errors = worst(layer, x, options, **how)
    wrong = {name: e for name, e in errors.items() if not e <= TOLERANCE["engine"]}
    assert not wrong


@pytest.mark.parametrize("cell", CATALOGUE)
def test_every_cell_equals_the_reference(cell, poison, threads):
    torch.manual_seed(0)
    # every pair of a team and a rule; shapes begin at another place for every cell
    rules = itertools.product((False, True), repeat=3)
    shapes = itertools.islice(itertools.cycle(SHAPES), list(CATALOGUE).index(cell), None)
    for count, (reverse, lengths, resets) in zip(itertools.cycle((1, 2, 3)), rules, strict=False):
        threads(count)
        batch, steps, features, hidden = next(shapes)
        layer = layer_of(cell, features, hidden)
        layer.layers[0].reverse = reverse
        options = options_of(batch, steps, lengths=lengths, resets=resets)
        check(layer, input_of(batch, steps, features, options), options)


@pytest.mark.parametrize("cell", CATALOGUE)
def test_the_short_way_equals_the_reference(cell, poison, threads, monkeypatch):
    torch.manual_seed(3)
    taken = []
    for kind in (direct.Direct, trained.Trained):
        run = kind.run
        monkeypatch.setattr(kind, "run", lambda *given, of=run: taken.append(1) or of(*given))
    # shapes begin at another place for every cell
    shapes = itertools.islice(itertools.cycle(SHAPES), list(CATALOGUE).index(cell), None)
    marked = [*itertools.product((False, True), repeat=3)]
    for number, (reverse, lengths, resets) in enumerate([*marked, (False, True, False)]):
        threads(1 + number % 3)
        batch, steps, features, hidden = next(shapes)
        layer = layer_of(cell, features, hidden)
        layer.layers[0].reverse = reverse
        options = options_of(batch, steps, lengths=lengths, resets=resets)
        x = input_of(batch, steps, features, options)
        check(layer, x, options, from_start=number % 2 == 0, path=None)
        assert len(taken) == 2 * (number + 1)


@pytest.mark.parametrize("cell", CATALOGUE)
def test_one_step_equals_the_reference(cell, poison, threads):
    torch.manual_seed(4)
    for number, (batch, _, features, hidden) in enumerate(SHAPES):
        threads(1 + number % 3)
        layer = layer_of(cell, features, hidden)
        x = torch.randn(2, batch, features)
        with torch.no_grad():
            y, state = layer.step(x[1], layer.step(x[0])[1])
            with use_path("reference"):
                expected, last = layer.step(x[1], layer.step(x[0])[1])
        assert error(y, expected) <= TOLERANCE["engine"]
        for one, other in zip(sum(state, ()), sum(last, ()), strict=True):
            assert error(one, other) <= TOLERANCE["engine"]


@pytest.mark.parametrize("cell", [name for name, cell in CATALOGUE.items() if cell.shared])
def test_memory_blocks_equal_the_reference(cell, poison):
    torch.manual_seed(1)
    for block_size, hidden in ((2, 6), (3, 33)):
        layer = layer_of(cell, 4, hidden, block_size=block_size)
        check(layer, torch.randn(3, 4, 4), {})


def rules_of(cell: str) -> list[dict[str, object]]:
    """Every kind of rule that a cell allows, and all at once."""
    found = CATALOGUE[cell]
    states = found.equations.states
    free = {name: 0.3 for name in states if name not in found.joint}
    clip = {} if found.joint or len(states) == 1 else {"clip_state": 0.2}
    return [
        {"drop": Drop(zoneout=free)},
        {"drop": Drop(recurrent=0.4)},
        clip,
        {"drop": Drop(zoneout=free, recurrent=0.4), **clip},
    ]


@pytest.mark.parametrize("cell", CATALOGUE)
def test_rules_of_the_state_equal_the_reference(cell, poison, threads):
    torch.manual_seed(4)
    shapes = itertools.cycle(((3, 6, 4, 16), (5, 5, 5, 33), (14, 3, 70, 130)))
    first, *_, whole = found = rules_of(cell)
    # evaluation draws nothing: a rule by itself and all at once
    for rules, training in [*((one, True) for one in found), (first, False), (whole, False)]:
        batch, steps, features, hidden = next(shapes)
        threads(1 + batch % 3)
        layer = layer_of(cell, features, hidden, **rules).train(training)
        options = options_of(batch, steps, lengths=batch == 5, resets=True)
        check(layer, input_of(batch, steps, features, options), options)


@pytest.mark.parametrize("cell", CATALOGUE)
def test_a_trace_equals_that_of_the_reference(cell, poison):
    torch.manual_seed(5)
    layer = layer_of(cell, 7, 21, drop=Drop(recurrent=0.4))
    options = options_of(4, 6, lengths=True, resets=True)
    x, found = input_of(4, 6, 7, options), {}
    for path in ("cpu", "reference"):
        with use_path(path), torch.no_grad():
            torch.manual_seed(11)
            (found[path],) = layer(x, trace=True, **options)[2]
    assert list(found["cpu"]) == list(found["reference"])
    for name, expected in found["reference"].items():
        assert error(found["cpu"][name], expected) < TOLERANCE["engine"], name


OWN = {
    "a mapped expression": "r = sigmoid(W @ x + U @ h[-1])\nh = tanh(V @ x + R @ (r * h[-1]) + b)",
    "products subtracted": "h = tanh(b - W @ x - U @ h[-1])",
    "one map, two operands": "m = tanh(W @ x + U @ h[-1])\nh = tanh(U @ m + b)",
    "two maps, one operand": "h = tanh(W @ x + U @ h[-1] - V @ h[-1])",
    "the input unit by unit": "f = sigmoid(W @ x + U @ h[-1])\nh = f * h[-1] + (1 - f) * x",
    "the input squashed": "h = tanh(W @ tanh(x) + U @ h[-1])",
    "a normalised sum": "h = tanh(layer_norm(W @ x + U @ h[-1] + b) + layer_norm(2 * h[-1]))",
    "a read of what a map reads": (
        "m = tanh(W @ x + U @ h[-1])\nc = m * sigmoid(V @ m + b) + c[-1] / 2\nh = m * tanh(c)"
    ),
    "an output that is no state": "c = tanh(W @ x + U @ c[-1])\nh = P @ (c * c)",
    "every function": (
        "a = W @ x + U @ h[-1]\n"
        "s = sqrt(1 + abs(a)) + log(2 + exp(min(a, 1))) + softplus(a) - logsigmoid(a)\n"
        "h = tanh(relu(a) + max(a, v) + s / (1 + a * a)) - 0.5 * h[-1]"
    ),
    "no recurrent map": "f = sigmoid(W @ x + b)\nh = f * h[-1] + (1 - f) * tanh(V @ x)",
    "a state read at two levels": (
        "m = U @ h[-1] * c[-1]\nc = tanh(W @ x + V @ m) + c[-1] / 3\nh = tanh(c + R @ c)"
    ),
    "seven gates": "\n".join(
        [f"g{k} = sigmoid(W{k} @ x + U{k} @ h[-1])" for k in range(7)]
        + ["h = tanh(" + " + ".join(f"v{k} * g{k}" for k in range(7)) + ")"]
    ),
}


@pytest.mark.parametrize("text", OWN.values(), ids=OWN)
def test_cells_of_ones_own_equal_the_reference(text, poison):
    torch.manual_seed(2)
    for (batch, steps, hidden), lengths, resets in (
        ((1, 4, 5), False, False),
        ((5, 4, 21), True, False),
        ((13, 3, 32), True, True),
    ):
        options = options_of(batch, steps, lengths=lengths, resets=resets)
        check(LSTM(hidden, hidden, cell=text), input_of(batch, steps, hidden, options), options)


LAYOUTS = {
    "dense": lambda x: x,
    "time first": lambda x: x.transpose(0, 1).contiguous().transpose(0, 1),
    "features first": lambda x: x.movedim(2, 0).contiguous().movedim(0, 2),
    "with gaps": lambda x: torch.cat([x, x.new_full(x.shape, float("nan"))], -1)[..., : x.shape[2]],
}


@st.composite
def recipes(draw: st.DrawFn) -> dict[str, object]:
    """Any cell in any size, with whatever a layer may add."""
    name = draw(st.sampled_from(sorted(CATALOGUE)))
    cell = CATALOGUE[name]
    # a layer norm over two units divides by almost nothing now and then
    hidden = draw(st.integers(9 if name == "layer_norm" else 1, 80))
    recipe: dict[str, object] = {"cell": name, "features": draw(st.integers(1, 40))}
    recipe["hidden"] = hidden
    if cell.equations.sizes["h"] == "projection":
        recipe["projection_size"] = draw(st.integers(1, 40))
    elif cell.shared:
        recipe["block_size"] = draw(st.sampled_from([n for n in (1, 2, 3) if hidden % n == 0]))
    if draw(st.booleans()):
        recipe |= draw(st.sampled_from([rules for rules in rules_of(name) if rules]))
    recipe["learned_state"] = not cell.joint and draw(st.booleans())
    return recipe


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    recipe=recipes(),
    training=st.booleans(),
    reverse=st.booleans(),
    size=st.tuples(st.integers(1, 40), st.integers(1, 7)),
    lengths=st.booleans(),
    resets=st.booleans(),
    from_start=st.booleans(),
    layout=st.sampled_from(sorted(LAYOUTS)),
    count=st.integers(1, 3),
    by_units=st.booleans(),
    own_pool=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_whatever_is_drawn_equals_the_reference(
    recipe, training, reverse, size, lengths, resets, from_start, layout, count, by_units, own_pool,
    seed, poison, threads, monkeypatch,
):  # fmt: skip
    torch.manual_seed(seed)
    threads(count)
    with monkeypatch.context() as patch:
        if by_units:
            patch.setattr(team, "NEAR", 0)
        if own_pool:
            patch.setattr(call, "pool", lambda: (0, 0, 0))
        layer = layer_of(**recipe).train(training)
        layer.layers[0].reverse = reverse
        options = options_of(*size, lengths=lengths, resets=resets)
        x = LAYOUTS[layout](input_of(*size, layer.input_size, options))
        check(layer, x, options, from_start=from_start)
