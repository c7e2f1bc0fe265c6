"""The multiplicative LSTM: a recurrent map of its own for every input."""

from lstmkit.engine import Cell, Limit

MULTIPLICATIVE = Cell(
    name="multiplicative",
    text="""
        m = (W_m @ x) * (U_m @ h[-1])
        i = sigmoid(W_i @ x + V_i @ m + b_i)
        f = sigmoid(W_f @ x + V_f @ m + b_f)
        g = tanh(W_g @ x + V_g @ m + b_g)
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + V_o @ m + b_o)
        h = o * tanh(c)
    """,
    title="Multiplicative LSTM",
    year=2016,
    reference=(
        "B. Krause, L. Lu, I. Murray, S. Renals: Multiplicative LSTM for Sequence Modelling. "
        "arXiv 2016"
    ),
    link="https://arxiv.org/abs/1609.07959",
    summary="the input chooses the recurrent map: gates read m, a product of x and h maps",
    differs_lstm=(
        "gates read m, the unit by unit product of a map of x and a map of h, in place of h; that "
        "is two more maps, W_m and U_m"
    ),
    differs_paper=(
        "biases, which the paper's equations leave out; the intermediate state m is as wide as "
        "the cell; published programs differ on the side of tanh at which the output gate "
        "stands, here it multiplies after tanh, as in the plain LSTM"
    ),
    # deaf to m, it is an LSTM without recurrent maps
    limit=Limit(
        of="lstm",
        here={"V_i": 0.0, "V_f": 0.0, "V_g": 0.0, "V_o": 0.0},
        there={"U_i": 0.0, "U_f": 0.0, "U_g": 0.0, "U_o": 0.0},
    ),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f", "o"),
)
