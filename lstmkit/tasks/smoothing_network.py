"""The forecaster's network for many series: exponential smoothing, then a dilated residual LSTM."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM
from lstmkit.tasks.direct_network import DirectNetwork
from lstmkit.tasks.exponential_smoothing import Smoothed, smoothed
from lstmkit.tasks.quantile_network import Batch, NetworkSizes

# layers that look so many steps back, two to a residual block
BLOCKS = ((1, 2), (4, 8))
# logits of the rates at first: a half for the level, a sixth for each season
LEVEL, SEASON = 0.0, -1.6


class SmoothingNetwork(DirectNetwork):
    r"""One network for all series and targets, which forecasts what smoothing leaves over.

    Exponential smoothing (`smoothed`) follows the level :math:`l_t` and the seasons :math:`s_t` of
    each target of a window; its rates are learnt together with all else. What is left,
    :math:`x_t - s_t - l_i`, is cut into segments of w rows, each seen from the level :math:`l_i`
    at its own end, with the change of that level since the segment before. An LSTM of four layers
    reads the segments. A layer of dilation d takes its state from d steps before (Chang et al.
    2017), with d = 1, 2, 4, 8, and around each two layers there is a residual connection:

    .. math::
        z &\leftarrow z + \mathrm{LSTM}_{2d}(\mathrm{LSTM}_d(z)) \\
        \hat y_k &= l_T + s_{T+k} + V \tanh(A z_n + a) + v

    is the median. The other quantiles lie around it as in `SegmentNetwork`. Past covariates join
    the segments, known covariates and static categories join :math:`A z_n`.

    After Smyl 2020, the winner of the M4 competition, with four differences: the rates are shared
    by all series, so that a series which was not learnt from is forecast like the others; seasons
    add (to logarithms, where all values are above 0, so that they multiply); the LSTM steps by
    segments; and it is one network, where the winner took the mean of many.

    Args:
        sizes: Widths.
        cell: The cell of all layers.
        hidden_size: Units of a layer.
        num_layers: Layers for each dilation.
        dropout: Dropout before the output.
        levels: Ascending quantile levels with 0.5.
        segment: Rows of a segment, w.
        seasons: Lengths of the seasons in steps.
        horizon: Steps of a forecast.

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
        segment: int,
        seasons: tuple[int, ...],
        horizon: int,
    ) -> None:
        super().__init__(sizes, levels)
        self.segment, self.seasons, self.horizon = segment, seasons, horizon
        self.rates = nn.Parameter(torch.tensor([LEVEL, *(SEASON for _ in seasons)]))
        # beside the target's own rows: all other channels, how much is there, the level's change
        width = segment * (1 + sizes.inputs - sizes.targets) + 2
        self.enter = nn.Linear(width, hidden_size)
        self.scan = nn.ModuleDict(
            {
                f"dilation_{dilation}": LSTM(
                    hidden_size, hidden_size, cell=cell, num_layers=num_layers
                )
                for block in BLOCKS
                for dilation in block
            }
        )
        self.leave = nn.Linear(hidden_size, hidden_size)
        told = horizon * sizes.known + sizes.static
        self.told = nn.Linear(told, hidden_size, bias=False) if told else None
        self.end_with(hidden_size, horizon, dropout)
        # at first hardly more than the smoothing
        with torch.no_grad():
            self.head.weight.mul_(0.1)
            self.head.bias.zero_()

    def forward(self, batch: Batch) -> Float[Tensor, "batch horizon targets levels"]:
        """Forecasts quantiles of all steps at once.

        Args:
            batch: Windows.

        Returns:
            Quantiles in the scale of the input.
        """
        targets, rows = self.sizes.targets, len(batch["past"])
        own = batch["past"][..., :targets].permute(2, 0, 1).flatten(0, 1)
        valid = batch["valid"].repeat(targets, 1)
        found = smoothed(own, valid, self.rates.sigmoid(), self.seasons, self.horizon)
        z = torch.tanh(self.enter(self._segments(batch, own, valid, found)))
        for block in BLOCKS:
            y = z
            for dilation in block:
                y = dilated(self.scan[f"dilation_{dilation}"], y, dilation)
            z = z + y
        last = self.leave(z[:, -1])
        if self.told is not None:
            ahead = torch.cat([batch["future"].flatten(1), batch["static"]], -1)
            last = last + self.told(ahead).repeat(targets, 1)
        last = self.dropout(torch.tanh(last))
        median = found.level[:, -1:] + found.ahead + self.head(last)
        apart = None
        if self.bands is not None:
            apart = self.bands(last.detach()).unflatten(-1, (self.horizon, -1))
            apart = apart.unflatten(0, (targets, rows)).permute(1, 2, 0, 3)
        return self.banded(median.unflatten(0, (targets, rows)).permute(1, 2, 0), apart)

    def _segments(
        self, batch: Batch, own: Tensor, valid: Tensor, found: Smoothed
    ) -> Float[Tensor, "rows segments width"]:
        """What the LSTM reads; the first segment is filled up with zeros where it is short."""
        short = -own.shape[1] % self.segment

        def cut(part: Tensor, *more: int) -> Tensor:
            padded = nn.functional.pad(part, (*more, short, 0))
            rows: Tensor = padded.unflatten(1, (-1, self.segment))
            return rows

        level = found.level[:, self.segment - short - 1 :: self.segment]
        there = cut(valid.to(own))
        left = (cut(own - found.seasonal) - level[..., None]) * there
        change = level.diff(dim=1, prepend=level[:, :1]) * there[..., -1]
        others = batch["past"][..., self.sizes.targets :]
        shared = cut(others, 0, 0).flatten(2).repeat(self.sizes.targets, 1, 1)
        return torch.cat([left, shared, there.mean(2, keepdim=True), change[..., None]], -1)


def dilated(
    lstm: nn.Module, x: Float[Tensor, "rows time width"], dilation: int
) -> Float[Tensor, "rows time units"]:
    """Runs a layer that takes its state from `dilation` steps before.

    Every `dilation`-th step is a sequence of its own, and they are scanned side by side; zeros
    stand in front of a time that is no multiple of it.

    Args:
        lstm: The layer.
        x: Its input.
        dilation: How many steps its state lies back.

    Returns:
        Its output.
    """
    rows, short = len(x), -x.shape[1] % dilation
    apart = nn.functional.pad(x, (0, 0, short, 0)).unflatten(1, (-1, dilation)).transpose(1, 2)
    y: Tensor = lstm(apart.flatten(0, 1))[0].unflatten(0, (rows, dilation))
    return y.transpose(1, 2).flatten(1, 2)[:, short:]
