"""sLSTM: an exponential input gate, a normaliser, and a running maximum that keeps them finite."""

from lstmkit.engine import Cell, Limit

SLSTM = Cell(
    name="slstm",
    # c and n carry the factor exp(-m), which cancels in h, so that zero states may start with
    # any m; the floor under n only acts where an input gate below exp(-34) has stored nothing
    text="""
        i_log = W_i @ x + U_i @ h[-1] + b_i
        f_log = logsigmoid(W_f @ x + U_f @ h[-1] + b_f)
        m = max(f_log + m[-1], i_log)
        i = exp(i_log - m)
        f = exp(f_log + m[-1] - m)
        z = tanh(W_z @ x + U_z @ h[-1] + b_z)
        c = f * c[-1] + i * z
        n = f * n[-1] + i
        o = sigmoid(W_o @ x + U_o @ h[-1] + b_o)
        h = o * c / max(n, 1e-15)
    """,
    title="sLSTM",
    year=2024,
    reference=(
        "M. Beck, K. Pöppel, M. Spanring, A. Auer, O. Prudnikova, M. Kopp, G. Klambauer, "
        "J. Brandstetter, S. Hochreiter: xLSTM: Extended Long Short-Term Memory. NeurIPS 2024"
    ),
    link="https://arxiv.org/abs/2405.04517",
    summary="exponential input gate, normaliser n and stabiliser m: can revise what it stored",
    differs_lstm=(
        "the input gate is an exponential; the state n sums the gates so that c / n is a weighted "
        "mean of inputs; m is the running maximum of their logarithms; no tanh around the cell"
    ),
    differs_paper=(
        "the forget gate is the sigmoid of the paper's two choices; one dense recurrent map a "
        "gate, where the paper has heads; states start at 0 including m, and n has the floor "
        "1e-15; bare cell: no block, convolution or group norm around it"
    ),
    # a larger input gate weighs all inputs alike
    limit=Limit(of="slstm", here={"b_i": 0.0}, there={"b_i": 3.0}),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i_log", "f_log", "o"),
    joint=("c", "n", "m"),
)
