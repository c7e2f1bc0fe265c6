"""The forecaster's network: an LSTM over the past, an LSTM over the horizon, quantiles on top."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.engine import Cell
from lstmkit.tasks.quantile_network import Batch, Mode, NetworkSizes
from lstmkit.tasks.quantiles import draw, spread
from lstmkit.tasks.stepwise_network import StepwiseNetwork


class ForecastNetwork(StepwiseNetwork):
    r"""Encoder and decoder of one cell, with a forecast that starts from the naive ones.

    The encoder reads the past. Its final state starts the decoder, which reads, for each step k of
    the horizon, what is known ahead and the candidates: the last value and the last value of each
    season. With the decoder's output :math:`z_k` the median is

    .. math::
        a_k &= \mathrm{softmax}(A z_k) \\
        \hat y_k &= \sum_j a_{k,j}\, \mathrm{candidate}_{k,j} + v z_k

    so that an untrained network already forecasts a mean of the naive forecasts, and training
    learns when to trust which, and by how much to correct it. Every window is shifted by its own
    mean, so that a series whose level has drifted since training is still forecast fairly.

    Args:
        sizes: Widths.
        cell: The cell of both LSTMs.
        hidden_size: Units of a layer.
        num_layers: Layers of each LSTM.
        dropout: Dropout between layers and before the output.
        levels: Ascending quantile levels with 0.5.
        mode: `direct` gives all steps at once; `autoregressive` feeds each step's value into the
            next: the truth in training, draws in forecasting.

    Raises:
        CellError: The cell cannot be used.
    """

    def __init__(
        self,
        sizes: NetworkSizes,
        *,
        cell: Cell,
        hidden_size: int,
        num_layers: int,
        dropout: float,
        levels: tuple[float, ...],
        mode: Mode,
    ) -> None:
        super().__init__(
            sizes,
            levels,
            mode,
            candidates=1 + sizes.seasons,
            more=sizes.targets if mode == "autoregressive" else 0,
            gives=1 + sizes.seasons + len(levels),
            cell=cell,
            hidden_size=hidden_size,
            num_layers=num_layers,
            dropout=dropout,
        )

    def guided(self, batch: Batch) -> Float[Tensor, "batch horizon targets levels"]:
        """Forecasts quantiles as in training: in autoregressive mode the truth is fed back.

        Args:
            batch: Windows with their truth.

        Returns:
            Quantiles in the scale of the input.
        """
        fed_back = None
        if self.mode == "autoregressive":
            truth = torch.nan_to_num(batch["target"])
            before = torch.cat([batch["level"][:, None], truth[:, :-1]], 1)
            known = torch.cat([torch.ones_like(batch["observed"][:, :1]), batch["observed"]], 1)
            fed_back = torch.where(known[:, :-1], before, batch["level"][:, None])
        return self._decode(batch, *self._encode(batch), fed_back)[0]

    def forward(self, batch: Batch) -> Float[Tensor, "batch horizon targets levels"]:
        """Forecasts quantiles in direct mode.

        Args:
            batch: Windows.

        Returns:
            Quantiles in the scale of the input.
        """
        return self._decode(batch, *self._encode(batch), None)[0]

    def sample(
        self, batch: Batch, num_paths: int, generator: torch.Generator
    ) -> Float[Tensor, "batch horizon targets levels"]:
        """Forecasts quantiles in autoregressive mode, from paths drawn step by step.

        Args:
            batch: Windows.
            num_paths: Paths a window.
            generator: Source of randomness, on the CPU.

        Returns:
            Quantiles over the paths, in the scale of the input.
        """
        many = {
            name: batch[name].repeat_interleave(num_paths, 0)
            for name in ("future", "seasonal", "level", "static")
        }
        mean, state = self._encode(batch)
        mean = mean.repeat_interleave(num_paths, 0)
        state = type(state)(
            *(tuple(p.repeat_interleave(num_paths, 0) for p in field) for field in state)
        )
        value, steps = many["level"], []
        horizon = many["future"].shape[1]
        for step in range(horizon):
            quantiles, state = self._decode(
                many, mean, state, value[:, None], slice(step, step + 1), horizon
            )
            value = draw(quantiles[:, 0], self.levels, generator)
            steps.append(value)
        paths = torch.stack(steps, 1).unflatten(0, (-1, num_paths))
        return torch.quantile(paths, paths.new_tensor(self.levels), dim=1).permute(1, 2, 3, 0)

    def _encode(self, batch: Batch) -> tuple[Tensor, Any]:
        """Reads the past: the mean of each window (B, K) and the encoder's final state."""
        mean = self.window_mean(batch)
        shift = mean.repeat(1, 1 + self.sizes.seasons)[:, None]
        return mean, self.encode(batch, batch["past"][..., : self.shown] - shift)

    def _decode(
        self,
        batch: Batch,
        mean: Tensor,
        state: Any,
        fed_back: Tensor | None,
        steps: slice = slice(None),
        horizon: int | None = None,
    ) -> tuple[Tensor, Any]:
        """Runs the decoder over some steps: quantiles (B, steps, K, levels) and the state."""
        candidates = self.naive(batch, steps) - mean[:, None, None]
        x = self.ahead(batch, candidates, steps, horizon)
        if fed_back is not None:
            x = torch.cat([x, fed_back - mean[:, None]], -1)
        out, state = self.decode(x, state)
        mix, correction, steps_apart = out.split(
            [1 + self.sizes.seasons, 1, len(self.levels) - 1], -1
        )
        mixed = (mix.softmax(-1) * candidates.transpose(2, 3)).sum(-1)
        median = mixed + correction[..., 0] + mean[:, None]
        return spread(median, steps_apart, self.levels), state
