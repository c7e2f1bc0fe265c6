"""The layer-normalised LSTM: products and cell state brought to mean 0 and variance 1."""

from lstmkit.engine import Cell, Limit

LAYER_NORM = Cell(
    name="layer_norm",
    text="""
        i = sigmoid(w_i * layer_norm(W_i @ x) + u_i * layer_norm(U_i @ h[-1]) + b_i)
        f = sigmoid(w_f * layer_norm(W_f @ x) + u_f * layer_norm(U_f @ h[-1]) + b_f)
        g = tanh(w_g * layer_norm(W_g @ x) + u_g * layer_norm(U_g @ h[-1]) + b_g)
        c = f * c[-1] + i * g
        o = sigmoid(w_o * layer_norm(W_o @ x) + u_o * layer_norm(U_o @ h[-1]) + b_o)
        h = o * tanh(w_c * layer_norm(c) + b_c)
    """,
    title="Layer-normalised LSTM",
    year=2016,
    reference="J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization. arXiv 2016",
    link="https://arxiv.org/abs/1607.06450",
    summary="input products, recurrent products and cell state are normalised apart",
    differs_lstm=(
        "the products with x and with h, and the cell before the last tanh, are normalised over "
        "the units and scaled by learned gains (w, u); the cell also has a learned shift b_c"
    ),
    differs_paper=(
        "each gate has a mean and variance of its own, where the paper takes one over all four "
        "gates; one bias a gate stands for the sum of the paper's two shifts and its bias"
    ),
    # normalising removes the scale of a map, but for the small constant under the root
    limit=Limit(
        of="layer_norm",
        here={
            "W_i": "1e4*W_i",
            "W_f": "1e4*W_f",
            "W_g": "1e4*W_g",
            "W_o": "1e4*W_o",
            "U_i": "1e4*U_i",
            "U_f": "1e4*U_f",
            "U_g": "1e4*U_g",
            "U_o": "1e4*U_o",
        },
        there={
            "W_i": "10*W_i",
            "W_f": "10*W_f",
            "W_g": "10*W_g",
            "W_o": "10*W_o",
            "U_i": "10*U_i",
            "U_f": "10*U_f",
            "U_g": "10*U_g",
            "U_o": "10*U_o",
        },
        tolerance=1e-6,
    ),
    vectors={
        "w_i": 1.0,
        "w_f": 1.0,
        "w_g": 1.0,
        "w_o": 1.0,
        "u_i": 1.0,
        "u_f": 1.0,
        "u_g": 1.0,
        "u_o": 1.0,
        "w_c": 1.0,
    },
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f", "o"),
)
