"""NIG: the peephole LSTM whose input gate always stands open."""

from lstmkit.cells.odyssey import LETTERS, LINK, REFERENCE
from lstmkit.engine import Cell, Limit

NO_INPUT_GATE = Cell(
    name="no_input_gate",
    text="""
        f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f)
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
        h = o * tanh(c)
    """,
    title="No input gate (NIG)",
    year=2015,
    reference=REFERENCE,
    link=LINK,
    summary="ablation of the peephole LSTM: i = 1, every input enters the cell",
    differs_lstm="no input gate; peepholes at the two gates that are left",
    differs_paper=LETTERS,
    limit=Limit(of="peephole", there={"W_i": 0.0, "U_i": 0.0, "p_i": 0.0, "b_i": 50.0}),
    forget_bias="b_f",
    shared=("f", "o"),
)
