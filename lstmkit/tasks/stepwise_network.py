"""What the forecaster's networks share that read the past, and give the horizon, step by step."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM, Drop
from lstmkit.tasks.quantile_network import Batch, Mode, NetworkSizes, QuantileNetwork


class StepwiseNetwork(QuantileNetwork):
    """An encoder over the past and a decoder over the horizon, of one cell, and a head on top.

    The encoder's final state starts the decoder, which reads for each step what is known ahead,
    the naive forecasts of it and how far ahead it lies.

    Args:
        sizes: Widths.
        levels: Ascending quantile levels with 0.5.
        mode: `direct` gives all steps at once; `autoregressive` feeds each step into the next.
        candidates: Naive forecasts of each target.
        more: Numbers beside all these that the decoder reads.
        gives: Numbers that the head gives for each step and target.
        cell: The cell of both LSTMs.
        hidden_size: Units of a layer.
        num_layers: Layers of each LSTM.
        dropout: Dropout between layers and before the output.

    Raises:
        CellError: The cell cannot be used.
    """

    def __init__(
        self,
        sizes: NetworkSizes,
        levels: tuple[float, ...],
        mode: Mode,
        *,
        candidates: int,
        more: int,
        gives: int,
        cell: Cell,
        hidden_size: int,
        num_layers: int,
        dropout: float,
    ) -> None:
        super().__init__(sizes, levels, mode)
        self.enter, self.scan = nn.ModuleDict(), nn.ModuleDict()
        widths = {
            "encoder": sizes.inputs + sizes.static + 1,
            "decoder": sizes.known + candidates * sizes.targets + sizes.static + 1 + more,
        }
        for name, width in widths.items():
            # a cell that reads x unit by unit needs an input as wide as its state
            by_unit = cell.equations.reads_x_by_unit
            self.enter[name] = nn.Linear(width, hidden_size) if by_unit else nn.Identity()
            self.scan[name] = LSTM(
                hidden_size if by_unit else width,
                hidden_size,
                cell=cell,
                num_layers=num_layers,
                drop=Drop(between=dropout),
            )
        self.dropout = nn.Dropout(dropout)
        decoder = self.scan["decoder"]
        assert isinstance(decoder, LSTM)
        self.head = nn.Linear(decoder.output_size, sizes.targets * gives)
        with torch.no_grad():
            self.head.weight.mul_(0.1)
            self.head.bias.zero_()

    @property
    def shown(self) -> int:
        """Channels of the past that are targets and their last seasons."""
        return self.sizes.targets * (1 + self.sizes.seasons)

    def window_mean(self, batch: Batch) -> Float[Tensor, "batch targets"]:
        """The mean of each window's targets, over the rows that its series has."""
        past, valid = batch["past"], batch["valid"][..., None].to(batch["past"])
        number = valid.sum(1).clamp(min=1)
        mean: Tensor = (past[..., : self.sizes.targets] * valid).sum(1) / number
        return mean

    def encode(self, batch: Batch, own: Float[Tensor, "batch time shown"]) -> Any:
        """Reads the past.

        Args:
            batch: Windows.
            own: Targets and their last seasons as the network shall see them.

        Returns:
            The encoder's final state.
        """
        past, valid = batch["past"], batch["valid"][..., None].to(batch["past"])
        static = batch["static"][:, None].expand(-1, past.shape[1], -1)
        x = torch.cat([own * valid, past[..., self.shown :], static, valid], -1)
        return self.scan["encoder"](self.enter["encoder"](x))[1]

    def naive(
        self, batch: Batch, steps: slice = slice(None)
    ) -> Float[Tensor, "batch steps candidates targets"]:
        """The last value, and the last value of each season, for steps of the horizon."""
        seasonal = batch["seasonal"][:, steps]
        rows, length = seasonal.shape[:2]
        level = batch["level"][:, None].expand(-1, length, -1)
        joined = torch.cat([level, seasonal], -1)
        return joined.reshape(rows, length, 1 + self.sizes.seasons, self.sizes.targets)

    def ahead(
        self,
        batch: Batch,
        candidates: Float[Tensor, "batch steps candidates targets"],
        steps: slice = slice(None),
        horizon: int | None = None,
    ) -> Float[Tensor, "batch steps width"]:
        """What the decoder reads of each step.

        Args:
            batch: Windows.
            candidates: Naive forecasts as the network shall see them.
            steps: Which steps.
            horizon: Steps of the whole horizon, where these are some of them.

        Returns:
            What is known ahead, the candidates, static channels, and the place in the horizon.
        """
        future = batch["future"][:, steps]
        rows, length = future.shape[:2]
        static = batch["static"][:, None].expand(-1, length, -1)
        total = horizon or length
        place = torch.arange(1, total + 1, device=future.device)[steps] / total
        position = place.to(future)[None, :, None].expand(rows, -1, -1)
        return torch.cat([future, candidates.flatten(2), static, position], -1)

    def decode(
        self, x: Float[Tensor, "batch steps width"], state: Any
    ) -> tuple[Float[Tensor, "batch steps targets numbers"], Any]:
        """Runs the decoder over some steps.

        Args:
            x: What it reads.
            state: Its state before them.

        Returns:
            What the head gives, and the state after them.
        """
        z, state = self.scan["decoder"](self.enter["decoder"](x), state)
        out = self.head(self.dropout(z))
        return out.reshape(*out.shape[:2], self.sizes.targets, -1), state
