"""New York taxi demand as one long input, and what is to be said of it: the next value."""

import torch
from torch import Tensor

from lstmkit.data.datasets import nyc_taxi

DAY = 48


def demand(steps: int) -> tuple[Tensor, Tensor]:
    """Scaled half-hourly demand (steps, 1), and the change to the next half hour (steps, 1)."""
    values = torch.tensor(nyc_taxi()["value"].to_numpy()[: steps + 1]).float()
    scaled = (values - values.mean()) / values.std()
    return scaled[:-1, None], scaled.diff()[:, None]
