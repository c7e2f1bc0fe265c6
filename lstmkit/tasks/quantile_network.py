"""What every network of the forecaster is: quantiles of a horizon, learnt by their loss."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.data import Channels
from lstmkit.tasks.preparation import Preparation
from lstmkit.tasks.quantiles import quantile_loss

Mode = Literal["direct", "autoregressive"]
Batch = dict[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class NetworkSizes:
    """Widths of what a network reads and gives.

    Attributes:
        targets: Series of numbers to forecast, K.
        inputs: Channels of the past, C; the first K (1 + seasons) are targets and their lags.
        known: Channels known ahead, G.
        static: Channels of a whole series, S.
        seasons: Seasons whose last values are given for each step ahead.
    """

    targets: int
    inputs: int
    known: int
    static: int
    seasons: int

    @classmethod
    def of(cls, channels: Channels, prepared: Preparation) -> "NetworkSizes":
        """The widths that prepared channels have."""
        return cls(
            targets=channels.target.shape[1],
            inputs=channels.inputs.shape[1],
            known=channels.known.shape[1],
            static=len(channels.static),
            seasons=len(prepared.seasons),
        )


class QuantileNetwork(nn.Module, ABC):
    """A network that gives quantiles of the steps ahead, and the loss that it learns by.

    Args:
        sizes: Widths.
        levels: Ascending quantile levels with 0.5.
        mode: `direct` gives all steps at once; `autoregressive` feeds each step into the next.
    """

    def __init__(self, sizes: NetworkSizes, levels: tuple[float, ...], mode: Mode) -> None:
        super().__init__()
        self.sizes, self.levels, self.mode = sizes, levels, mode

    @abstractmethod
    def guided(self, batch: Batch) -> Float[Tensor, "batch horizon targets numbers"]:
        """Forecasts as in training: where something is fed back, it is the truth.

        Args:
            batch: Windows with their truth.

        Returns:
            What the loss is of: quantiles in the scale of the input, unless a network says more.
        """

    def scored(
        self, given: Float[Tensor, "batch horizon targets numbers"], batch: Batch
    ) -> Float[Tensor, ""]:
        """Computes the loss of what `guided` gave: the quantile loss over what was observed.

        Args:
            given: What `guided` gave.
            batch: Windows with their truth.

        Returns:
            The mean.
        """
        truth = torch.nan_to_num(batch["target"])
        return quantile_loss(given, truth, batch["observed"], self.levels)

    def loss(self, batch: Batch) -> Float[Tensor, ""]:
        """Computes the loss of windows.

        Args:
            batch: Windows with their truth.

        Returns:
            The mean.
        """
        return self.scored(self.guided(batch), batch)
