"""The layer: stacks, options, state, and what it refuses."""

import copy
import math
import pickle
from typing import Any

import pytest
import torch

from lstmkit.cells import CATALOGUE
from lstmkit.engine import Cell
from lstmkit.errors import CellError, SettingsError
from lstmkit.nn import LSTM, Drop, Init, detach


def count(layer: LSTM) -> int:
    return sum(parameter.numel() for parameter in layer.parameters())


def test_each_layer_may_have_its_own_size() -> None:
    layer = LSTM(3, [5, 7, 2], bidirectional=True)
    y, state = layer(torch.zeros(4, 6, 3))
    assert y.shape == (4, 6, 4)
    assert [part.shape[1] for part in state.c] == [5, 5, 7, 7, 2, 2]


def test_the_state_has_the_fields_of_the_cell() -> None:
    for name, cell in CATALOGUE.items():
        _, state = LSTM(3, 4, cell=name)(torch.zeros(2, 3, 3))
        assert state._fields == cell.equations.states


def test_a_state_can_be_copied_pickled_and_detached() -> None:
    x = torch.zeros(2, 3, 3)
    _, state = LSTM(3, 4)(x)
    again = pickle.loads(pickle.dumps(detach(state)))  # a state of our own making
    assert again._fields == ("h", "c")
    assert torch.equal(again.c[0], state.c[0])
    assert copy.deepcopy(detach(state))._fields == ("h", "c")
    assert not detach(state).h[0].requires_grad


def test_residual_adds_the_input_of_every_layer_but_the_first() -> None:
    torch.manual_seed(0)
    plain, residual = LSTM(3, 4, num_layers=2), LSTM(3, 4, num_layers=2, residual=True)
    residual.load_state_dict(plain.state_dict())
    x = torch.randn(2, 5, 3)
    first = LSTM(3, 4)
    first.load_state_dict({k: v for k, v in plain.state_dict().items() if "layers.0" in k})
    assert torch.allclose(residual(x)[0], plain(x)[0] + first(x)[0])


def test_a_learned_state_starts_the_scan_and_every_reset() -> None:
    layer = LSTM(3, 4, learned_state=True, dtype=torch.float64)
    with torch.no_grad():
        layer.layers[0].initial_c.fill_(0.7)
    x = torch.randn(2, 4, 3, dtype=torch.float64)
    y, state = layer(x)
    zero = type(state)(*((torch.zeros(2, 4, dtype=torch.float64),) for _ in state._fields))
    assert not torch.allclose(y, layer(x, zero)[0])
    reset = torch.zeros(2, 4, dtype=torch.bool)
    reset[:, 0] = True
    assert torch.allclose(y, layer(x, zero, reset=reset)[0])
    y.sum().backward()
    assert layer.layers[0].initial_c.grad.abs().sum() > 0


def test_trace_gives_every_quantity_of_every_layer() -> None:
    layer = LSTM(3, 4, cell="peephole", num_layers=2)
    x = torch.randn(2, 5, 3)
    y, state, trace = layer(x, trace=True, lengths=torch.tensor([5, 2]))
    assert [set(one) for one in trace] == [set("ifgcoh")] * 2
    assert torch.equal(trace[1]["h"], y)
    assert torch.equal(trace[0]["c"][0, -1], state.c[0][0])
    assert bool(trace[0]["f"][1, 2:].eq(0).all())


def test_blocks_share_gates_and_have_the_published_number_of_weights() -> None:
    """Hochreiter and Schmidhuber 1997: cells and gates read all cells, and here all inputs."""
    layer = LSTM(7, 8, cell="lstm1997", block_size=2)
    # 8 cells and 2 x 4 gates, each with 7 inputs, 8 cells and a bias
    assert count(layer) == (8 + 8) * (7 + 8 + 1)
    _, _, trace = layer(torch.randn(2, 3, 7), trace=True)
    assert trace[0]["i"].shape == (2, 3, 4)
    assert trace[0]["h"].shape == (2, 3, 8)


def test_blocks_of_one_are_the_plain_layer() -> None:
    torch.manual_seed(0)
    plain, blocks = LSTM(3, 4, cell="peephole"), LSTM(3, 4, cell="peephole", block_size=1)
    blocks.load_state_dict(plain.state_dict())
    x = torch.randn(2, 5, 3)
    assert torch.equal(plain(x)[0], blocks(x)[0])


def test_a_block_equals_units_whose_gates_are_alike() -> None:
    torch.manual_seed(0)
    blocks = LSTM(3, 4, block_size=2, dtype=torch.float64)
    plain = LSTM(3, 4, dtype=torch.float64)
    with torch.no_grad():
        ours, theirs = blocks.layers[0].named(), plain.layers[0].named()
        for name, value in theirs.items():
            shared = ours[name].shape != value.shape
            value.copy_(ours[name].repeat_interleave(2, 0) if shared else ours[name])
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    assert torch.allclose(plain(x)[0], blocks(x)[0], atol=1e-14)


