"""The LSTM with a forget gate: what everybody calls the LSTM today."""

from lstmkit.engine import Cell, Limit

LSTM = Cell(
    name="lstm",
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + b_i)
        f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
        h = o * tanh(c)
    """,
    title="Long short-term memory with a forget gate",
    year=2000,
    reference=(
        "F. A. Gers, J. Schmidhuber, F. Cummins: Learning to Forget: Continual Prediction with "
        "LSTM. Neural Computation 12 (10), 2000"
    ),
    link="https://doi.org/10.1162/089976600300015015",
    summary="input, forget and output gate around a cell that adds: the plain LSTM",
    differs_lstm="none: this is the plain LSTM, the cell of torch.nn.LSTM with one bias a gate",
    differs_paper=(
        "tanh squashes the cell's input and output, where the paper has logistic functions scaled "
        "to [-2, 2] and [-1, 1]; gates read the cells' outputs but not the gates of the step "
        "before; each unit has gates of its own unless block_size says otherwise"
    ),
    # an open forget gate is the cell of 1997, whose scaled squashing is tanh of half its input
    limit=Limit(
        of="lstm1997",
        here={"W_f": 0.0, "U_f": 0.0, "b_f": 50.0},
        there={"W_g": "2*W_g", "U_g": "2*U_g", "b_g": "2*b_g"},
    ),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f", "o"),
)
