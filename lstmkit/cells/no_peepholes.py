"""NP: the peephole LSTM without peepholes, which is the plain LSTM."""

from lstmkit.cells.lstm import LSTM
from lstmkit.cells.odyssey import LETTERS, LINK, REFERENCE
from lstmkit.engine import Cell, Limit

NO_PEEPHOLES = Cell(
    name="no_peepholes",
    text=LSTM.text,
    title="No peepholes (NP)",
    year=2015,
    reference=REFERENCE,
    link=LINK,
    summary="ablation of the peephole LSTM: gates see no cell state; equals lstm",
    differs_lstm="none: without its peepholes the paper's vanilla cell is the plain LSTM",
    differs_paper=LETTERS,
    limit=Limit(of="lstm"),
    forget_bias="b_f",
    input_bias="b_i",
    shared=("i", "f", "o"),
)
