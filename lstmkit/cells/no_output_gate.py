"""NOG: the peephole LSTM that shows all it holds."""

from lstmkit.cells.odyssey import LETTERS, LINK, REFERENCE
from lstmkit.engine import Cell, Limit

NO_OUTPUT_GATE = Cell(
    name="no_output_gate",
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
        f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f)
        g = tanh(W_g @ x + U_g @ h[-1] + b_g)
        c = f * c[-1] + i * g
        h = tanh(c)
    """,
    title="No output gate (NOG)",
    year=2015,
    reference=REFERENCE,
    link=LINK,
    summary="ablation of the peephole LSTM: o = 1, the cell is always visible",
    differs_lstm="no output gate; peepholes at the two gates that are left",
    differs_paper=LETTERS,
    limit=Limit(of="peephole", there={"W_o": 0.0, "U_o": 0.0, "p_o": 0.0, "b_o": 50.0}),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f"),
)
