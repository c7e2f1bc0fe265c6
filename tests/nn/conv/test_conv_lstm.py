"""ConvLSTM: against equations written out, against plain layers, and what it refuses."""

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from lstmkit.cells import CATALOGUE, find
from lstmkit.engine.truncated import truncated
from lstmkit.errors import CellError, SettingsError
from lstmkit.nn import LSTM, Drop, Init, detach
from lstmkit.nn.conv import ConvLSTM
from lstmkit.nn.conv.geometry import peepholes


def randomised(layer: Any) -> Any:
    """The layer with parameters none of which is 0, so that none can be missed."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return layer


def by_hand(x: Tensor, learned: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Shi et al. 2015, equation 3, gate by gate, step by step."""

    def map_of(name: str, value: Tensor) -> Tensor:
        return functional.conv2d(value, learned[name], padding="same")

    def bias(name: str) -> Tensor:
        return learned[name][:, None, None]

    h = c = torch.zeros(x.shape[0], learned["b_i"].shape[0], *x.shape[3:], dtype=x.dtype)
    outputs = []
    for now in x.unbind(1):
        i = map_of("W_i", now) + map_of("U_i", h) + learned["p_i"] * c + bias("b_i")
        f = map_of("W_f", now) + map_of("U_f", h) + learned["p_f"] * c + bias("b_f")
        g = map_of("W_g", now) + map_of("U_g", h) + bias("b_g")
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        o = map_of("W_o", now) + map_of("U_o", h) + learned["p_o"] * c + bias("b_o")
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, 1), c


def test_the_cell_of_shi_equals_its_equations_written_out() -> None:
    layer = randomised(
        ConvLSTM(2, 3, kernel_size=(3, 5), state_kernel_size=3, grid=(4, 5), dtype=torch.float64)
    )
    x = torch.randn(2, 4, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    learned = list(layer.parameters())
    assert layer.layers[0].p_i.shape == (3, 4, 5)
    y, state = layer(x)
    expected, cell = by_hand(x, layer.layers[0].named())
    torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(state.c[0], cell, rtol=1e-12, atol=1e-13)
    weights, of_cell = torch.randn_like(y), torch.randn_like(cell)
    found = torch.autograd.grad((y * weights).sum() + (state.c[0] * of_cell).sum(), [x, *learned])
    wanted = torch.autograd.grad((expected * weights).sum() + (cell * of_cell).sum(), [x, *learned])
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-12)


def copied(flat: LSTM, conv: ConvLSTM, positions: int) -> None:
    """Gives a plain layer the matrices that the kernels are, and each position its vectors."""
    theirs = flat.layers[0].named()
    with torch.no_grad():
        for name, value in conv.layers[0].named().items():
            if value.dim() == 3:
                columns = value.shape[1] * positions
                units = torch.eye(columns, dtype=value.dtype).reshape(columns, -1, positions)
                moved = functional.conv1d(units, value, padding="same").flatten(1).mT
            else:
                at_each = value.dim() == 1
                moved = value.repeat_interleave(positions) if at_each else value.flatten()
            theirs[name].copy_(moved)


