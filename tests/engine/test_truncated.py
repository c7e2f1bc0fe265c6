"""The gradient of 1997: cut where the paper cuts, and equal on every path."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from lstmkit.cells import CATALOGUE
from lstmkit.engine import read, use_path
from lstmkit.engine.text import to_text
from lstmkit.nn import LSTM

BATCH, TIME, INPUT, HIDDEN = 3, 7, 4, 5


def gradients(layer: LSTM, x: Tensor) -> list[Tensor]:
    x = x.clone().requires_grad_()
    y, state = layer(x, lengths=torch.tensor([TIME, 4, 6]))
    loss = (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)).sum()
    loss = loss + sum(part.square().sum() for field in state for part in field)
    return list(torch.autograd.grad(loss, [x, *layer.parameters()]))


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_text_written_back_is_read_as_the_same_cell(name: str) -> None:
    equations = CATALOGUE[name].equations
    assert read(to_text(equations.lines)).signature == equations.signature


@pytest.mark.parametrize("text", ["h = (a - (b - x)) / (x * x) * h[-1] - -2.5e-7 * x"])
def test_brackets_survive(text: str) -> None:
    first = read(text)
    x, h, a, b = (torch.rand(4, dtype=torch.float64) for _ in range(4))
    known = {"x": x, "h": [h], "a": a, "b": b}
    again = to_text(first.lines)
    assert torch.allclose(eval(text[4:], {}, known), eval(again[4:], {}, known))  # our own text


@pytest.mark.parametrize("name", CATALOGUE)
def test_values_and_storage_are_those_of_the_cell(name: str) -> None:
    full = LSTM(INPUT, HIDDEN, cell=name, dtype=torch.float64)
    cut = LSTM(INPUT, HIDDEN, cell=name, gradient="truncated", dtype=torch.float64)
    cut.load_state_dict(full.state_dict())
    x = torch.randn(BATCH, TIME, INPUT, dtype=torch.float64)
    assert torch.allclose(full(x)[0], cut(x)[0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_compiled_engine_and_the_derived_equations_equal_the_reference(name: str) -> None:
    torch.manual_seed(0)
    layer, x = LSTM(INPUT, HIDDEN, cell=name, gradient="truncated"), torch.randn(BATCH, TIME, INPUT)
    with use_path("reference"):
        expected = gradients(layer.double(), x.double())
    with use_path("derived"):
        derived = gradients(layer, x.double())
    for found, wanted in zip(derived, expected, strict=True):
        assert torch.allclose(found, wanted, rtol=1e-9, atol=1e-11)
    with use_path("cpu"):
        compiled = gradients(layer.float(), x)
    for found, wanted in zip(compiled, expected, strict=True):
        assert (found - wanted).norm() <= 2e-5 * wanted.norm() + 1e-6


def plain(p: dict[str, Tensor], x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    i, f, g, o = (x @ p[f"W_{q}"].mT + h.detach() @ p[f"U_{q}"].mT + p[f"b_{q}"] for q in "ifgo")
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def of_1997(p: dict[str, Tensor], x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    i, g, o = (x @ p[f"W_{q}"].mT + h.detach() @ p[f"U_{q}"].mT + p[f"b_{q}"] for q in "igo")
    c = c + torch.sigmoid(i) * (4 * torch.sigmoid(g) - 2)
    return torch.sigmoid(o) * (2 * torch.sigmoid(c) - 1), c


def with_peepholes(p: dict[str, Tensor], x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    i, f, g, o = (x @ p[f"W_{q}"].mT + h.detach() @ p[f"U_{q}"].mT + p[f"b_{q}"] for q in "ifgo")
    new = torch.sigmoid(f + p["p_f"] * c.detach()) * c
    c = new + torch.sigmoid(i + p["p_i"] * c.detach()) * torch.tanh(g)
    return torch.sigmoid(o + p["p_o"] * c.detach()) * torch.tanh(c), c


@pytest.mark.parametrize(
    ("name", "step"), [("lstm", plain), ("lstm1997", of_1997), ("peephole", with_peepholes)]
)
def test_it_is_the_rule_of_the_papers(
    name: str, step: Callable[..., tuple[Tensor, Tensor]]
) -> None:
    torch.manual_seed(1)
    layer = LSTM(INPUT, HIDDEN, cell=name, gradient="truncated", dtype=torch.float64)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(0, 0.7)
    x = torch.randn(BATCH, TIME, INPUT, dtype=torch.float64)
    named = layer.layers[0].named()
    h = c = torch.zeros(BATCH, HIDDEN, dtype=torch.float64)
    outputs = []
    for t in range(TIME):
        h, c = step(named, x[:, t], h, c)
        outputs.append(h)
    parameters = list(layer.parameters())
    expected = torch.autograd.grad(torch.stack(outputs, 1).square().sum(), parameters)
    found = torch.autograd.grad(layer(x)[0].square().sum(), parameters)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-12, atol=1e-13)
    full = LSTM(INPUT, HIDDEN, cell=name, dtype=torch.float64)
    full.load_state_dict(layer.state_dict())
    other = torch.autograd.grad(full(x)[0].square().sum(), list(full.parameters()))
    assert not torch.allclose(other[0], found[0], rtol=1e-3)


def test_nothing_flows_back_where_there_is_no_carousel() -> None:
    layer = LSTM(INPUT, HIDDEN, cell="elman", gradient="truncated")
    x = torch.randn(BATCH, TIME, INPUT, requires_grad=True)
    y, _ = layer(x)
    (found,) = torch.autograd.grad(y[:, -1].sum(), x)
    assert not found[:, :-1].any()
    assert found[:, -1].all()


def test_a_map_read_with_and_without_stop_keeps_its_gradient() -> None:
    text = "a = tanh(U @ stop(h[-1]) + W @ x)\nh = a + U @ h[-1]"
    layer, x = LSTM(INPUT, HIDDEN, cell=text), torch.randn(BATCH, TIME, INPUT)
    with use_path("reference"):
        expected = gradients(layer, x)
    for found, wanted in zip(gradients(layer, x), expected, strict=True):
        assert torch.allclose(found, wanted, rtol=1e-3, atol=1e-4)
