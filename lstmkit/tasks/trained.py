"""A network with everything that stands between it and a table: scales, windows, bands."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import torch

from lstmkit.data import SeriesSet, Windows
from lstmkit.data.stored_windows import StoredWindows
from lstmkit.tasks.calibration import band_factors, confirmed_share, widened
from lstmkit.tasks.count_network import CountNetwork
from lstmkit.tasks.forecast_network import ForecastNetwork
from lstmkit.tasks.long_frame import long_frame
from lstmkit.tasks.preparation import Preparation
from lstmkit.tasks.segment_network import SegmentNetwork
from lstmkit.tasks.smoothing_network import SmoothingNetwork

Network = ForecastNetwork | SegmentNetwork | SmoothingNetwork | CountNetwork
AnyWindows = Windows | StoredWindows

NUM_PATHS = 200
WINDOWS_AT_ONCE = 512
CALIBRATION_WINDOWS = {"direct": 1000, "autoregressive": 100}


@dataclass
class Trained:
    """A forecasting network and its way from checked series to a long table.

    Attributes:
        network: The network.
        prepared: Scales, categories, calendar and seasons.
        lookback: Steps of the past that a forecast sees.
        seed: Source of the draws of autoregressive forecasts.
        bands: How far each quantile is moved from the median (`band_factors`).
    """

    network: Network
    prepared: Preparation
    lookback: int
    seed: int
    bands: tuple[float, ...] = field(default=())

    def windows(
        self,
        series: SeriesSet,
        origins: np.ndarray,
        future: Sequence[np.ndarray] | None = None,
    ) -> Windows:
        """Cuts windows at given origins.

        Args:
            series: The series.
            origins: Pairs (series, row of the last known value), int64 (N, 2).
            future: Known covariates after the last row, an array (horizon, Q) a series.

        Returns:
            The windows, scaled.
        """
        return Windows(
            self.prepared.channels(series, future, _rows_seen(series, origins)),
            origins,
            lookback=self.lookback,
            horizon=self.prepared.horizon,
            seasons=self.prepared.seasons,
        )

    def calibrate(self, valid: AnyWindows, stride: int) -> None:
        """Sets how far the bands are widened, from windows spread over the validation part.

        By segments, the median first keeps only the share of its change from the last value that
        these windows confirm. Counts keep the quantiles of their distribution, whole numbers.

        Args:
            valid: Windows of the validation part.
            stride: Steps from one of them to the next.
        """
        if isinstance(self.network, CountNetwork):
            self.bands = (1.0,) * len(self.network.levels)
            return
        number = min(len(valid), CALIBRATION_WINDOWS[self.network.mode])
        rows = np.linspace(0, len(valid) - 1, number).astype(np.int64)
        batch, levels = valid.batch(rows), self.network.levels
        truth, quantiles = batch["target"].numpy(), self._quantiles(valid, rows)
        if isinstance(self.network, SegmentNetwork):
            last = batch["level"].numpy()[:, None]
            change = quantiles[..., levels.index(0.5)] - last
            apart = len(valid) * stride // self.prepared.horizon
            self.network.believe(confirmed_share(change, truth - last, apart))
            quantiles = self._quantiles(valid, rows)
        self.bands = band_factors(quantiles, truth, levels)

    def forecast(
        self,
        series: SeriesSet,
        origins: np.ndarray,
        future: Sequence[np.ndarray] | None = None,
    ) -> pl.DataFrame:
        """Forecasts from given origins.

        Args:
            series: The series.
            origins: Pairs (series, row of the last known value), int64 (N, 2).
            future: Known covariates after the last row, an array (horizon, Q) a series.

        Returns:
            A long table, in the unit of the target.
        """
        plain = self.values(series, origins, future)
        return long_frame(series, origins, plain[0.5], plain)

    def values(
        self,
        series: SeriesSet,
        origins: np.ndarray,
        future: Sequence[np.ndarray] | None = None,
    ) -> dict[float, np.ndarray]:
        """Forecasts from given origins as arrays, which take a tenth of a table's memory.

        Args:
            series: The series.
            origins: Pairs (series, row of the last known value), int64 (N, 2).
            future: Known covariates after the last row, an array (horizon, Q) a series.

        Returns:
            For each level its quantile (N, horizon, K), in the unit of the target.
        """
        windows, levels = self.windows(series, origins, future), self.network.levels
        raw = self._quantiles(windows, np.arange(len(windows)))
        scaled = widened(raw, self.bands, levels)
        scaler = self.prepared.targets.scaler(series, _rows_seen(series, origins))
        return {
            level: self.prepared.targets.plain(scaler.unscale(scaled[..., index], origins[:, 0]))
            for index, level in enumerate(levels)
        }

    @torch.no_grad()
    def _quantiles(self, windows: AnyWindows, rows: np.ndarray) -> np.ndarray:
        """What the network gives for some windows, in its own scale."""
        network = self.network.eval()
        generator = torch.Generator().manual_seed(self.seed)
        shape = (0, self.prepared.horizon, network.sizes.targets, len(network.levels))
        parts = [np.zeros(shape)]
        for first in range(0, len(rows), WINDOWS_AT_ONCE):
            batch = windows.batch(rows[first : first + WINDOWS_AT_ONCE])
            if isinstance(network, ForecastNetwork) and network.mode == "autoregressive":
                scaled = network.sample(batch, NUM_PATHS, generator)
            else:
                scaled = network(batch)
            parts.append(scaled.double().numpy())
        return np.concatenate(parts)


def _rows_seen(series: SeriesSet, origins: np.ndarray) -> list[int]:
    """For each series the rows up to its first origin: what may set the scale of a new one."""
    return [
        int(origins[origins[:, 0] == index, 1].min(initial=len(one) - 1)) + 1
        for index, one in enumerate(series)
    ]
