"""What must be true of every cell is true of it over maps."""

from functools import partial

import pytest
import torch
from nn.conv.flattened import POSITIONS, Flattened

from lstmkit.cells import CATALOGUE
from lstmkit.nn.laws import LAWS, Subject

# 2,000 steps take seconds a cell
LONG = ("long_sequences",)
# every function of the notation, an operand made of states, a map of this step's quantities
EVERYTHING = """
    q = relu(W @ x + b) + sqrt(abs(V @ (h[-1] * c[-1])) + 1) + log(2 + abs(q[-1]))
    c = min(softplus(q), p * c[-1] + logsigmoid(q)) - 0.1 * max(c[-1], b_c)
    m = layer_norm(W_m @ x) * (U_m @ h[-1]) / (1 + exp(-c))
    h = tanh(0.2 * m + P @ tanh(c))
"""
# they lack a line or a peephole that others here have, and equal a plain layer, which obeys, in all
# values (test_conv_lstm.py); only their slopes are asked for here
ABLATIONS = {
    *("no_input_gate", "no_forget_gate", "no_output_gate"),
    *("no_input_activation", "no_output_activation", "no_peepholes"),
}


def obeys(law: str, cell: str, grid: int | None) -> None:
    torch.manual_seed(0)
    make = partial(Flattened, cell=cell, grid=grid)
    LAWS[law](Subject(make, input_size=4, hidden_size=6))


@pytest.mark.parametrize(
    ("cell", "law"),
    [
        (cell, law)
        for cell in (*CATALOGUE, EVERYTHING)
        for law in LAWS
        if law == "gradients" or (law not in LONG and cell not in ABLATIONS)
    ],
)
def test_every_cell_obeys(cell: str, law: str) -> None:
    obeys(law, cell, None)


@pytest.mark.parametrize("law", LAWS)
def test_peepholes_of_every_position_obey(law: str) -> None:
    obeys(law, "peephole", POSITIONS)


def test_the_slopes_of_any_function_are_right() -> None:
    obeys("gradients", EVERYTHING, POSITIONS)
