"""torch's LSTM as the engine reads it: four gates, stacked as torch stacks them."""

from functools import lru_cache

from lstmkit.engine import read
from lstmkit.engine.layout import Layout, layout

GATES = ("i", "f", "g", "o")


@lru_cache(maxsize=4)
def torch_layout(*, bias: bool, projected: bool) -> Layout:
    """Returns torch's LSTM as equations, stored as torch stores it."""
    squash = {"g": "tanh"}
    lines = [
        f"{gate} = {squash.get(gate, 'sigmoid')}"
        f"(W_{gate} @ x + U_{gate} @ h[-1]{f' + b_{gate}' if bias else ''})"
        for gate in GATES
    ]
    output = "P @ (o * tanh(c))" if projected else "o * tanh(c)"
    return layout(read("\n".join([*lines, "c = f * c[-1] + i * g", f"h = {output}"])))
