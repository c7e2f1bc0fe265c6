"""The peephole LSTM, step by step and by hand."""

import numpy as np
import torch

from lstmkit.cells import find


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def three_steps(p, x, sees_new_state):
    """One unit, written out from Gers and Schmidhuber 2000."""
    h = c = 0.0
    outputs = []
    for value in x:
        i = sigmoid(p["W_i"] * value + p["U_i"] * h + p["p_i"] * c + p["b_i"])
        f = sigmoid(p["W_f"] * value + p["U_f"] * h + p["p_f"] * c + p["b_f"])
        new = f * c + i * np.tanh(p["W_g"] * value + p["U_g"] * h + p["b_g"])
        seen = new if sees_new_state else c
        o = sigmoid(p["W_o"] * value + p["U_o"] * h + p["p_o"] * seen + p["b_o"])
        c = new
        h = o * np.tanh(c)
        outputs.append(h)
    return outputs


def by_hand_and_by_cell(run_cell, sees_new_state):
    cell = find("peephole")
    names = [*cell.equations.maps, *cell.equations.vectors]
    p = {name: 0.3 + 0.1 * position for position, name in enumerate(names)} | {"p_o": 5.0}
    x = [1.0, -0.5, 0.25]
    tensors = {
        name: [[value]] if name in cell.equations.maps else [value] for name, value in p.items()
    }
    ours = run_cell(cell, tensors, [[[value] for value in x]]).y.flatten()
    return ours, torch.tensor(three_steps(p, x, sees_new_state), dtype=torch.float64)


def test_three_steps_equal_the_loop_by_hand(run_cell):
    ours, by_hand = by_hand_and_by_cell(run_cell, sees_new_state=True)
    assert (ours - by_hand).abs().max() < 1e-14


def test_the_output_gate_sees_the_new_state_and_not_the_old(run_cell):
    ours, with_old_state = by_hand_and_by_cell(run_cell, sees_new_state=False)
    assert (ours - with_old_state).abs().max() > 1e-2


def test_gradient_of_each_peephole_over_one_step_is_the_textbook_one(run_cell, random_parameters):
    cell = find("peephole")
    parameters = random_parameters(cell)
    for name in ("p_i", "p_f", "p_o"):
        parameters[name].requires_grad_()
    start = {state: torch.linspace(-0.9, 0.8, 4).double()[None] for state in ("h", "c")}
    x = torch.tensor([[[0.3, -0.2, 0.7]]], dtype=torch.float64)
    run_cell(cell, parameters, x, start).y.sum().backward()
    assert_peephole_gradients(parameters, x[0, 0], start["h"][0], start["c"][0])


def assert_peephole_gradients(parameters, x, h, c):
    p = {name: value.detach() for name, value in parameters.items()}

    def net(gate):
        return p[f"W_{gate}"] @ x + p[f"U_{gate}"] @ h + p[f"b_{gate}"]

    i, f = torch.sigmoid(net("i") + p["p_i"] * c), torch.sigmoid(net("f") + p["p_f"] * c)
    g = torch.tanh(net("g"))
    new = f * c + i * g
    o = torch.sigmoid(net("o") + p["p_o"] * new)
    squashed = torch.tanh(new)
    d_o = squashed * o * (1 - o)
    d_new = o * (1 - squashed**2) + d_o * p["p_o"]
    expected = {
        "p_i": d_new * g * i * (1 - i) * c,
        "p_f": d_new * c * f * (1 - f) * c,
        "p_o": d_o * new,
    }
    for name, gradient in expected.items():
        assert (parameters[name].grad - gradient).abs().max() < 1e-14
