"""The equations that the package's build compiles, so that no user of them needs a compiler."""

from collections.abc import Mapping

from lstmkit.engine.cell import Cell
from lstmkit.engine.equations import Equations, read
from lstmkit.engine.ruled import ruled

# torch's order
GATES = ("i", "f", "g", "o")


def in_advance(cells: Mapping[str, Cell]) -> dict[str, Equations]:
    """Lists what is compiled in advance.

    Args:
        cells: The catalogue.

    Returns:
        By a name: every cell, every cell under rules, and torch's LSTM with and without biases
        and projection.
    """
    forms = {name: cell.equations for name, cell in cells.items()}
    forms |= {f"{name}_ruled": ruled(equations) for name, equations in forms.items()}
    for bias in (True, False):
        for projected in (True, False):
            forms[f"torch_{bias}_{projected}"] = of_torch(bias=bias, projected=projected)
    return forms


def of_torch(*, bias: bool, projected: bool) -> Equations:
    """Returns `torch.nn.LSTM` as equations whose maps are stored in torch's order.

    Args:
        bias: With the sum of torch's two biases.
        projected: With a map after the cell.
    """
    squash = {"g": "tanh"}
    lines = [
        f"{gate} = {squash.get(gate, 'sigmoid')}"
        f"(W_{gate} @ x + U_{gate} @ h[-1]{f' + b_{gate}' if bias else ''})"
        for gate in GATES
    ]
    output = "P @ (o * tanh(c))" if projected else "o * tanh(c)"
    return read("\n".join([*lines, "c = f * c[-1] + i * g", f"h = {output}"]))
