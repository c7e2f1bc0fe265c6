"""One number that makes a classifier as sure as it may be."""

import numpy as np
import torch
from jaxtyping import Float, Int


def temperature(
    logits: Float[np.ndarray, "rows classes"], classes: Int[np.ndarray, " rows"]
) -> float:
    r"""Finds what to divide logits by, so that probabilities match how often they are right.

    .. math::
        T = \arg\min_T\ -\sum_n \log \mathrm{softmax}(z_n / T)_{y_n}

    on sequences not learnt from (Guo et al. 2017, section 4.2). No answer changes by it.

    Args:
        logits: Logits of held-out rows.
        classes: Their classes.

    Returns:
        The temperature, between 0.05 and 20.

    Example:
        >>> right = np.array([[4.0, 0.0]] * 3 + [[0.0, 4.0]])
        >>> temperature(right, np.array([0, 0, 0, 0])) > 1
        True
    """
    z, y = torch.from_numpy(logits), torch.from_numpy(classes)
    tried = torch.logspace(np.log10(0.05), np.log10(20.0), 400, dtype=torch.float64)
    losses = [torch.nn.functional.cross_entropy(z / one, y) for one in tried]
    return float(tried[int(torch.stack(losses).argmin())])
