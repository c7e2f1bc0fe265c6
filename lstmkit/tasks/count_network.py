"""The forecaster's network for counts: a negative binomial distribution for every step."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from lstmkit.engine import Cell
from lstmkit.tasks.negative_binomial import negative_binomial_loss, negative_binomial_quantiles
from lstmkit.tasks.quantile_network import Batch, NetworkSizes
from lstmkit.tasks.stepwise_network import StepwiseNetwork

# the least share of a window's level that naive forecasts start from: zeros have no inverse
LEAST = 0.01
# keeps what softplus gives above 0 in single precision
TINY = 1e-6


class CountNetwork(StepwiseNetwork):
    r"""Encoder and decoder of one cell, which give mean and dispersion of counts.

    All that concerns targets is divided by the level of its own window, :math:`\nu`, so that one
    network serves series of any size, those that it did not learn from too. The decoder reads, for
    each step k of the horizon, what is known ahead and the naive forecasts: the last value, the
    last value of each season, and the mean of the window; and :math:`\log \nu`. With its output
    :math:`z_k`

    .. math::
        \nu &= 1 + \frac{1}{n} \sum_t y_t \\
        m_k &= \frac{1}{\nu} \sum_j \mathrm{softmax}(A z_k)_j\, \mathrm{candidate}_{k,j} \\
        \mu_k &= \nu\, \mathrm{softplus}(\mathrm{softplus}^{-1}(m_k) + v z_k) \\
        \alpha_k &= \mathrm{softplus}(w z_k) / \sqrt{\nu}

    are mean and dispersion of a negative binomial distribution, whose exact likelihood the network
    learns by (`negative_binomial_loss`), and whose quantiles it gives: whole numbers from 0. An
    untrained network forecasts a mean of the naive forecasts.

    After Salinas, Flunkert and Gasthaus 2020, DeepAR (arXiv 1704.04110), sections 3.1 and 3.3,
    with three differences: all steps come at once, each with its own distribution, in place of
    paths drawn step by step; the mean starts from the naive forecasts; and any cell will do.

    Args:
        sizes: Widths.
        cell: The cell of both LSTMs.
        hidden_size: Units of a layer.
        num_layers: Layers of each LSTM.
        dropout: Dropout between layers and before the output.
        levels: Ascending quantile levels with 0.5.

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
    ) -> None:
        candidates = 2 + sizes.seasons
        super().__init__(
            sizes,
            levels,
            "direct",
            candidates=candidates,
            more=sizes.targets,
            gives=candidates + 2,
            cell=cell,
            hidden_size=hidden_size,
            num_layers=num_layers,
            dropout=dropout,
        )

    def guided(self, batch: Batch) -> Float[Tensor, "batch horizon targets 2"]:
        """Forecasts mean and dispersion; nothing is fed back, so the truth is not read.

        Args:
            batch: Windows.

        Returns:
            Mean and dispersion of each step and target, both above 0.
        """
        usual = self.window_mean(batch)
        level = 1 + usual
        scale = level.repeat(1, 1 + self.sizes.seasons)[:, None]
        state = self.encode(batch, batch["past"][..., : self.shown] / scale)
        last = self.naive(batch)
        means = usual[:, None, None].expand(-1, last.shape[1], -1, -1)
        candidates = torch.cat([last, means], 2) / level[:, None, None]
        size = level.log()[:, None].expand(-1, last.shape[1], -1)
        x = torch.cat([self.ahead(batch, candidates), size], -1)
        mix, change, wide = self.decode(x, state)[0].split([candidates.shape[2], 1, 1], -1)
        start = (mix.softmax(-1) * candidates.transpose(2, 3)).sum(-1).clamp(min=LEAST)
        inverse = start + torch.log(-torch.expm1(-start))
        mean = level[:, None] * (functional.softplus(inverse + change[..., 0]) + TINY)
        dispersion = (functional.softplus(wide[..., 0]) + TINY) / level.sqrt()[:, None]
        return torch.stack([mean, dispersion], -1)

    def forward(self, batch: Batch) -> Float[Tensor, "batch horizon targets levels"]:
        """Forecasts quantiles of all steps at once.

        Args:
            batch: Windows.

        Returns:
            Quantiles, whole numbers from 0 in double precision; no gradient flows through them.
        """
        mean, dispersion = self.guided(batch).detach().cpu().double().numpy().transpose(3, 0, 1, 2)
        return torch.from_numpy(negative_binomial_quantiles(mean, dispersion, self.levels))

    def scored(
        self, given: Float[Tensor, "batch horizon targets 2"], batch: Batch
    ) -> Float[Tensor, ""]:
        """The negative log-likelihood of the truth over what was observed."""
        mean, dispersion = given.unbind(-1)
        truth = torch.nan_to_num(batch["target"])
        return negative_binomial_loss(mean, dispersion, truth, batch["observed"])
