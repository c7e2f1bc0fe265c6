"""The forecaster's network: an LSTM over the past, an LSTM over the horizon, quantiles on top."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM, Drop
from lstmkit.tasks.quantile_network import Batch, Mode, NetworkSizes, QuantileNetwork
from lstmkit.tasks.quantiles import draw, spread


class ForecastNetwork(QuantileNetwork):
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
        super().__init__(sizes, levels, mode)
        fed_back = sizes.targets if mode == "autoregressive" else 0
        candidates = sizes.targets * (1 + sizes.seasons)
        widths = {
            "encoder": sizes.inputs + sizes.static + 1,
            "decoder": sizes.known + candidates + sizes.static + 1 + fed_back,
        }
        self.enter, self.scan = nn.ModuleDict(), nn.ModuleDict()
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
        parts = 1 + sizes.seasons + len(levels)
        self.head = nn.Linear(self._lstm("decoder").output_size, sizes.targets * parts)
        with torch.no_grad():
            self.head.weight.mul_(0.1)
            self.head.bias.zero_()

    def _lstm(self, name: str) -> LSTM:
        lstm = self.scan[name]
        assert isinstance(lstm, LSTM)
        return lstm

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
        past, valid = batch["past"], batch["valid"][..., None].to(batch["past"])
        number = valid.sum(1).clamp(min=1)
        mean = (past[..., : self.sizes.targets] * valid).sum(1) / number
        levels = self.sizes.targets * (1 + self.sizes.seasons)
        shift = mean.repeat(1, 1 + self.sizes.seasons)[:, None]
        shifted = (past[..., :levels] - shift) * valid
        static = batch["static"][:, None].expand(-1, past.shape[1], -1)
        x = torch.cat([shifted, past[..., levels:], static, valid], -1)
        return mean, self.scan["encoder"](self.enter["encoder"](x))[1]

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
        future = batch["future"][:, steps]
        rows, length = future.shape[:2]
        shape = (rows, length, 1 + self.sizes.seasons, self.sizes.targets)
        level = batch["level"][:, None].expand(-1, length, -1)
        candidates = torch.cat([level, batch["seasonal"][:, steps]], -1).reshape(shape)
        candidates = candidates - mean[:, None, None]
        static = batch["static"][:, None].expand(-1, length, -1)
        total = horizon or length
        ahead = torch.arange(1, total + 1, device=future.device)[steps] / total
        position = ahead.to(future)[None, :, None].expand(rows, -1, -1)
        parts = [future, candidates.flatten(2), static, position]
        if fed_back is not None:
            parts.append(fed_back - mean[:, None])
        z, state = self.scan["decoder"](self.enter["decoder"](torch.cat(parts, -1)), state)
        out = self.head(self.dropout(z)).reshape(rows, length, self.sizes.targets, -1)
        mix, correction, steps_apart = out.split(
            [1 + self.sizes.seasons, 1, len(self.levels) - 1], -1
        )
        mixed = (mix.softmax(-1) * candidates.transpose(2, 3)).sum(-1)
        median = mixed + correction[..., 0] + mean[:, None]
        return spread(median, steps_apart, self.levels), state
