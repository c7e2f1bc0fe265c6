"""Three convolutions over the steps and a mean: shapes, wherever in the sequence they are."""

from typing import cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lstmkit.train.processes import are_several, sum_over_processes

WIDTHS, KERNELS = (64, 128, 64), (8, 5, 3)


class ConvolutionBranch(nn.Module):
    """The fully convolutional branch of LSTM-FCN (Wang et al. 2017; Karim et al. 2018).

    Three convolutions of 8, 5 and 3 steps, each with batch normalisation and a rectifier, and the
    mean over the real steps; half as wide as published. Padding is kept at 0 and out of the
    normalisation, so that it changes nothing.

    Args:
        channels: Channels of a step.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        widths = (channels, *WIDTHS)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, width, kernel, bias=False)
            for before, width, kernel in zip(widths[:-1], WIDTHS, KERNELS, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in WIDTHS)
        self.output_size = WIDTHS[-1]

    def forward(
        self, steps: Float[Tensor, "batch time channels"], real: Bool[Tensor, "batch time"]
    ) -> Float[Tensor, "batch found"]:
        """Returns the mean over the real steps of what was found there."""
        x = steps * real[..., None]
        for module, norm, kernel in zip(self.convolutions, self.norms, KERNELS, strict=True):
            around = ((kernel - 1) // 2, kernel // 2)
            found = module(nn.functional.pad(x.transpose(1, 2), around)).transpose(1, 2)
            x = torch.zeros_like(found)
            x[real] = _normalised(cast("nn.BatchNorm1d", norm), found[real]).relu()
        return x.sum(1) / real.sum(1, keepdim=True)


def _normalised(norm: nn.BatchNorm1d, found: Float[Tensor, "rows width"]) -> Tensor:
    if norm.training and are_several():
        return _normalised_together(norm, found)
    if len(found) > 1 or not norm.training:
        return cast("Tensor", norm(found))
    # one step has no spread: what was learnt before has to do
    mean, variance = norm.running_mean, norm.running_var
    return nn.functional.batch_norm(found, mean, variance, norm.weight, norm.bias)


def _normalised_together(norm: nn.BatchNorm1d, found: Float[Tensor, "rows width"]) -> Tensor:
    """Normalises by the steps of all processes, so that they learn what one would learn."""
    # torch's SyncBatchNorm knows accelerators alone
    number = found.new_full((1,), len(found))
    sums = sum_over_processes(torch.cat([found.sum(0), number]))
    number = sums[-1].detach()
    mean = sums[:-1] / number
    centred = found - mean
    variance = sum_over_processes((centred**2).sum(0)) / number
    with torch.no_grad():
        rate = cast("float", norm.momentum)
        spread = variance * number / (number - 1).clamp(min=1)
        cast("Tensor", norm.running_mean).lerp_(mean, rate)
        cast("Tensor", norm.running_var).lerp_(spread, rate)
        cast("Tensor", norm.num_batches_tracked).add_(1)
    return centred * torch.rsqrt(variance + norm.eps) * norm.weight + norm.bias
