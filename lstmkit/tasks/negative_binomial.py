"""The negative binomial distribution, which counts follow: its likelihood and its quantiles."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lstmkit.errors import MissingExtraError


def negative_binomial_loss(
    mean: Float[Tensor, "*rows"],
    dispersion: Float[Tensor, "*rows"],
    truth: Float[Tensor, "*rows"],
    observed: Bool[Tensor, "*rows"],
) -> Float[Tensor, ""]:
    r"""The mean negative log-likelihood of counts, in nats, over what was observed.

    .. math::
        p(y \mid \mu, \alpha) = \frac{\Gamma(y + 1/\alpha)}{\Gamma(y + 1)\, \Gamma(1/\alpha)}
        \left(\frac{1}{1 + \alpha\mu}\right)^{1/\alpha}
        \left(\frac{\alpha\mu}{1 + \alpha\mu}\right)^{y}

    has the mean :math:`\mu` and the variance :math:`\mu + \alpha\mu^2` (Salinas, Flunkert and
    Gasthaus 2020, DeepAR, section 3.1).

    Args:
        mean: Means, above 0.
        dispersion: Dispersions, above 0; near 0 it is Poisson's distribution.
        truth: What came, whole numbers from 0; anything where not observed.
        observed: Where the truth is known.

    Returns:
        The mean over observed values; 0 where nothing was observed.

    Example:
        >>> one = torch.ones(1)
        >>> round(negative_binomial_loss(one, one, 0 * one, one > 0).exp().item(), 3)
        2.0
    """
    # Γ of large counts in single precision has no digit left where the difference is taken; a
    # device without double precision leaves this to the processor
    device = torch.device("cpu") if mean.device.type == "mps" else mean.device
    known = torch.where(observed, truth, 0.0)
    y, mu, alpha = (one.to(device, torch.float64) for one in (known, mean, dispersion))
    size, odds = 1 / alpha, alpha * mu
    likelihood = (
        torch.lgamma(y + size)
        - torch.lgamma(size)
        - torch.lgamma(y + 1)
        - (y + size) * torch.log1p(odds)
        + torch.xlogy(y, odds)
    )
    there = observed.to(device)
    return (-(likelihood * there).sum() / there.sum().clamp(min=1)).to(mean)


def negative_binomial_quantiles(
    mean: np.ndarray, dispersion: np.ndarray, levels: tuple[float, ...]
) -> np.ndarray:
    """Finds the smallest counts that are not exceeded with given probabilities.

    Args:
        mean: Means, above 0, of any shape.
        dispersion: Dispersions, above 0, of the same shape.
        levels: Probabilities between 0 and 1.

    Returns:
        Whole numbers from 0, float64, of one more axis: a number for each level.

    Raises:
        MissingExtraError: SciPy is not installed.

    Example:
        >>> negative_binomial_quantiles(np.array([3.0]), np.array([0.5]), (0.1, 0.5, 0.9))
        array([[0., 2., 7.]])
    """
    size, share = 1 / dispersion, 1 / (1 + dispersion * mean)
    found: np.ndarray = _distribution().ppf(np.array(levels), size[..., None], share[..., None])
    return found


def _distribution() -> Any:
    try:
        from scipy.stats import nbinom
    except ImportError as error:
        raise MissingExtraError(
            "Forecaster: quantiles of counts need SciPy. Install it with: "
            "pip install 'lstmkit[forecast]'"
        ) from error
    return nbinom
