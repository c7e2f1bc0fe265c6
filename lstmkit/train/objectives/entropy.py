r"""Nonparametric entropy optimisation (NEO), an objective without targets.

The density of outputs y is estimated by a Gaussian kernel around each point of a sample T (Parzen),
and their entropy by another sample S:

.. math:: H(y) \approx -\frac1{|S|} \sum_{y_i \in S} \log \frac1{|T|} \sum_{y_j \in T}
          K_\sigma(y_i - y_j) .

Its derivative pulls the points apart, near ones most (Viola, Schraudolph and Sejnowski 1996),

.. math:: \frac{\partial H}{\partial w} = \frac1{|S|} \sum_i \sum_j p_{ij}
          \sum_o \frac{y_{io} - y_{jo}}{\sigma_o^2} \frac{\partial (y_{io} - y_{jo})}{\partial w},
          \qquad p_{ij} = \frac{K_\sigma(y_i - y_j)}{\sum_k K_\sigma(y_i - y_k)} .

Klapper-Rybicka, Schraudolph and Schmidhuber 2001 train LSTM by it. Outputs have to be bounded
(sigmoid, tanh): otherwise entropy grows by scale alone. Here S and T are one batch, of which each
point is judged by all others. Several batches, each a group of its own, give the entropy *within*
groups; what the outputs say about the group is the entropy of all less that within,
:math:`I(y; g) = H(y) - H(y \mid g)`.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.errors import DataError


def parzen_entropy(
    y: Float[Tensor, "*groups batch outputs"], width: Float[Tensor, " outputs"]
) -> Float[Tensor, ""]:
    """Estimates the entropy of outputs, each point by all others; to be *maximised*.

    Args:
        y: Outputs, bounded; of several groups where there are more dimensions.
        width: Standard deviations of the kernel; `likeliest_width` finds them.

    Returns:
        The entropy, in nats, up to log of the area that outputs can fill; its mean over groups.

    Raises:
        DataError: Fewer than two rows.

    Example:
        >>> apart = torch.linspace(0, 1, 200)[:, None]
        >>> width = likeliest_width(apart)
        >>> bool(parzen_entropy(apart, width) > parzen_entropy(apart**4, width))
        True
    """
    _require_two(y)
    near = _nearness(y, width)
    scale = width.log().sum() + y.shape[-1] / 2 * math.log(2 * math.pi)
    return scale + math.log(y.shape[-2] - 1) - torch.logsumexp(near, -1).mean()


@torch.no_grad()
def likeliest_width(
    y: Float[Tensor, "*groups batch outputs"],
    start: Float[Tensor, " outputs"] | None = None,
    *,
    rounds: int = 10,
) -> Float[Tensor, " outputs"]:
    r"""Finds the kernel by which each point is likeliest, given all others of its group.

    .. math:: \sigma_o^2 \leftarrow \frac1{|S|} \sum_i \sum_j p_{ij}\,(y_{io} - y_{jo})^2

    Each round is a step of expectation and maximisation and never makes the points less likely,
    so that, during training, one round a batch from the last width keeps up with the outputs.

    Args:
        y: Outputs.
        start: Width to begin with; None takes the standard deviations of the outputs.
        rounds: Steps.

    Returns:
        Standard deviations of the kernel, without a gradient; at least 1e-4 of the outputs'.

    Raises:
        DataError: Fewer than two rows.
    """
    _require_two(y)
    spread = y.flatten(0, -2).std(0).clamp(min=torch.finfo(y.dtype).eps)
    least = 1e-4 * spread
    width = spread if start is None else torch.maximum(start, least)
    square = (y[..., :, None, :] - y[..., None, :, :]).square()
    for _ in range(rounds):
        near = torch.softmax(_nearness(y, width), -1)[..., None]
        mean = (near * square).sum(-2).flatten(0, -2).mean(0)
        width = torch.maximum(mean.sqrt(), least)
    return width


def _nearness(y: Tensor, width: Tensor) -> Float[Tensor, "*groups batch batch"]:
    """Logarithms of the kernel but for its scale; a point is infinitely far from itself."""
    square = ((y[..., :, None, :] - y[..., None, :, :]) / width).square().sum(-1)
    itself = torch.eye(y.shape[-2], dtype=torch.bool, device=y.device)
    return (-square / 2).masked_fill(itself, -torch.inf)


def _require_two(y: Tensor) -> None:
    if y.shape[-2] < 2:
        raise DataError(
            f"parzen_entropy: expected at least 2 rows, got {y.shape[-2]}. "
            "Give a larger batch: how likely one is is told by the others."
        )
