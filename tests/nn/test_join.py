"""Both directions write into one tensor, and nobody can tell."""

import pytest
import torch
from torch import Tensor

from lstmkit.engine import use_path
from lstmkit.nn import LSTM


def answers(layer: LSTM, x: Tensor, **options: Tensor) -> list[Tensor]:
    x = x.clone().requires_grad_()
    y, state = layer(x, **options)
    loss = (y * torch.linspace(-1, 1, y.numel()).view(y.shape)).sum() + state.h[1].square().sum()
    found = torch.autograd.grad(loss, [x, *layer.parameters()], retain_graph=True)
    again = torch.autograd.grad(loss, [x, *layer.parameters()])
    for one, two in zip(found, again, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-6)
    with torch.no_grad():
        return [y, layer(x, **options)[0], *found]


@pytest.mark.parametrize("hidden", [16, 5, 48])
@pytest.mark.parametrize("ragged", [False, True])
def test_values_and_gradients_equal_the_reference(hidden: int, ragged: bool) -> None:
    torch.manual_seed(0)
    layer, x = LSTM(3, hidden, num_layers=2, bidirectional=True), torch.randn(4, 9, 3)
    options = {"lengths": torch.tensor([9, 0, 4, 7])} if ragged else {}
    with use_path("reference"):
        expected = answers(layer, x, **options)
    with use_path("cpu"):
        found = answers(layer, x, **options)
    for one, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(one, wanted, rtol=1e-4, atol=1e-5)


def test_nothing_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, x = LSTM(3, 16, bidirectional=True), torch.randn(2, 5, 3)

    def refused(*_: object) -> None:
        raise AssertionError("a copy")

    monkeypatch.setattr(torch, "cat", refused)
    with use_path("cpu"):
        layer(x)[0].sum().backward()
    assert layer.layers[0].W.grad is not None


def test_second_derivatives_pass() -> None:
    layer, x = LSTM(2, 16, bidirectional=True), torch.randn(1, 3, 2, requires_grad=True)

    def twice() -> Tensor:
        y, _ = layer(x)
        (first,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
        return torch.autograd.grad(first.square().sum(), x)[0]

    with use_path("reference"):
        expected = twice()
    torch.testing.assert_close(twice(), expected, rtol=1e-3, atol=1e-5)
