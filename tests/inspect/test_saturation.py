"""Gates that are known to be shut or open, and units that are known to be dead."""

import pytest
import torch

from lstmkit.cells import CATALOGUE
from lstmkit.inspect import dead_units, gate_saturation, record
from lstmkit.inspect.saturation import ranges
from lstmkit.nn import LSTM


def test_a_shut_gate_is_reported_as_shut_and_an_open_one_as_open(constant_gates) -> None:
    layer = constant_gates(0.5, i=-20.0, o=20.0)
    [trace] = record(layer, lambda: layer(torch.randn(2, 50, 1, dtype=torch.float64)))
    found = {one.name: one for one in gate_saturation(trace)}
    assert found["i"].shut.tolist() == [1.0]
    assert (found["i"].always_shut, found["i"].always_open) == ([0], [])
    assert found["o"].open.tolist() == [1.0]
    assert (found["o"].always_shut, found["o"].always_open) == ([], [0])
    assert (found["f"].shut.tolist(), found["f"].open.tolist()) == ([0.0], [0.0])
    assert dead_units(trace) == [0]


def test_shares_count_real_steps_alone(constant_gates) -> None:
    layer = constant_gates(0.5, o=20.0)
    x = torch.ones(2, 8, 1, dtype=torch.float64)
    [trace] = record(layer, lambda: layer(x, lengths=torch.tensor([8, 2])))
    found = {one.name: one for one in gate_saturation(trace)}
    assert found["o"].open.tolist() == [1.0]
    # tanh(1) = 0.76 lies below the highest tenth of -1 ... 1, which begins at 0.8
    assert found["g"].open.tolist() == [0.0]
    assert not found["g"].is_gate


def test_a_unit_that_moves_is_not_dead() -> None:
    layer = LSTM(1, 3, dtype=torch.float64)
    with torch.no_grad():
        layer.directions()[0].named()["b_o"][1] = -30.0
    [trace] = record(layer, lambda: layer(torch.randn(2, 50, 1, dtype=torch.float64)))
    assert dead_units(trace) == [1]


@pytest.mark.parametrize("name", CATALOGUE)
def test_values_lie_in_the_range_that_the_equations_give(name: str) -> None:
    torch.manual_seed(0)
    layer = LSTM(4, 4, cell=name)
    [trace] = record(layer, lambda: layer(3 * torch.randn(3, 9, 4)))
    for quantity, (low, high) in ranges(CATALOGUE[name]).items():
        assert low <= float(trace.values[quantity].min())
        assert float(trace.values[quantity].max()) <= high


def test_the_plain_cell_has_three_gates_and_a_squashed_candidate() -> None:
    found = ranges(CATALOGUE["lstm"])
    assert {name for name, (low, _) in found.items() if low == 0} == {"i", "f", "o"}
    assert "g" in found
    assert "c" not in found
