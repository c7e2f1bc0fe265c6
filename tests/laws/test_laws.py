"""Every law, for every cell of the catalogue and for three that are in none."""

from functools import partial

import pytest
import torch

from lstmkit.cells import CATALOGUE
from lstmkit.nn import LSTM
from lstmkit.nn.laws import LAWS, Subject

JANET = """
    f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
    g = tanh(W_g @ x + U_g @ h[-1] + b_g)
    h = f * h[-1] + (1 - f) * g
"""
SUBLSTM = """
    i = sigmoid(W_i @ x + U_i @ h[-1] + b_i)
    f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
    o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
    z = sigmoid(W_z @ x + U_z @ h[-1] + b_z)
    c = f * c[-1] + z - i
    h = sigmoid(c) - o
"""
# every function of the notation, an operand made of states, a shared subexpression
EVERYTHING = """
    q = relu(W @ x + b) + sqrt(abs(V @ (h[-1] * c[-1])) + 1) + log(2 + abs(q[-1]))
    c = min(softplus(q), 0.3 * c[-1] + logsigmoid(q)) - 0.1 * max(c[-1], b_c)
    m = layer_norm(W_m @ x) * (U_m @ h[-1]) / (1 + exp(-c))
    h = tanh(0.2 * m + P @ tanh(c))
"""
CELLS = {name: name for name in CATALOGUE} | {
    "janet": JANET,
    "sublstm": SUBLSTM,
    "everything": EVERYTHING,
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_obeys(cell: str, law: str) -> None:
    torch.manual_seed(0)
    LAWS[law](Subject(partial(LSTM, cell=CELLS[cell])))
