"""LSTMP: the peephole LSTM whose output passes through a narrower layer."""

from lstmkit.engine import Cell, Limit

PROJECTED = Cell(
    name="projected",
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
        f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f)
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
        h = P @ (o * tanh(c))
    """,
    title="LSTM with recurrent projection (LSTMP)",
    year=2014,
    reference=(
        "H. Sak, A. Senior, F. Beaufays: Long Short-Term Memory Recurrent Neural Network "
        "Architectures for Large Scale Acoustic Modeling. Interspeech 2014"
    ),
    link="https://doi.org/10.21437/Interspeech.2014-80",
    summary="a narrow recurrent output: many cells, few recurrent weights",
    differs_lstm=(
        "the output is P times the gated cell, of projection_size values, and it is what the "
        "gates read; peepholes at all three gates (torch's proj_size has none)"
    ),
    differs_paper=(
        "letters: the paper calls the projection r; its optional second projection p, which is "
        "not recurrent, is a linear layer on the same cells and is left out"
    ),
    limit=Limit(of="peephole", here={"P": "identity"}),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f", "o"),
)