def test_a_peephole_into_a_shared_gate_sums_over_the_block() -> None:
    layer = LSTM(1, 2, cell="peephole", block_size=2, dtype=torch.float64)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.layers[0].p_i.copy_(torch.tensor([2.0, 3.0]))
    _, state = layer(torch.zeros(1, 1, 1, dtype=torch.float64))
    start = state._replace(c=(torch.tensor([[0.1, 0.2]], dtype=torch.float64),))
    _, _, trace = layer(torch.zeros(1, 1, 1, dtype=torch.float64), start, trace=True)
    expected = torch.sigmoid(torch.tensor(2 * 0.1 + 3 * 0.2, dtype=torch.float64))
    assert trace[0]["i"].item() == pytest.approx(expected.item(), abs=1e-15)


def test_clipping_bounds_the_cell_before_the_output_reads_it() -> None:
    layer = LSTM(3, 4, clip_state=0.01)
    _, state, trace = layer(10 * torch.randn(2, 20, 3), trace=True)
    assert float(state.c[0].detach().abs().max()) == pytest.approx(0.01)
    bound = torch.tanh(torch.tensor(0.01))
    assert float(trace[0]["h"].detach().abs().max()) <= float(bound) + 1e-7


def test_a_projection_narrows_the_output_only() -> None:
    layer = LSTM(3, 8, cell="projected", projection_size=5)
    y, state = layer(torch.zeros(2, 4, 3))
    assert (y.shape[-1], state.h[0].shape[-1], state.c[0].shape[-1]) == (5, 5, 8)


