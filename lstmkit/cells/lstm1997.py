"""The original LSTM: no forget gate, and logistic functions scaled to squash."""

from lstmkit.engine import Cell, Limit

LSTM1997 = Cell(
    name="lstm1997",
    # g squashes to [-2, 2] and the output to [-1, 1], as in the paper's appendix
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + b_i)
        g = 4 * sigmoid(W_g @ x + U_g @ h[-1] + b_g) - 2
        c = c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
        h = o * (2 * sigmoid(c) - 1)
    """,
    title="Long short-term memory, the original",
    year=1997,
    reference=(
        "S. Hochreiter, J. Schmidhuber: Long Short-Term Memory. Neural Computation 9 (8), 1997"
    ),
    link="https://doi.org/10.1162/neco.1997.9.8.1735",
    summary="the first LSTM: input and output gate, nothing is ever forgotten",
    differs_lstm=(
        "no forget gate, so the cell only adds; scaled logistic functions, 4 sigmoid(z) - 2 and "
        "2 sigmoid(c) - 1, in place of tanh"
    ),
    differs_paper=(
        "the exact gradient in place of the paper's truncated one; gates read the cells' outputs "
        "but not the gates of the step before; each unit has gates of its own unless block_size "
        "says otherwise"
    ),
    limit=Limit(
        of="lstm",
        there={
            "W_f": 0.0,
            "U_f": 0.0,
            "b_f": 50.0,
            "W_g": "0.5*W_g",
            "U_g": "0.5*U_g",
            "b_g": "0.5*b_g",
        },
    ),
    input_bias="b_i",
    shared=("i", "o"),
)
