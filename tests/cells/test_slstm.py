"""sLSTM: its stabiliser changes nothing, and keeps everything finite."""

import pytest
import torch

from lstmkit.cells import find
from lstmkit.engine import Cell, use_path
from lstmkit.nn import LSTM

UNSTABILISED = Cell(
    text="""
        i = exp(W_i @ x + U_i @ h[-1] + b_i)
        f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
        z = tanh(W_z @ x + U_z @ h[-1] + b_z)
        c = f * c[-1] + i * z
        n = f * n[-1] + i
        o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
        h = o * c / n
    """
)


def draw(size, seed=3):
    return torch.randn(2, size, 3, generator=torch.Generator().manual_seed(seed)).double()


def test_from_zero_states_it_equals_the_form_without_stabiliser(run_cell, random_parameters):
    parameters = random_parameters(find("slstm"))
    x = draw(9)
    plain = run_cell(UNSTABILISED, parameters, x).y
    ours = run_cell(find("slstm"), parameters, x).y
    assert torch.isfinite(ours).all()
    # the first step too, where m, n and c start from 0
    assert (ours - plain).abs().max() < 1e-14


def test_the_state_may_carry_any_scale(run_cell, random_parameters):
    parameters = random_parameters(find("slstm"))
    start = {name: draw(4)[:, :, 0] for name in ("h", "c", "m")} | {"n": 1 + draw(4)[:, :, 1].abs()}
    moved = start | {
        "m": start["m"] + 2,
        "c": start["c"] / torch.e**2,
        "n": start["n"] / torch.e**2,
    }
    first = run_cell(find("slstm"), parameters, draw(5), start).y
    second = run_cell(find("slstm"), parameters, draw(5), moved).y
    assert (first - second).abs().max() < 1e-14


WAYS = [
    ("reference", torch.float32),
    ("reference", torch.float64),
    ("derived", torch.float32),
    ("derived", torch.float64),
    ("cpu", torch.float32),
]


@pytest.mark.parametrize(("path", "dtype"), WAYS)
@pytest.mark.parametrize("bias", [-1e30, -700.0, -80.0, -30.0, 80.0, 700.0, 1e30])
def test_input_gates_far_out_of_scale_stay_finite_with_finite_gradients(bias, path, dtype):
    torch.manual_seed(0)
    layer = LSTM(3, 4, cell="slstm", dtype=dtype)
    torch.nn.init.constant_(layer.layers[0].b_i, bias)
    with use_path(path):
        y, _ = layer(draw(6).to(dtype))
        y.sum().backward()
    assert torch.isfinite(y).all()
    assert all(torch.isfinite(parameter.grad).all() for parameter in layer.parameters())


def test_an_input_gate_of_exp_minus_30_still_counts_alone(run_cell, random_parameters):
    """Nothing else is stored at the first step, so its weight must cancel."""
    parameters = random_parameters(find("slstm"))
    quiet = parameters | {
        "b_i": torch.full((4,), -25.0, dtype=torch.float64),
        "W_i": 0.1 * parameters["W_i"],
    }
    loud = quiet | {"b_i": torch.zeros(4, dtype=torch.float64)}
    x = draw(6)
    ours, same = run_cell(find("slstm"), quiet, x).y, run_cell(find("slstm"), loud, x).y
    assert (ours - same).abs().max() < 1e-12