@pytest.mark.parametrize("grid", [None, 4])
# a layer norm is taken over the channels of one position
@pytest.mark.parametrize("cell", sorted(CATALOGUE.keys() - {"layer_norm"}))
def test_every_cell_equals_a_layer_whose_matrices_are_the_convolutions(
    cell: str, grid: int | None
) -> None:
    narrow: dict[str, Any] = {"projection_channels": 2} if cell == "projected" else {}
    flat_narrow = {"projection_size": 8} if narrow else {}
    options: dict[str, Any] = {"cell": cell, "dtype": torch.float64}
    conv = randomised(
        ConvLSTM(
            2, 3, dimensions=1, kernel_size=5, state_kernel_size=3, grid=grid, **narrow, **options
        )
    )
    flat = LSTM(8, 12, **flat_narrow, **options)
    copied(flat, conv, 4)
    x = torch.randn(3, 6, 2, 4, dtype=torch.float64)
    rows = {"lengths": torch.tensor([6, 2, 4]), "reset": torch.rand(3, 6) < 0.3}
    y, state, trace = conv(x, trace=True, **rows)
    expected, final, traced = flat(x.flatten(2), trace=True, **rows)
    torch.testing.assert_close(y.flatten(2), expected, rtol=1e-10, atol=1e-12)
    for name in state._fields:
        found, wanted = getattr(state, name)[0], getattr(final, name)[0]
        torch.testing.assert_close(found.flatten(1), wanted, rtol=1e-10, atol=1e-12)
    assert trace[0].keys() == traced[0].keys()
    for name, values in trace[0].items():
        torch.testing.assert_close(values.flatten(2), traced[0][name], rtol=1e-10, atol=1e-12)


