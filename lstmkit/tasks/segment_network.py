"""The forecaster's network for long horizons: an LSTM that steps by segments of each target."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM, Init
from lstmkit.tasks.direct_network import DirectNetwork
from lstmkit.tasks.quantile_network import Batch, NetworkSizes


class SegmentNetwork(DirectNetwork):
    r"""One network for all targets, which reads and gives whole segments of w rows at a time.

    Each target k of a window is shifted by its own last value :math:`l_k` and cut into segments
    :math:`s_{k,1} \dots s_{k,n}`. The encoder steps from segment to segment; from its final state
    the decoder takes a single step for each segment j of the horizon, told only which one it is:

    .. math::
        x_{k,i} &= \mathrm{relu}(E s_{k,i} + e) \\
        z_{k,j} &= \mathrm{decoder}(p_j + q_k,\ \mathrm{encoder}(x_{k,1} \dots x_{k,n})) \\
        \hat y_{k,j} &= l_k + V z_{k,j} + v

    is the median of a segment's rows. The other quantiles lie around it at distances that are a map
    of :math:`z_{k,j}` too, but no error flows from them into the median or into :math:`z_{k,j}`:
    the median is trained by the absolute error alone, which made it better (docs/decisions.md).
    All targets share every weight but the embedding :math:`q_k`. Past covariates of a segment join
    :math:`s_{k,i}`, known covariates and static categories join :math:`p_j + q_k` by learned maps.
    Maps of encoder and decoder start within one over the root of their units: orthogonal ones
    forecast worse (docs/decisions.md). After training V and v are multiplied by the share of the
    median's change from :math:`l_k` that the validation part confirms (`confirmed_share`).

    After Lin et al. 2023, SegRNN (arXiv 2308.11200), with four differences: an LSTM or any other
    cell in place of the GRU, encoder and decoder with weights of their own, quantiles around the
    one value, and the share.

    Args:
        sizes: Widths.
        cell: The cell of both LSTMs.
        hidden_size: Units of a layer.
        num_layers: Layers of each LSTM.
        dropout: Dropout before the output.
        levels: Ascending quantile levels with 0.5.
        segment: Rows of a segment, w.
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
        horizon: int,
    ) -> None:
        super().__init__(sizes, levels)
        self.segment, self.horizon = segment, horizon
        # beside the target's own rows: all other channels, and how much of the segment is there
        width = segment * (1 + sizes.inputs - sizes.targets) + 1
        self.enter = nn.Sequential(nn.Linear(width, hidden_size), nn.ReLU())
        self.position = nn.Embedding(-(-horizon // segment), hidden_size)
        self.channel = nn.Embedding(sizes.targets, hidden_size)
        told = segment * sizes.known + sizes.static
        self.told = nn.Linear(told, hidden_size, bias=False) if told else None
        start = Init(bound=hidden_size**-0.5)
        self.scan = nn.ModuleDict(
            {
                part: LSTM(hidden_size, hidden_size, cell=cell, num_layers=num_layers, init=start)
                for part in ("encoder", "decoder")
            }
        )
        self.end_with(hidden_size, segment, dropout)

    def forward(self, batch: Batch) -> Float[Tensor, "batch horizon targets levels"]:
        """Forecasts quantiles of all steps at once.

        Args:
            batch: Windows.

        Returns:
            Quantiles in the scale of the input.
        """
        targets, rows = self.sizes.targets, len(batch["level"])
        state = self.scan["encoder"](self.enter(self._past(batch)).flatten(0, 1))[1]
        ahead = self._ahead(batch)
        x = ahead.reshape(-1, 1, ahead.shape[-1])
        many = type(state)(*(tuple(p.repeat(len(ahead), 1) for p in field) for field in state))
        z = self.dropout(self.scan["decoder"](x, many)[0][:, 0]).unflatten(0, (-1, targets, rows))
        median = self._steps(self.head(z))[..., 0] + batch["level"][:, None]
        apart = None if self.bands is None else self._steps(self.bands(z.detach()))
        return self.banded(median, apart)

    @torch.no_grad()
    def believe(self, share: float) -> None:
        """Keeps a share of what the median adds to the last value.

        Args:
            share: 1 changes nothing, 0 leaves the last value.
        """
        self.head.weight.mul_(share)
        self.head.bias.mul_(share)

    def _steps(
        self, out: Float[Tensor, "segments targets batch width"]
    ) -> Float[Tensor, "batch horizon targets each"]:
        """Puts the rows of all segments into the order of time, and cuts the last segment."""
        rows: Tensor = out.unflatten(-1, (self.segment, -1)).permute(2, 0, 3, 1, 4)
        return rows.flatten(1, 2)[:, : self.horizon]

    def _past(self, batch: Batch) -> Float[Tensor, "targets batch segments width"]:
        """What the encoder reads; the first segment is filled up with zeros where it is short."""
        targets, past = self.sizes.targets, batch["past"]
        short = -past.shape[1] % self.segment
        valid = batch["valid"][..., None].to(past)
        shifted = (past[..., :targets] - batch["level"][:, None]) * valid
        own, others, there = (
            nn.functional.pad(part, (0, 0, short, 0)).unflatten(1, (-1, self.segment))
            for part in (shifted, past[..., targets:], valid)
        )
        shared = torch.cat([others.flatten(2), there.mean(2)], -1)
        return torch.cat([own.permute(3, 0, 1, 2), shared.expand(targets, -1, -1, -1)], -1)

    def _ahead(self, batch: Batch) -> Float[Tensor, "segments targets batch hidden"]:
        """What the decoder is told of each segment of the horizon."""
        place = (self.position.weight[:, None] + self.channel.weight)[:, :, None]
        if self.told is None:
            return place.expand(-1, -1, len(batch["level"]), -1)
        short = -self.horizon % self.segment
        filled = nn.functional.pad(batch["future"], (0, 0, 0, short))
        known = filled.unflatten(1, (-1, self.segment)).flatten(2)
        static = batch["static"][:, None].expand(-1, known.shape[1], -1)
        told: Tensor = self.told(torch.cat([known, static], -1))
        return place + told.transpose(0, 1)[:, None]
