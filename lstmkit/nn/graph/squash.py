"""Squashing functions and their derivatives."""

import numpy as np
from jaxtyping import Float


def squash(
    function: str, net: Float[np.ndarray, "nets units"]
) -> tuple[Float[np.ndarray, "nets units"], Float[np.ndarray, "nets units"]]:
    """Squashes.

    Args:
        function: `logistic`, `tanh` or `identity`.
        net: What goes in.

    Returns:
        The function and its derivative.
    """
    if function == "logistic":
        # by tanh, which does not overflow
        y = 0.5 * np.tanh(0.5 * net) + 0.5
        return y, y * (1.0 - y)
    if function == "tanh":
        y = np.tanh(net)
        return y, 1.0 - y * y
    return net, np.ones_like(net)
