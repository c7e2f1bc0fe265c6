"""FGR: the peephole LSTM whose gates also read all gates of the step before."""

from lstmkit.cells.odyssey import LETTERS, LINK, REFERENCE
from lstmkit.engine import Cell, Limit

FULL_GATE_RECURRENCE = Cell(
    name="full_gate_recurrence",
    # R_fi carries f to i: the first letter is the gate that is read
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i
                    + R_ii @ i[-1] + R_fi @ f[-1] + R_oi @ o[-1])
        f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f
                    + R_if @ i[-1] + R_ff @ f[-1] + R_of @ o[-1])
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o
                    + R_io @ i[-1] + R_fo @ f[-1] + R_oo @ o[-1])
        h = o * tanh(c)
    """,
    title="Full gate recurrence (FGR)",
    year=2015,
    reference=REFERENCE,
    link=LINK,
    summary="the peephole LSTM plus nine maps from every gate to every gate",
    differs_lstm=(
        "nine maps R_ii ... R_oo by which each gate reads all three gates of the step before, so "
        "that i, f and o are states; peepholes at all three gates"
    ),
    differs_paper=LETTERS,
    limit=Limit(
        of="peephole",
        here={
            "R_ii": 0.0,
            "R_fi": 0.0,
            "R_oi": 0.0,
            "R_if": 0.0,
            "R_ff": 0.0,
            "R_of": 0.0,
            "R_io": 0.0,
            "R_fo": 0.0,
            "R_oo": 0.0,
        },
    ),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f", "o"),
)
