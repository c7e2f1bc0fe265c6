"""The one table of tolerances: relative error of the norm, each beside what was measured.

Set at about four times the largest value measured over the catalogue; never loosened to pass.
"""

import torch
from torch import Tensor

# kind of comparison -> largest relative error allowed
TOLERANCE = {
    # two ways to compute the same in float64 (pieces, padding, resets): measured 8.1e-15
    "same": 3.2e-14,
    # an engine path against the reference in float64, values and gradients: measured 3.6e-15
    "path": 1.5e-14,
    # a layer in float32 against itself in float64, H = 16, T = 50: measured 1.5e-6
    "float32": 6e-6,
    # a layer in bfloat16 against itself in float64, H = 16, T = 50: measured 3.8e-2
    "bfloat16": 1.5e-1,
    # the compiled engine in float32 against the reference in float64, values and gradients, a few
    # steps at up to 130 units: measured 5.8e-6 (layer_norm), 1.7e-6 for all others
    "engine": 2.4e-5,
    # torch.nn.LSTM, GRU and RNN in float64, values and gradients: measured 2.0e-15
    "torch": 1e-10,
}


def error(found: Tensor, expected: Tensor) -> float:
    """Returns the norm of the difference over the norm of what was expected.

    Args:
        found: What came.
        expected: What should have come, of the same shape.

    Returns:
        The relative error; infinite where anything is NaN, absolute where the expected is 0.
    """
    if found.shape != expected.shape:
        return float("inf")
    if not found.numel():
        return 0.0
    found, expected = found.detach().double(), expected.detach().double()
    size = torch.linalg.vector_norm(expected)
    distance = torch.linalg.vector_norm(found - expected) / (size if size > 0 else 1.0)
    return float("inf") if bool(distance.isnan()) else float(distance)
