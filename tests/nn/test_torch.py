"""Equality with torch.nn after copying the weights: values and every gradient, on every path."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lstmkit.engine import explain, use_path
from lstmkit.nn import LSTM
from lstmkit.nn.tolerance import TOLERANCE, error

KINDS = {"lstm": (nn.LSTM, "ifgo"), "gru": (nn.GRU, "rzn"), "elman": (nn.RNN, "")}


def copy_into(theirs: nn.Module, ours: LSTM) -> None:
    """Copies our parameters into torch's module, by the names in the cell's text."""
    _, gates = KINDS[ours.cell.name]
    with torch.no_grad():
        for number, layer in enumerate(ours.directions()):
            depth, reverse = divmod(number, 2 if ours.bidirectional else 1)
            suffix = f"l{depth}" + ("_reverse" if reverse else "")
            named = layer.named()
            stems = [f"_{gate}" for gate in gates] or [""]
            for letter, name in (("W", "weight_ih"), ("U", "weight_hh"), ("b", "bias_ih")):
                rows = torch.cat([named[letter + stem] for stem in stems])
                getattr(theirs, f"{name}_{suffix}").copy_(rows)
            bias = getattr(theirs, f"bias_hh_{suffix}").zero_()
            if "d_n" in named:
                bias[-len(named["d_n"]) :].copy_(named["d_n"])


def gradients(total: Tensor, module: nn.Module, x: Tensor) -> dict[str, Tensor]:
    named = dict(module.named_parameters()) | {"x": x}
    found = torch.autograd.grad(total, list(named.values()))
    return dict(zip(named, found, strict=True))


def ours_like_theirs(ours: LSTM, found: dict[str, Tensor]) -> dict[str, Tensor]:
    """Our gradients in torch's order: put them in a layer and copy that layer into torch's."""
    carrier = LSTM(
        ours.input_size,
        [layer.sizes.hidden for layer in ours.layers],
        cell=ours.cell,
        bidirectional=ours.bidirectional,
        dtype=torch.float64,
    )
    carrier.load_state_dict({name: found[name] for name in carrier.state_dict()})
    twin = KINDS[ours.cell.name][0](
        ours.input_size,
        ours.layers[0].sizes.hidden,
        len(ours.layers),
        bidirectional=ours.bidirectional,
        dtype=torch.float64,
    )
    copy_into(twin, carrier)
    return {name: parameter.detach() for name, parameter in twin.named_parameters()}


@pytest.mark.parametrize("path", ["reference", "derived", "torch"])
@pytest.mark.parametrize(
    "options", [{}, {"num_layers": 3}, {"num_layers": 2, "bidirectional": True}]
)
@pytest.mark.parametrize("cell", KINDS)
def test_equals_torch_in_value_and_every_gradient(
    cell: str, options: dict[str, Any], path: str
) -> None:
    torch.manual_seed(0)
    ours = LSTM(7, 5, cell=cell, dtype=torch.float64, **options)
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.4)
    theirs = KINDS[cell][0](7, 5, batch_first=True, dtype=torch.float64, **options)
    copy_into(theirs, ours)
    x = torch.randn(3, 11, 7, dtype=torch.float64, requires_grad=True)
    with use_path(path):
        y, state = ours(x)
    expected, last = theirs(x)
    h = last[0] if cell == "lstm" else last
    assert error(y, expected) < TOLERANCE["torch"]
    assert error(torch.stack(state.h), h) < TOLERANCE["torch"]
    if cell == "lstm":
        assert error(torch.stack(state.c), last[1]) < TOLERANCE["torch"]
    weights, more = torch.randn_like(y), torch.randn_like(h)
    found = gradients((y * weights).sum() + (torch.stack(state.h) * more).sum(), ours, x)
    wanted = gradients((expected * weights).sum() + (h * more).sum(), theirs, x)
    assert error(found["x"], wanted["x"]) < TOLERANCE["torch"]
    for name, gradient in ours_like_theirs(ours, found).items():
        if name.startswith("bias_hh") and cell != "gru":
            continue  # torch's second bias, which has the gradient of the first
        rows = slice(10, None) if name.startswith("bias_hh") else slice(None)
        assert error(gradient[rows], wanted[name][rows]) < TOLERANCE["torch"], name


def test_every_cell_takes_the_compiled_engine_and_others_say_why_not() -> None:
    x = torch.zeros(2, 3, 4)
    assert explain(LSTM(4, 5), x) == "scan 1: cpu: the fastest path for these equations"
    told = explain(LSTM(4, 5, cell="peephole", num_layers=2), x, lengths=torch.tensor([3, 1]))
    assert told.count("cpu") == 2
    assert "trace" in explain(LSTM(4, 5), x, trace=True)
    with torch.no_grad():
        assert "cpu" in explain(LSTM(4, 5), x, trace=True)


def test_in_double_precision_the_plain_cell_takes_torchs_kernel() -> None:
    x, layer = torch.zeros(2, 3, 4, dtype=torch.float64), LSTM(4, 5, dtype=torch.float64)
    assert explain(layer, x).startswith("scan 1: torch: the compiled engine computes in float32")
    told = explain(layer, x, lengths=torch.tensor([3, 1]))
    assert told.startswith("scan 1: reference")
    assert told.endswith("torch's kernel knows no lengths and no resets")


def test_a_copy_of_the_plain_cell_in_ones_own_words_is_fast_too() -> None:
    reordered = """
        o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)   # the order of lines is free
        f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
        i = sigmoid(W_i @ x + U_i @ h[-1] + b_i)
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + i * g
        h = o * tanh(c)
    """
    layer = LSTM(4, 5, cell=reordered, dtype=torch.float64)
    assert explain(layer, torch.zeros(2, 3, 4, dtype=torch.float64)).startswith("scan 1: torch")


@pytest.mark.parametrize("cell", ["lstm", "peephole"])
def test_second_derivatives_are_right_on_every_path(cell: str) -> None:
    torch.manual_seed(0)
    layer = LSTM(2, 3, cell=cell, dtype=torch.float64)
    x = torch.randn(1, 3, 2, dtype=torch.float64, requires_grad=True)
    for path in ("reference", "derived", "torch") if cell == "lstm" else ("reference", "derived"):
        with use_path(path):
            assert torch.autograd.gradgradcheck(lambda x: layer(x)[0], x)


def test_a_backward_pass_works_in_eval_mode() -> None:
    layer = LSTM(2, 3).eval()
    layer(torch.ones(1, 4, 2))[0].sum().backward()
    assert all(p.grad is not None for p in layer.parameters())
