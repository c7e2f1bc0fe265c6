"""NOAF: the peephole LSTM that gives out its cell state unsquashed."""

from lstmkit.cells.odyssey import LETTERS, LINK, REFERENCE
from lstmkit.engine import Cell, Limit

NO_OUTPUT_ACTIVATION = Cell(
    name="no_output_activation",
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
        f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f)
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
        h = o * c
    """,
    title="No output activation function (NOAF)",
    year=2015,
    reference=REFERENCE,
    link=LINK,
    summary="ablation of the peephole LSTM: no tanh at the cell's output",
    differs_lstm="no tanh around c in the output; peepholes at all three gates",
    differs_paper=LETTERS,
    # where the cell holds little, tanh is the identity; the gates see it magnified, so they live
    limit=Limit(
        of="peephole",
        here={
            "W_g": "1e-7*W_g",
            "b_g": "1e-7*b_g",
            "U_i": "1e7*U_i",
            "U_f": "1e7*U_f",
            "U_o": "1e7*U_o",
            "p_i": "1e7*p_i",
            "p_f": "1e7*p_f",
            "p_o": "1e7*p_o",
        },
    ),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f", "o"),
)
