r"""Binary information gain optimisation (BINGO), an objective without targets.

Each output y is read as the logit of a yes or no, z = sigmoid(y). What is expected of it before the
input is seen is the logit y^. Schraudolph and Sejnowski 1993 climb what is learnt by looking; their
rule for a layer of weights w with input x is

.. math:: \Delta w \propto \sigma'(y)\,(y - \hat y)\,x .

It is the gradient of the divergence of what is seen from what was expected,

.. math:: D(z \,\|\, \hat z) = z \log\frac{z}{\hat z} + (1 - z) \log\frac{1 - z}{1 - \hat z}
          = z\,(y - \hat y) - \log\frac{1 + e^y}{1 + e^{\hat y}} ,

with the expectation held fixed, and this is how it is computed here, so that error flows on into
whatever y came of: an LSTM in Klapper-Rybicka, Schraudolph and Schmidhuber 2001.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from lstmkit.errors import DataError


def binary_information_gain(
    y: Float[Tensor, "batch outputs"], expected: Float[Tensor, "*#batch outputs"]
) -> Float[Tensor, ""]:
    r"""Computes how much was learnt by looking at outputs; to be *maximised*.

    Args:
        y: Outputs, as logits.
        expected: What they were expected to be, (outputs,) or one each; taken for constant.

    Returns:
        The mean over the batch of the sum over outputs of D(z || z^), in nats, never negative.

    Example:
        >>> y = torch.tensor([[2.0], [-2.0]])
        >>> round(binary_information_gain(y, y.mean(0)).item(), 3)
        0.328
    """
    fixed = expected.detach()
    gain = torch.sigmoid(y) * (y - fixed) - (softplus(y) - softplus(fixed))
    return gain.sum(-1).mean()


@torch.no_grad()
def expected_outputs(
    y: Float[Tensor, "batch outputs"], *, decorrelate: bool = True
) -> Float[Tensor, "batch outputs"]:
    r"""Tells what outputs are expected to be, from the other ones of the batch.

    The mean over the batch, y_bar, is the first-order estimate. With it alone, several outputs
    learn the same. The second-order one takes into account that they are correlated,

    .. math:: \hat y = y + (Q - 2 I)\,(y - \bar y) ,

    with Q their correlations: for one output it is the mean again, and with several an output gains
    nothing by what the others have said, since
    :math:`y_i - \hat y_i = (y_i - \bar y_i) - \sum_{j \ne i} Q_{ij} (y_j - \bar y_j)`.
    Both are of Schraudolph and Sejnowski 1993; the formula is as remembered.

    Args:
        y: Outputs, as logits.
        decorrelate: Whether to use the second-order estimate.

    Returns:
        Expected logits, without a gradient.

    Raises:
        DataError: Fewer than two rows, of which nothing can be expected.
    """
    if len(y) < 2:
        raise DataError(
            f"expected_outputs: expected at least 2 rows, got {len(y)}. "
            "Give a larger batch: what is expected of one is told by the others."
        )
    apart = y - y.mean(0)
    if not decorrelate:
        return y - apart
    scaled = apart / apart.square().mean(0).sqrt().clamp(min=torch.finfo(y.dtype).tiny)
    others = (scaled.mT @ scaled / len(y)).fill_diagonal_(0)
    return y - apart + apart @ others
