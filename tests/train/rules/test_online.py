"""One step at a time gives the gradient of the whole scan."""

import pytest
import torch
from torch import Tensor

from lstmkit.cells import CATALOGUE
from lstmkit.errors import CellError, SettingsError
from lstmkit.nn import LSTM
from lstmkit.train.rules import OnlineGradient, RealTimeRecurrentLearning

BATCH, TIME, INPUT, HIDDEN = 2, 6, 3, 4
MIXING = {"layer_norm", "multiplicative"}


def random_layer(**options: object) -> LSTM:
    torch.manual_seed(2)
    layer = LSTM(INPUT, HIDDEN, dtype=torch.float64, **options)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(0, 0.7)
    return layer


def by_scan(layer: LSTM, x: Tensor, reset: Tensor) -> list[Tensor]:
    y, _ = layer(x, reset=reset)
    return list(torch.autograd.grad((y * y.detach().cos()).sum(), list(layer.parameters())))


def by_steps(
    rule: OnlineGradient | RealTimeRecurrentLearning, layer: LSTM, x: Tensor, reset: Tensor
) -> list[Tensor]:
    layer.zero_grad()
    for t in range(TIME):
        h = rule.step(x[:, t], reset[:, t])
        (h * h.detach().cos()).sum().backward()
        rule.collect()
    return [parameter.grad for parameter in layer.parameters() if parameter.grad is not None]


def some_input() -> tuple[Tensor, Tensor]:
    reset = torch.zeros(BATCH, TIME, dtype=torch.bool)
    reset[0, 3] = reset[1, 5] = True
    return torch.randn(BATCH, TIME, INPUT, dtype=torch.float64), reset


@pytest.mark.parametrize("name", sorted(CATALOGUE.keys() - MIXING))
def test_the_online_form_equals_the_truncated_scan(name: str) -> None:
    projected = {"projection_size": 3} if name == "projected" else {}
    layer = random_layer(cell=name, gradient="truncated", **projected)
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(OnlineGradient(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["lstm1997", "lstm", "peephole"])
def test_blocks_of_units_that_share_their_gates(name: str) -> None:
    layer = random_layer(cell=name, gradient="truncated", block_size=2)
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(OnlineGradient(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CATALOGUE)
def test_real_time_recurrent_learning_equals_back_propagation_through_time(name: str) -> None:
    layer = random_layer(cell=name)
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(RealTimeRecurrentLearning(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", sorted(MIXING))
def test_real_time_recurrent_learning_of_a_truncated_layer_is_truncated(name: str) -> None:
    layer = random_layer(cell=name, gradient="truncated")
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(RealTimeRecurrentLearning(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


def test_real_time_recurrent_learning_of_a_stack() -> None:
    layer = random_layer(num_layers=2, residual=False)
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(RealTimeRecurrentLearning(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


def test_memory_does_not_grow() -> None:
    layer = random_layer(gradient="truncated")
    rule = OnlineGradient(layer, BATCH)
    sizes = []
    for _ in range(4):
        rule.step(torch.randn(BATCH, INPUT, dtype=torch.float64))
        sizes.append(sum(e.numel() for each in rule.traces.values() for e in each.values()))
    assert sizes[0] == sizes[-1] == BATCH * 4 * HIDDEN * (INPUT + HIDDEN + 1)


@pytest.mark.parametrize("name", sorted(MIXING))
def test_cells_whose_units_see_one_another_are_refused(name: str) -> None:
    with pytest.raises(CellError, match="RealTimeRecurrentLearning"):
        OnlineGradient(LSTM(INPUT, HIDDEN, cell=name, gradient="truncated"), BATCH)


def test_wrong_use() -> None:
    with pytest.raises(SettingsError, match="gradient='truncated'"):
        OnlineGradient(LSTM(INPUT, HIDDEN), BATCH)
    with pytest.raises(SettingsError, match="future"):
        RealTimeRecurrentLearning(LSTM(INPUT, HIDDEN, bidirectional=True), BATCH)
    with pytest.raises(SettingsError, match="backward"):
        OnlineGradient(LSTM(INPUT, HIDDEN, gradient="truncated"), BATCH).collect()
    with pytest.raises(SettingsError, match="backward"):
        RealTimeRecurrentLearning(LSTM(INPUT, HIDDEN), BATCH).collect()
