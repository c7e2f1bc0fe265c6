"""One vector for a sequence: the last, the mean and the largest of what was found at its steps."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Pooled(NamedTuple):
    """What was pooled so far.

    Attributes:
        total: Sum over the steps (B, H).
        largest: Maximum over the steps (B, H).
        steps: How many there were (B,).
    """

    total: Tensor
    largest: Tensor
    steps: Tensor


def inside(
    steps: Float[Tensor, "batch time channels"], lengths: Int[Tensor, " batch"]
) -> Bool[Tensor, "batch time"]:
    """Returns which steps are real, and no padding."""
    return torch.arange(steps.shape[1], device=steps.device) < lengths[:, None]


def pool(
    h: Float[Tensor, "batch time units"],
    last: Float[Tensor, "batch units"],
    lengths: Int[Tensor, " batch"],
) -> Float[Tensor, "batch pooled"]:
    """Joins the last output, the mean and the maximum over the real steps."""
    real = inside(h, lengths)[..., None]
    mean = (h * real).sum(1) / lengths[:, None]
    largest = h.masked_fill(~real, -torch.inf).amax(1)
    return torch.cat([last, mean, largest], -1)


def running_pool(
    h: Float[Tensor, "batch time units"],
    lengths: Int[Tensor, " batch"],
    before: Pooled | None = None,
) -> tuple[Float[Tensor, "batch time pooled"], Pooled]:
    """Pools up to every step.

    Args:
        h: Outputs; at a real step t the result is `pool` of the steps up to t.
        lengths: Real steps.
        before: What was pooled in earlier pieces.

    Returns:
        For each step the joined vector (B, T, 3 H), and what was pooled up to the end.
    """
    if before is None:
        empty = h.new_zeros(h.shape[0], h.shape[2])
        before = Pooled(empty, empty - torch.inf, torch.zeros_like(lengths))
    real = inside(h, lengths)[..., None]
    total = before.total[:, None] + (h * real).cumsum(1)
    largest = h.masked_fill(~real, -torch.inf).cummax(1).values.maximum(before.largest[:, None])
    steps = before.steps[:, None] + real[..., 0].cumsum(1)
    found = torch.cat([h, total / steps.clamp(min=1)[..., None], largest], -1)
    return found, Pooled(total[:, -1], largest[:, -1], before.steps + lengths)
