"""NFG: the peephole LSTM that never forgets."""

from lstmkit.cells.odyssey import LETTERS, LINK, REFERENCE
from lstmkit.engine import Cell, Limit

NO_FORGET_GATE = Cell(
    name="no_forget_gate",
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
        h = o * tanh(c)
    """,
    title="No forget gate (NFG)",
    year=2015,
    reference=REFERENCE,
    link=LINK,
    summary="ablation of the peephole LSTM: f = 1, the cell only adds",
    differs_lstm="no forget gate; peepholes at the two gates that are left",
    differs_paper=LETTERS,
    limit=Limit(of="peephole", there={"W_f": 0.0, "U_f": 0.0, "p_f": 0.0, "b_f": 50.0}),
    input_bias="b_i",
    shared=("i", "o"),
)
