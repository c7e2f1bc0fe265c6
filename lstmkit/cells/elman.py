"""The simple recurrent network: what a cell is without gates."""

from lstmkit.engine import Cell, Limit

ELMAN = Cell(
    name="elman",
    text="""
        h = tanh(W @ x + U @ h[-1] + b)
    """,
    title="Simple recurrent network",
    year=1990,
    reference="J. L. Elman: Finding Structure in Time. Cognitive Science 14 (2), 1990",
    link="https://doi.org/10.1207/s15516709cog1402_1",
    summary="one tanh layer that reads its own last output: the comparator without gates",
    differs_lstm="no gates and no cell state",
    differs_paper=(
        "tanh in place of logistic units, and gradients through all time, where the paper "
        "learns from the last step alone; the output layer is left to the model around it"
    ),
    limit=Limit(
        of="gru",
        there={
            "W_r": 0.0,
            "U_r": 0.0,
            "b_r": 50.0,
            "W_z": 0.0,
            "U_z": 0.0,
            "b_z": -50.0,
            "W_n": "W",
            "U_n": "U",
            "b_n": "b",
            "d_n": 0.0,
        },
    ),
)