OPTIONS: list[dict[str, Any]] = [
    {},
    {"num_layers": 2, "residual": True, "bidirectional": False},
    {"bidirectional": True, "num_layers": 2},
    {"clip_state": 0.1},
    {"block_size": 2, "learned_state": True},
    {"drop": Drop(zoneout={"h": 0.2, "c": 0.4}), "clip_state": 0.3},
]


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "plain")
def test_on_one_position_it_is_the_plain_layer_weight_for_weight(
    dimensions: Any, options: dict[str, Any]
) -> None:
    options = options | {"cell": "peephole", "dtype": torch.float64}
    flat = randomised(LSTM(3, 4, **options)).eval()
    conv = ConvLSTM(3, 4, dimensions=dimensions, kernel_size=1, grid=1, **options).eval()
    shapes = {name: parameter.shape for name, parameter in conv.named_parameters()}
    weights = {name: value.reshape(shapes[name]) for name, value in flat.state_dict().items()}
    conv.load_state_dict(weights)
    x, one = torch.randn(2, 5, 3, dtype=torch.float64), (1,) * dimensions
    rows = {"lengths": torch.tensor([5, 3]), "reset": torch.rand(2, 5) < 0.3}
    expected, final = flat(x, **rows)
    y, state = conv(x.reshape(*x.shape, *one), **rows)
    torch.testing.assert_close(y.flatten(2), expected, rtol=1e-11, atol=1e-13)
    for name in final._fields:
        for found, wanted in zip(getattr(state, name), getattr(final, name), strict=True):
            torch.testing.assert_close(found.flatten(1), wanted, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("cell", CATALOGUE)
def test_every_cell_is_the_plain_layer_on_one_position(cell: str) -> None:
    options: dict[str, Any] = {"cell": cell, "dtype": torch.float64}
    flat, conv = randomised(LSTM(3, 4, **options)), ConvLSTM(3, 4, kernel_size=1, **options)
    shapes = {name: parameter.shape for name, parameter in conv.named_parameters()}
    conv.load_state_dict({n: v.reshape(shapes[n]) for n, v in flat.state_dict().items()})
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    y, _ = conv(x[..., None, None])
    torch.testing.assert_close(y.flatten(2), flat(x)[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("cell", ["lstm", "peephole", "projected"])
def test_a_truncated_cell_gives_the_truncated_gradient(cell: str) -> None:
    flat = randomised(LSTM(3, 4, cell=cell, gradient="truncated", dtype=torch.float64))
    conv = ConvLSTM(3, 4, cell=truncated(CATALOGUE[cell]), kernel_size=1, dtype=torch.float64)
    shapes = {name: parameter.shape for name, parameter in conv.named_parameters()}
    conv.load_state_dict({n: v.reshape(shapes[n]) for n, v in flat.state_dict().items()})
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    flat(x)[0].square().sum().backward()
    conv(x[..., None, None])[0].square().sum().backward()
    for one, other in zip(conv.parameters(), flat.parameters(), strict=True):
        torch.testing.assert_close(one.grad.reshape(other.shape), other.grad)


@pytest.mark.parametrize("cell", CATALOGUE)
def test_the_state_travels_by_one_state_kernel_a_step(cell: str) -> None:
    layer = randomised(
        ConvLSTM(1, 3, dimensions=1, kernel_size=3, state_kernel_size=5, cell=cell)
    ).double()
    x = torch.randn(1, 3, 1, 21, dtype=torch.float64, requires_grad=True)
    y, _ = layer(x)
    for step in range(3):
        (gradient,) = torch.autograd.grad(y[0, step, :, 10].sum(), x, retain_graph=True)
        seen = gradient[0, 0, 0].ne(0).nonzero().flatten()
        # one place by the input's kernel, two by the state's at each step
        assert int((seen - 10).abs().max()) == 1 + 2 * step


def test_a_cell_sees_the_world_outside_as_zeros() -> None:
    layer = ConvLSTM(1, 1, dimensions=1, cell="h = 0 * h[-1] + W @ x", kernel_size=3)
    with torch.no_grad():
        layer.layers[0].W.fill_(1.0)
    y, _ = layer(torch.ones(1, 1, 1, 3))
    assert y.flatten().tolist() == [2.0, 3.0, 2.0]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("peephole", ("p_i", "p_f", "p_o")),
        ("coupled", ("p_i", "p_o")),
        ("lstm", ()),
        ("layer_norm", ()),
        ("gru", ()),
        ("h = tanh(W @ x + u * h[-1] * v + b)", ("u", "v")),
    ],
)
def test_vectors_that_multiply_a_state_are_peepholes(cell: str, found: tuple[str, ...]) -> None:
    assert peepholes(find(cell).equations) == found


def test_a_layer_without_grid_takes_any_and_one_with_a_grid_its_own() -> None:
    anywhere, here = ConvLSTM(1, 2), ConvLSTM(1, 2, grid=(4, 6))
    assert anywhere(torch.zeros(1, 2, 1, 9, 5))[0].shape == (1, 2, 2, 9, 5)
    assert anywhere.layers[0].p_i.shape == (2,)
    assert here(torch.zeros(1, 2, 1, 4, 6))[0].shape == (1, 2, 2, 4, 6)


def test_each_layer_may_have_its_own_channels() -> None:
    layer = ConvLSTM(3, [5, 2], dimensions=3, bidirectional=True)
    y, state = layer(torch.zeros(2, 3, 3, 4, 2, 3))
    assert y.shape == (2, 3, 4, 4, 2, 3)
    assert [part.shape[1] for part in state.c] == [5, 5, 2, 2]
    joined, _ = layer.every_layer(torch.zeros(2, 3, 3, 4, 2, 3))
    assert joined.shape == (2, 3, 14, 4, 2, 3)


def test_without_input_channels_it_runs_on_its_state_alone() -> None:
    layer = randomised(ConvLSTM(0, 2))
    _, state = ConvLSTM(1, 2)(torch.randn(2, 3, 1, 4, 4))
    y, _ = layer(torch.zeros(2, 3, 0, 4, 4), state)
    y.sum().backward()
    assert y.shape == (2, 3, 2, 4, 4)
    assert float(y[:, 0].std().detach()) > 0


def test_steps_equal_the_scan() -> None:
    layer, x = ConvLSTM(2, 3, num_layers=2), torch.randn(2, 4, 2, 5, 5)
    expected, final = layer(x)
    state, outputs = None, []
    for one in x.unbind(1):
        y, state = layer.step(one, state)
        outputs.append(y)
    torch.testing.assert_close(torch.stack(outputs, 1), expected)
    torch.testing.assert_close(state.c[1], final.c[1])
    with pytest.raises(SettingsError, match="needs the future"):
        ConvLSTM(2, 3, bidirectional=True).step(x[:, 0])


def test_a_layer_and_its_state_can_be_copied_pickled_and_detached() -> None:
    layer, x = ConvLSTM(2, 3), torch.randn(2, 4, 2, 5, 5)
    y, state = layer(x)
    again = pickle.loads(pickle.dumps(copy.deepcopy(layer)))  # of our own making
    torch.testing.assert_close(again(x)[0], y)
    assert pickle.loads(pickle.dumps(detach(state)))._fields == ("h", "c")


@pytest.mark.parametrize("drop", [Drop(recurrent=0.5), Drop(weight=0.5), Drop(zoneout=0.5)])
def test_what_is_left_out_is_left_out_in_training_alone(drop: Drop) -> None:
    layer, x = ConvLSTM(2, 3, drop=drop), torch.randn(2, 6, 2, 4, 4)
    torch.manual_seed(1)
    first = layer(x)[0]
    torch.manual_seed(1)
    torch.testing.assert_close(layer(x)[0], first)
    assert not torch.allclose(layer(x)[0], first)
    torch.testing.assert_close(layer.eval()(x)[0], layer(x)[0])


def test_zoneout_keeps_whole_numbers_of_the_step_before() -> None:
    layer = ConvLSTM(2, 3, drop=Drop(zoneout={"h": 0.5}))
    y, _ = layer(torch.randn(4, 2, 2, 6, 6))
    share = (y[:, 1] == y[:, 0]).float().mean()
    assert 0.4 < float(share) < 0.6


def test_dropout_between_layers_leaves_the_last_one_whole() -> None:
    layer, x = ConvLSTM(2, 3, num_layers=2, drop=Drop(between=0.5)), torch.randn(2, 3, 2, 4, 4)
    assert not torch.allclose(layer(x)[0], layer(x)[0])
    assert bool(layer(x)[0].ne(0).all())


def test_kernels_start_as_matrices_of_all_that_they_read() -> None:
    layer = ConvLSTM(2, 4, kernel_size=5, init=Init(forget_bias=2)).layers[0]
    matrix = layer.named()["U_f"].detach().flatten(1)
    torch.testing.assert_close(matrix @ matrix.mT, torch.eye(4), atol=1e-5, rtol=0)
    assert float(layer.W.detach().abs().max()) <= (6 / (4 + 50)) ** 0.5
    assert float(layer.b_f.detach().mean()) == 2


def test_printing_a_layer_says_what_it_is() -> None:
    found = repr(ConvLSTM(3, 4, kernel_size=(3, 5), bidirectional=True))
    assert "peephole, 3 -> 4, 3 x 5, reverse" in found


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"kernel_size": 4}, "odd sizes"),
    ({"state_kernel_size": (3, 2)}, "odd sizes"),
    ({"kernel_size": (3, 3, 3)}, "kernel_size as a whole number of at least 1 or 2 of them"),
    ({"grid": (0, 3)}, "grid as a whole number"),
    ({"hidden_channels": [4, 4], "num_layers": 3}, "Leave num_layers out"),
    ({"hidden_channels": 0}, "hidden_channels as a whole number of at least 1"),
    ({"hidden_channels": []}, "at least one layer"),
    ({"projection_channels": 0}, "projection_channels as a whole"),
    ({"projection_channels": 2}, "nothing but a map"),
    ({"block_size": 3}, "divisor of hidden_channels=4"),
    ({"hidden_channels": [4, 5], "residual": True}, "one width, got 4 then 5"),
    ({"cell": "slstm", "learned_state": True}, "share one scale"),
    ({"cell": "h = tanh(x + U @ h[-1])"}, "channel by channel"),
    ({"cell": "no such"}, "expected the name of a cell"),
    ({"cell": "elman", "clip_state": 1.0}, "only state"),
    ({"cell": "elman", "init": Init(forget_bias=1)}, "names no forget gate"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_an_option_that_does_not_fit_is_refused_with_a_reason(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises((SettingsError, CellError), match=message):
        ConvLSTM(3, **{"hidden_channels": 4} | options)


NO_COUNTS: list[tuple[dict[str, Any], str]] = [
    ({"hidden_channels": 2.5}, "hidden_channels as a whole number of at least 1, got 2.5"),
    ({"hidden_channels": [4, "4"]}, "hidden_channels as a whole number of at least 1, got '4'"),
    ({"num_layers": 0}, "num_layers as a whole number of at least 1, got 0"),
    ({"num_layers": 1.5}, "num_layers as a whole number of at least 1, got 1.5"),
    ({"block_size": "2"}, "block_size as a whole number of at least 1, got '2'"),
    ({"kernel_size": 2.5}, "kernel_size as a whole number of at least 1 or 2 of them, got 2.5"),
    ({"kernel_size": "33"}, "kernel_size as a whole number of at least 1 or 2 of them, got '33'"),
    ({"grid": (4.0, 4)}, r"grid as a whole number .* got \(4.0, 4\)"),
]


@pytest.mark.compile  # the shape-type hook would refuse some of them first
@pytest.mark.parametrize(("options", "message"), NO_COUNTS, ids=[m for _, m in NO_COUNTS])
def test_sizes_are_whole_numbers(options: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        ConvLSTM(3, **{"hidden_channels": 4} | options)


@pytest.mark.parametrize("channels", [-1, 2.5])
@pytest.mark.compile
def test_channels_are_counted(channels: Any) -> None:
    with pytest.raises(SettingsError, match="input_channels as a whole number of at least 0"):
        ConvLSTM(channels, 4)


@pytest.mark.compile
def test_there_are_lines_images_and_volumes() -> None:
    with pytest.raises(SettingsError, match="1, 2 or 3 dimensions, got 4"):
        ConvLSTM(3, 4, dimensions=4)


def given(**changed: Any) -> dict[str, Any]:
    return {"x": torch.zeros(2, 5, 3, 4, 4)} | changed


ILL_FORMED = [
    (given(x=torch.zeros(2, 5, 1, 4, 4)), r"\(batch, time, 3, 4, 4\), got \(2, 5, 1, 4, 4\)"),
    (given(x=torch.zeros(2, 5, 3, 4, 5)), r"\(batch, time, 3, 4, 4\), got \(2, 5, 3, 4, 5\)"),
    (given(x=torch.zeros(2, 5, 3, 4)), r"got \(2, 5, 3, 4\)"),
    (given(x=torch.zeros(2, 5, 3, 4, 4).double()), "torch.float64"),
    (given(x=torch.zeros(2, 5, 3, 4, 4, device="meta")), "meta"),
    (given(lengths=torch.tensor([5.0, 2.0])), "whole numbers"),
    (given(lengths=torch.tensor([5, 6])), "from 0 to 5 steps, got 6"),
    (given(reset=torch.zeros(2, 5)), "bool tensor"),
    (given(state=(torch.zeros(2, 4),) * 2), "fields h, c"),
]


@pytest.mark.compile
@pytest.mark.parametrize(("inputs", "message"), ILL_FORMED)
def test_an_ill_formed_input_is_refused_with_names_and_numbers(
    inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        ConvLSTM(3, 2, grid=4).forward(**inputs)


def test_any_grid_is_named_by_its_axes() -> None:
    with pytest.raises(SettingsError, match=r"\(batch, time, 3, height, width\)"):
        ConvLSTM(3, 2)(torch.zeros(2, 5, 2, 4, 4))


def test_a_state_of_another_layer_is_refused() -> None:
    x = torch.zeros(2, 5, 3, 4, 4)
    _, deep = ConvLSTM(3, 2, num_layers=2)(x)
    with pytest.raises(SettingsError, match=r"1 tensors in state\.h"):
        ConvLSTM(3, 2)(x, deep)
    _, wide = ConvLSTM(3, 6)(x)
    with pytest.raises(SettingsError, match=r"state\.h\[0\] as \(2, 2, 4, 4\), got \(2, 6, 4, 4\)"):
        ConvLSTM(3, 2)(x, wide)
