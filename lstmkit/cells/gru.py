"""The gated recurrent unit, in the form that torch and cuDNN compute."""

from lstmkit.engine import Cell, Limit

GRU = Cell(
    name="gru",
    text="""
        r = sigmoid(W_r @ x + U_r @ h[-1] + b_r)
        z = sigmoid(W_z @ x + U_z @ h[-1] + b_z)
        n = tanh(W_n @ x + b_n + r * (U_n @ h[-1] + d_n))
        h = (1 - z) * n + z * h[-1]
    """,
    title="Gated recurrent unit",
    year=2014,
    reference=(
        "K. Cho, B. van Merriënboer, C. Gülçehre, D. Bahdanau, F. Bougares, H. Schwenk, Y. Bengio: "
        "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine "
        "Translation. EMNLP 2014"
    ),
    link="https://arxiv.org/abs/1406.1078",
    summary="two gates and no cell state: the comparator closest to the LSTM",
    differs_lstm=(
        "no cell state and no output gate: the update gate z mixes the old output with a new one, "
        "the reset gate r decides how much of the old one the new one sees"
    ),
    differs_paper=(
        "the reset gate multiplies after the map, r * (U_n @ h[-1] + d_n), where the paper has "
        "U @ (r * h[-1]); biases, which the paper leaves out"
    ),
    # reset gate open, update gate shut: nothing is left but the simple recurrent network
    limit=Limit(
        of="elman",
        here={
            "W_r": 0.0,
            "U_r": 0.0,
            "b_r": 50.0,
            "W_z": 0.0,
            "U_z": 0.0,
            "b_z": -50.0,
            "d_n": 0.0,
        },
        there={"W": "W_n", "U": "U_n", "b": "b_n"},
    ),
    shared=("r", "z"),
)
