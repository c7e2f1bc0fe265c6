"""torch's LSTM as the engine reads it: four gates, stacked as torch stacks them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from jaxtyping import Float, Int
from torch import Tensor

from lstmkit.cells.in_advance import GATES, of_torch
from lstmkit.engine import Scan, Sizes, run
from lstmkit.engine.layout import Layout, layout


@lru_cache(maxsize=4)
def torch_layout(*, bias: bool, projected: bool) -> Layout:
    """Returns torch's LSTM as equations, stored as torch stores it."""
    return layout(of_torch(bias=bias, projected=projected))


def named(weights: Sequence[Tensor], total: Tensor | None) -> dict[str, Tensor]:
    """Returns one direction's parameters by the engine's names.

    Args:
        weights: In torch's order: both maps, two biases or none, the projection if there is one.
        total: Sum of the biases, if there are any.

    Returns:
        W, U, then P and b_i to b_o where there are any.
    """
    parameters = {"W": weights[0], "U": weights[1]}
    if len(weights) % 2:
        parameters["P"] = weights[-1]
    if total is not None:
        parts = zip(GATES, total.chunk(4), strict=True)
        parameters |= {f"b_{gate}": part for gate, part in parts}
    return parameters


def torch_scan(
    parameters: Mapping[str, Tensor],
    x: Float[Tensor, "batch time input"],
    state: Sequence[Tensor | None],
    lengths: Int[Tensor, " batch"] | None,
    *,
    reverse: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Runs one direction of torch's LSTM on the path that the engine chooses.

    Args:
        parameters: W and U, P where outputs are projected, and b_i to b_o where there are biases.
        x: Input.
        state: h and c before the first step, each (batch, units), or None twice for zeros.
        lengths: Real steps of each row; None takes all.
        reverse: From the last step to the first.

    Returns:
        Outputs (batch, time, units), and h and c after the last step.
    """
    h, c = state
    projected = "P" in parameters
    hidden, output = parameters["W"].shape[0] // 4, parameters["U"].shape[1]
    scanned = run(
        Scan(
            layout=torch_layout(bias="b_i" in parameters, projected=projected),
            sizes=Sizes(x.shape[2], hidden, output),
            parameters=parameters,
            x=x,
            state=None if h is None or c is None else {"h": h, "c": c},
            fresh=None,
            lengths=lengths,
            reverse=reverse,
        )
    )
    return scanned.y, scanned.state["h"], scanned.state["c"]