def test_explicit_initialisation() -> None:
    assert float(LSTM(3, 4).layers[0].b_f.detach().mean()) == 1
    assert float(LSTM(3, 4, init=Init(forget_bias=3)).layers[0].b_f.detach().mean()) == 3
    blocks = LSTM(3, 6, block_size=2, init=Init(forget_bias=(1, 2, 5)))
    assert blocks.layers[0].b_f.tolist() == [1, 2, 5]
    with pytest.raises(SettingsError, match="3, one for each gate, got 2"):
        LSTM(3, 6, block_size=2, init=Init(forget_bias=(1, 2)))
    chrono = LSTM(3, 500, init=Init(chrono_steps=100)).layers[0].named()
    assert torch.equal(chrono["b_i"], -chrono["b_f"])
    memory = chrono["b_f"].detach().exp() + 1
    assert 2 <= memory.min() < 10
    assert 90 < memory.max() <= 100
    square = LSTM(3, 16).layers[0].named()["U_g"].detach()
    assert torch.allclose(square @ square.T, torch.eye(16), atol=1e-5)
    loose = LSTM(3, 16, init=Init(orthogonal=False)).layers[0].named()["U_g"].detach()
    assert not torch.allclose(loose @ loose.T, torch.eye(16), atol=0.1)
    within = LSTM(3, 16, init=Init(bound=0.01)).layers[0].named()
    for name in ("W_i", "U_g"):
        assert 0.008 < within[name].detach().abs().max() <= 0.01
    assert within["b_f"].tolist() == [1] * 16
    with pytest.raises(SettingsError, match="bound above 0, got 0"):
        Init(bound=0.0)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"hidden_size": 0}, "sizes that are whole numbers"),
    ({"hidden_size": [3, 4], "num_layers": 3}, "Leave num_layers out"),
    ({"hidden_size": [3, 4], "residual": True}, "layers of one width"),
    ({"cell": "pephole"}, "Did you mean 'peephole'"),
    ({"projection_size": 2}, "cell='projected'"),
    ({"block_size": 3}, "divisor of hidden_size=4"),
    ({"block_size": 2, "cell": "elman"}, "gates that units can share"),
    ({"clip_state": 1.0, "cell": "gru"}, "only state"),
    ({"clip_state": 1.0, "cell": "slstm"}, "share one scale"),
    ({"clip_state": -1.0}, "positive bound"),
    ({"learned_state": True, "cell": "slstm"}, "must start together"),
    ({"init": Init(forget_bias=1), "cell": "elman"}, "names no forget gate"),
    ({"init": Init(chrono_steps=9), "cell": "lstm1997"}, "names no forget gate"),
    ({"drop": Drop(zoneout=0.1), "cell": "slstm"}, "zoneout={'h': p}"),
    ({"drop": Drop(zoneout={"q": 0.1})}, "'q' is not a state"),
    ({"drop": Drop(recurrent=0.1), "cell": "h = 0.5 * h[-1] + tanh(W @ x)"}, "no learned map"),
    ({"drop": Drop(weight=0.1), "cell": "h = 0.5 * h[-1] + tanh(W @ x)"}, "no learned map"),
    ({"cell": "h = tanh(x + U @ h[-1])"}, "as wide as the state"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_an_option_that_does_not_fit_is_refused_with_a_reason(
    options: dict[str, Any], message: str
) -> None:
    settings = {"hidden_size": 4} | options
    with pytest.raises((SettingsError, CellError), match=message):
        LSTM(3, **settings)


@pytest.mark.parametrize("make", [lambda: Drop(between=1), lambda: Drop(zoneout={"h": -0.1})])
def test_probabilities_outside_their_range_are_refused(make: Any) -> None:
    with pytest.raises(SettingsError, match="probability in"):
        make()


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"chrono_steps": 2}, "at least 3"), ({"chrono_steps": 9, "forget_bias": 1.0}, "Give one")],
)
def test_settings_of_the_start_that_clash_are_refused(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        Init(**settings)


NO_START: list[tuple[dict[str, Any], str]] = [
    ({"forget_bias": "x"}, "forget_bias as a finite number, .*got 'x'"),
    ({"forget_bias": math.nan}, "forget_bias as a finite number, .*got nan"),
    ({"forget_bias": [1.0, math.inf]}, r"one for each memory block, got \[1.0, inf\]"),
    ({"forget_bias": [[1.0, 2.0]]}, r"one for each memory block, got \[\[1.0, 2.0\]\]"),
    ({"chrono_steps": "x"}, "whole number of at least 3, got 'x'"),
    ({"chrono_steps": math.nan}, "whole number of at least 3, got nan"),
    ({"chrono_steps": 9.5}, "whole number of at least 3, got 9.5"),
    ({"bound": "x"}, "bound above 0, got 'x'"),
    ({"bound": math.nan}, "bound above 0, got nan"),
    ({"bound": math.inf}, "bound above 0, got inf"),
]


@pytest.mark.compile  # the shape-type hook would refuse some of them first
@pytest.mark.parametrize(("settings", "message"), NO_START, ids=[m for _, m in NO_START])
def test_parameters_start_at_numbers(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"^Init: expected .*{message}"):
        Init(**settings)


def inputs(**changed: Any) -> dict[str, Any]:
    return {"x": torch.zeros(2, 5, 3)} | changed


ILL_FORMED = [
    (inputs(x=torch.zeros(2, 5, 4)), r"expected input \(batch, time, 3\), got \(2, 5, 4\)"),
    (inputs(x=torch.zeros(5, 3)), r"got \(5, 3\)"),
    (inputs(x=torch.zeros(2, 5, 3).double()), "torch.float64"),
    (inputs(x=torch.zeros(2, 5, 3, device="meta")), "meta"),
    (inputs(lengths=torch.tensor([5.0, 2.0])), "whole numbers"),
    (inputs(lengths=torch.tensor([5])), "whole numbers"),
    (inputs(lengths=torch.tensor([5, 6])), "from 0 to 5 steps, got 6"),
    (inputs(reset=torch.zeros(2, 4, dtype=torch.bool)), "bool tensor"),
    (inputs(reset=torch.zeros(2, 5)), "bool tensor"),
    (inputs(state=(torch.zeros(2, 4),) * 2), "fields h, c"),
]


@pytest.mark.compile
@pytest.mark.parametrize(("given", "message"), ILL_FORMED)
def test_an_ill_formed_input_is_refused_with_names_and_numbers(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        LSTM(3, 4).forward(**given)


def test_a_state_of_another_layer_is_refused() -> None:
    x = torch.zeros(2, 5, 3)
    _, other = LSTM(3, 4, cell="gru")(x)
    with pytest.raises(SettingsError, match=r"fields h, c.*of h"):
        LSTM(3, 4)(x, other)
    _, deep = LSTM(3, 4, num_layers=2)(x)
    with pytest.raises(SettingsError, match=r"1 tensors in state\.h"):
        LSTM(3, 4)(x, deep)
    _, wide = LSTM(3, 6)(x)
    with pytest.raises(SettingsError, match=r"state\.h\[0\] as \(2, 4\), got \(2, 6\)"):
        LSTM(3, 4)(x, wide)


def test_a_shared_name_that_is_no_gate_is_refused() -> None:
    cell = Cell(text="h = tanh(W @ x + U @ h[-1])", shared=("q",))
    with pytest.raises(CellError, match="not a gate"):
        LSTM(3, 4, cell=cell, block_size=2)


def test_printing_a_layer_says_what_it_is() -> None:
    assert "peephole, 3 -> 4, reverse" in repr(LSTM(3, 4, cell="peephole", bidirectional=True))


def test_steps_equal_the_scan() -> None:
    torch.manual_seed(0)
    layer, x = LSTM(3, 5, cell="gru", num_layers=2), torch.randn(2, 6, 3)
    expected, final = layer(x)
    state, outputs = None, []
    for one in x.unbind(1):
        y, state = layer.step(one, state)
        outputs.append(y)
    assert torch.allclose(torch.stack(outputs, 1), expected, atol=1e-6)
    assert torch.allclose(state.h[1], final.h[1], atol=1e-6)


def test_a_step_needs_the_past_alone() -> None:
    with pytest.raises(SettingsError, match="needs the future"):
        LSTM(3, 5, bidirectional=True).step(torch.zeros(2, 3))


@pytest.mark.compile
def test_a_step_has_one_row_a_sequence() -> None:
    with pytest.raises(SettingsError, match=r"expected input \(batch, 3\), got \(2, 1, 3\)"):
        LSTM(3, 5).step(torch.zeros(2, 1, 3))
