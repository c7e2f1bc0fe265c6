"""Layers of memory blocks have the numbers of weights that the papers count."""

import pytest
from torch import nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM

# cells and gates see the cells, all gates of the step before, and a bias where there is one
OF_1997 = """
    i = sigmoid(W_i @ x + U_i @ h[-1] + I_i @ i[-1] + O_i @ o[-1] {gates_i})
    g = 4 * sigmoid(W_g @ x + U_g @ h[-1] + I_g @ i[-1] + O_g @ o[-1] {cells}) - 2
    c = c[-1] + i * g
    o = sigmoid(W_o @ x + U_o @ h[-1] + I_o @ i[-1] + O_o @ o[-1] {gates_o})
    h = o * (2 * sigmoid(c) - 1)
"""
BIASED = OF_1997.format(gates_i="+ b_i", cells="+ b_g", gates_o="+ b_o")
GATES_BIASED = OF_1997.format(gates_i="+ b_i", cells="", gates_o="+ b_o")
UNBIASED = OF_1997.format(gates_i="", cells="", gates_o="")
# the net of experiment 2a: one cell and an input gate that see the input alone
ONE_CELL = """
    i = sigmoid(W_i @ x)
    c = c[-1] + i * sigmoid(W_g @ x)
    h = c
"""
OF_2000 = """
    i = sigmoid(W_i @ x + U_i @ h[-1] + b_i)
    f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
    c = f * c[-1] + i * (4 * sigmoid(W_g @ x + U_g @ h[-1]) - 2)
    o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
    h = o * c
"""
OF_2002 = """
    i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
    f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f)
    c = f * c[-1] + i * (W_g @ x + U_g @ h[-1])
    o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
    h = o * c
"""


# published count, cell, inputs, blocks, cells of a block, outputs, and of the outputs: whether they
# see the inputs, and whether they have biases
PUBLISHED = [
    (264, GATES_BIASED, 7, 4, 1, 7, False, False),
    (276, GATES_BIASED, 7, 3, 2, 7, False, False),
    (10_504, ONE_CELL, 101, 1, 1, 101, True, False),
    (364, UNBIASED, 54, 2, 1, 2, False, False),
    (102, BIASED, 1, 3, 1, 1, False, False),
    (93, BIASED, 2, 2, 2, 1, False, True),
    (156, BIASED, 8, 2, 2, 4, False, True),
    (308, BIASED, 8, 3, 2, 8, False, True),
    (424, OF_2000, 7, 4, 2, 7, True, True),
    (17, OF_2002, 1, 1, 1, 1, True, True),
]


@pytest.mark.parametrize("net", PUBLISHED, ids=lambda net: str(net[0]))
def test_weights_are_as_many_as_published(net: tuple) -> None:
    published, text, inputs, blocks, cells, outputs, shortcut, biased = net
    shared = tuple(gate for gate in "ifo" if f"{gate} = " in text)
    layer = LSTM(inputs, blocks * cells, cell=Cell(text=text, shared=shared), block_size=cells)
    head = nn.Linear(layer.output_size + inputs * shortcut, outputs, bias=biased)
    parameters = [*layer.parameters(), *head.parameters()]
    assert sum(parameter.numel() for parameter in parameters) == published


def test_a_gate_for_every_unit_would_be_more() -> None:
    cell = Cell(text=OF_2000, shared=("i", "f", "o"))
    alone, shared = LSTM(7, 8, cell=cell), LSTM(7, 8, cell=cell, block_size=2)
    more, fewer = (sum(p.numel() for p in layer.parameters()) for layer in (alone, shared))
    # three gates of four blocks, each of which sees 15 values and a bias
    assert more - fewer == 3 * 4 * (7 + 8 + 1)
