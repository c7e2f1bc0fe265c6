"""The peephole LSTM: gates that see the cell state."""

from lstmkit.engine import Cell, Limit

PEEPHOLE = Cell(
    name="peephole",
    # the output gate looks at the new state: it decides about what is in the cell now
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
        f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f)
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
        h = o * tanh(c)
    """,
    title="LSTM with peepholes",
    year=2000,
    reference=(
        "F. A. Gers, J. Schmidhuber: Recurrent Nets that Time and Count. IJCNN 2000; with "
        "N. N. Schraudolph: Learning Precise Timing with LSTM Recurrent Networks. "
        "Journal of Machine Learning Research 3, 2002"
    ),
    link="https://doi.org/10.1109/IJCNN.2000.861302",
    summary="gates see the cell state; the vanilla LSTM of Greff et al. 2015",
    differs_lstm=(
        "three vectors p_i, p_f, p_o, one number a unit and gate, let the gates see the cell "
        "state: input and forget gate the old one, the output gate the new one"
    ),
    differs_paper=(
        "tanh squashes the cell's input and output, as in the vanilla LSTM of Greff et al. 2015; "
        "the papers of 2000 and 2002 squash with scaled logistic functions or not at all"
    ),
    limit=Limit(of="lstm", here={"p_i": 0.0, "p_f": 0.0, "p_o": 0.0}),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f", "o"),
)
