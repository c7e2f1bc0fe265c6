"""What is done to a gradient between the backward pass and the step."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

DECAY = 0.55


@torch.no_grad()
def add_noise(parameters: Iterable[Tensor], variance: float, *, step: int, seed: int) -> None:
    r"""Adds Gaussian noise that anneals to the gradients.

    .. math:: g \leftarrow g + N(0, \sigma_t^2), \quad \sigma_t^2 = \frac{\eta}{(1 + t)^{0.55}}

    (Neelakantan et al. 2015, equation 1; Welling and Teh 2011). The noise is a function of seed and
    step alone, so that every process adds the same and a resumed run goes on with the same bits.

    Args:
        parameters: Parameters; those without a gradient are left out.
        variance: :math:`\eta`, the variance at the first step; the paper takes 0.01, 0.3 or 1.
        step: Steps before this one, t.
        seed: Seed of the run.
    """
    place = np.random.SeedSequence([seed, step, 1])
    generator = torch.Generator().manual_seed(int(place.generate_state(1, np.uint64)[0]))
    deviation = (variance / (1 + step) ** DECAY) ** 0.5
    for parameter in parameters:
        if parameter.grad is not None:
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.grad.add_(noise.to(parameter.grad), alpha=deviation)
