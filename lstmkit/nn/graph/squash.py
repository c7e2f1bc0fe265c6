"""Squashing functions and their derivatives."""

import numpy as np
from jaxtyping import Float


def squash(function: str, net: Float[np.ndarray, "units nets"]) -> Float[np.ndarray, "units nets"]:
    """Squashes.

    Args:
        function: `logistic`, `tanh` or `identity`.
        net: What goes in.

    Returns:
        What comes out.
    """
    if function == "logistic":
        # by tanh, which does not overflow
        return 0.5 * np.tanh(0.5 * net) + 0.5
    return np.tanh(net) if function == "tanh" else net


def slope(function: str, y: Float[np.ndarray, "units nets"]) -> Float[np.ndarray, "units nets"]:
    """Differentiates.

    Args:
        function: `logistic`, `tanh` or `identity`.
        y: What came out.

    Returns:
        The derivative there.
    """
    if function == "logistic":
        return y * (1.0 - y)
    return 1.0 - y * y if function == "tanh" else np.ones_like(y)
