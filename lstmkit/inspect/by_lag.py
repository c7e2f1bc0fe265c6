"""From values at each step to values by the number of steps before the end of each row."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


def by_lag(
    squares: Float[Tensor, "batch time"], lengths: Int[Tensor, " batch"], *, reverse: bool = False
) -> Float[np.ndarray, " lags"]:
    r"""Root of the mean square over the rows that reach back so far.

    .. math:: v_k = \sqrt{\operatorname{mean}_{b:\, n_b > k} s_{b,\, n_b - 1 - k}}

    Args:
        squares: Squares s at each step.
        lengths: Real steps n of each row.
        reverse: Count from the first step instead, where a reverse layer ends.

    Returns:
        v for the lags k from 0 to the longest row's.
    """
    longest = int(lengths.max()) if len(lengths) else 0
    lags = torch.arange(longest, device=squares.device)
    places = lags.expand(len(lengths), -1) if reverse else lengths[:, None] - 1 - lags
    real = lags < lengths[:, None]
    taken = squares.gather(1, places.clamp(min=0)).where(real, 0.0).cpu().double()
    values: np.ndarray = (taken.sum(0) / real.sum(0).cpu()).sqrt().numpy()
    return values


def steepness(values: Float[np.ndarray, " lags"]) -> float:
    """Least-squares factor a lag of values that fall or grow like powers; NaN below two lags."""
    lags = np.flatnonzero(values > values.max(initial=0.0) * 1e-30)
    if len(lags) < 2:
        return float("nan")
    slope = np.polyfit(lags, np.log(values[lags]), 1)[0]
    return float(np.exp(slope))
