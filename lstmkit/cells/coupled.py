"""CIFG: the peephole LSTM that forgets as much as it takes in."""

from lstmkit.cells.odyssey import LETTERS, LINK, REFERENCE
from lstmkit.engine import Cell, Limit

COUPLED = Cell(
    name="coupled",
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
        f = 1 - i
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
        h = o * tanh(c)
    """,
    title="Coupled input and forget gate (CIFG)",
    year=2015,
    reference=REFERENCE,
    link=LINK,
    summary="ablation of the peephole LSTM: f = 1 - i, one gate less",
    differs_lstm="the forget gate is 1 - i and has no weights; peepholes at the other two gates",
    differs_paper=LETTERS,
    limit=Limit(of="peephole", there={"W_f": "-W_i", "U_f": "-U_i", "p_f": "-p_i", "b_f": "-b_i"}),
    # -1 for the input gate is the +1 that other cells give to their forget gate
    vectors={"b_i": -1.0},
    input_bias="b_i",
    shared=("i", "f", "o"),
)
