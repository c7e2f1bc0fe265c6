"""What the forecaster's networks share that give all steps of a horizon at once."""

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.tasks.quantile_network import Batch, NetworkSizes, QuantileNetwork
from lstmkit.tasks.quantiles import spread


class DirectNetwork(QuantileNetwork):
    """A network that feeds nothing back, and the bands around its median.

    Args:
        sizes: Widths.
        levels: Ascending quantile levels with 0.5.
    """

    def __init__(self, sizes: NetworkSizes, levels: tuple[float, ...]) -> None:
        super().__init__(sizes, levels, "direct")

    def end_with(self, hidden_size: int, steps: int, dropout: float) -> None:
        """Adds dropout, a head for the median, and one for the other levels.

        Args:
            hidden_size: Numbers that the heads read.
            steps: Steps that they give.
            dropout: Dropout before them.
        """
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden_size, steps)
        others = len(self.levels) - 1
        self.bands = nn.Linear(hidden_size, steps * others) if others else None

    def guided(self, batch: Batch) -> Float[Tensor, "batch horizon targets levels"]:
        """Forecasts quantiles as in training; nothing is fed back, so the truth is not read."""
        return cast("Tensor", self(batch))

    def banded(
        self,
        median: Float[Tensor, "batch horizon targets"],
        apart: Float[Tensor, "batch horizon targets others"] | None,
    ) -> Float[Tensor, "batch horizon targets levels"]:
        """Puts the other quantiles around a median, into which no error flows back from them.

        Args:
            median: The median.
            apart: How far they are apart (`spread`); None where there are no others.

        Returns:
            All quantiles.
        """
        if apart is None:
            return median[..., None]
        around, middle = spread(median.detach(), apart, self.levels), self.levels.index(0.5)
        return torch.cat([around[..., :middle], median[..., None], around[..., middle + 1 :]], -1)
