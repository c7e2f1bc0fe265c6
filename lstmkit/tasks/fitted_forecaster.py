"""A forecaster that has learnt: predict, stream, backtest and evaluate."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import polars as pl

from lstmkit.data import Columns, Frequency, SeriesSet, Split, all_origins
from lstmkit.data import read_series as read
from lstmkit.data.future import read_future
from lstmkit.data.grid import Gaps
from lstmkit.data.split import Part
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks.baselines import baseline_frames
from lstmkit.tasks.defaults import Defaults, Preset
from lstmkit.tasks.forecast_settings import require_whole
from lstmkit.tasks.forecast_stream import ForecastStream
from lstmkit.tasks.metrics import Metrics, mase_scales, score
from lstmkit.tasks.native import like
from lstmkit.tasks.settings import Settings
from lstmkit.tasks.trained import Network, Trained


class FittedForecaster(Settings):
    """What a `Forecaster` does after `fit`.

    Attributes:
        horizon: Steps to forecast.
        preset: What the network is.
        gaps: What is done about missing rows.
        columns_: Which column plays which part.
        frequency_: The step from row to row.
        season_: Steps of the main season, None without one.
        lookback_: Steps of the past that a forecast sees.
        series_: The series learnt from; of a loaded forecaster their last rows.
        split_: For each training series where its parts end; empty if loaded, or learnt from files.
        shortest_: Rows of the shortest training part; not there if loaded.
        chosen: Settings as they took effect.
        trained_: The network with its scales and bands.
    """

    horizon: int
    preset: Preset
    gaps: Gaps
    columns_: Columns
    frequency_: Frequency
    season_: int | None
    lookback_: int
    series_: SeriesSet
    split_: list[Split]
    shortest_: int
    notices_: tuple[str, ...]
    chosen: Defaults
    trained_: Trained

    @property
    def num_parameters_(self) -> int:
        """Number of learned numbers."""
        return sum(parameter.numel() for parameter in self.network_.parameters())

    @property
    def network_(self) -> Network:
        """The trained network."""
        self._require_fitted()
        return self.trained_.network

    def predict(self, data: Any = None, *, future: Any = None) -> Any:
        """Forecasts the steps after the last row.

        Args:
            data: Table to forecast from, with the columns of `fit`; None goes on from the end of
                the training table. Of series learnt from, rows before the lookback and the longest
                season before it only fill values that are missing there.
            future: Known covariates of the steps ahead, where `fit` had any: a table with the
                time, series and known columns.

        Returns:
            A table with one row for each series, target and step: series, origin, time, step,
            target, forecast (the median) and a column for each quantile. The kind of table is
            that of `data` for pandas and arrow, and polars otherwise.

        Raises:
            DataError: A table that does not fit.
            SettingsError: The forecaster is not fitted.
        """
        return like(data, self.forecast_series(self._series(data), future))

    def forecast_series(
        self, series: SeriesSet, future: Any = None, trained: Trained | None = None
    ) -> pl.DataFrame:
        """Forecasts the steps after the last row of series that were read already.

        Args:
            series: The series, or their last rows.
            future: As for `predict`.
            trained: A network with other scales; None takes that of `fit`.

        Returns:
            The table of `predict`.

        Raises:
            DataError: A future that does not fit.
        """
        ahead = self._future(series, future)
        last = np.array([[index, len(one) - 1] for index, one in enumerate(series)])
        return (trained or self.trained_).forecast(series, last, ahead).drop("truth")

    def stream(self, data: Any = None, *, path: str | Path | None = None) -> ForecastStream:
        """Begins to follow series row by row.

        Args:
            data: Table whose last rows it begins with; None begins with those of the training
                table.
            path: A file that `ForecastStream.save` wrote, to go on from instead.

        Returns:
            A stream; what it answers after a row is what `predict` answers for all rows so far.

        Raises:
            DataError: A table that does not fit.
            SettingsError: A table and a file, or the forecaster is not fitted.
            ModelFileError: A file that is not of a stream of this forecaster.
        """
        if data is not None and path is not None:
            raise SettingsError(
                "stream: expected a table to begin with or a file to go on from, got both. "
                "Leave one of them out."
            )
        series = self._series(data)
        return ForecastStream(self, series, None if path is None else Path(path))

    def _series(self, data: Any) -> SeriesSet:
        self._require_fitted()
        return self.series_ if data is None else self._read(data)

    def _read(self, data: Any) -> SeriesSet:
        return read(data, self.columns_, gaps=self.gaps, learning=False, frequency=self.frequency_)

    def _future(self, series: SeriesSet, future: Any) -> list[np.ndarray] | None:
        known = self.columns_.known
        if not known:
            if future is not None:
                raise DataError("predict: no known columns were learnt from; leave future out.")
            return None
        if future is None:
            raise DataError(
                f"predict: expected the known columns {', '.join(map(repr, known))} of the "
                f"{self.horizon} steps ahead, got none. Give a table of them: future=... "
                "(command line: --future FILE)."
            )
        return read_future(future, series, self.horizon)

    def backtest(self, data: Any = None, *, part: Part = "test", stride: int = 1) -> pl.DataFrame:
        """Forecasts from rolling origins and puts the truth beside.

        Args:
            data: A table; None takes that of `fit` and its `part`. Of another table every origin
                with a lookback before it and a horizon after it is taken.
            part: "train", "valid" or "test".
            stride: Steps from one origin to the next.

        Returns:
            A long table with series, origin, time, step, target, truth, forecast and quantiles.

        Raises:
            DataError: A table that does not fit, or is too short.
            SettingsError: The forecaster is not fitted.
        """
        return self.trained_.forecast(*self.rolling(data, part, stride))

    def rolling(self, data: Any, part: Part, stride: int) -> tuple[SeriesSet, np.ndarray]:
        """Chooses the series and origins of a backtest.

        Args:
            data: As for `backtest`.
            part: As for `backtest`.
            stride: As for `backtest`.

        Returns:
            The series, and pairs (series, row of the last known value), int64 (N, 2).

        Raises:
            DataError: A table that does not fit, or is too short.
            SettingsError: The forecaster is not fitted, or an unknown part.
        """
        self._require_fitted()
        require_whole("stride", stride)
        if part not in get_args(Part):
            raise SettingsError(
                f"Forecaster: expected part 'train', 'valid' or 'test', got {part!r}."
            )
        if data is None:
            if not self.split_:
                raise DataError(
                    "backtest: a loaded forecaster holds only the end of its data. "
                    "Give the table: backtest(data)."
                )
            return self.series_, self.origins(part, stride)
        series = self._read(data)
        origins = [np.arange(self.lookback_ - 1, len(one) - self.horizon, stride) for one in series]
        if not sum(map(len, origins)):
            raise DataError(
                f"backtest: expected a series of at least {self.lookback_ + self.horizon} rows, "
                f"the lookback of {self.lookback_} and the horizon of {self.horizon}, got "
                f"{max(map(len, series))}. Give more rows."
            )
        return series, all_origins(origins)

    def evaluate(self, data: Any = None, *, part: Part = "test", stride: int = 1) -> Metrics:
        """Measures the forecasts from rolling origins beside the naive ones.

        Args:
            data: A table, or None for that of `fit`; see `backtest`.
            part: "train", "valid" or "test".
            stride: Steps from one origin to the next.

        Returns:
            MAE, RMSE, sMAPE, MASE and scaled CRPS of "lstmkit", "naive", "seasonal_naive" and
            "drift", overall, by step and by target.

        Raises:
            DataError: A table that does not fit, or is too short.
            SettingsError: The forecaster is not fitted.
        """
        series, origins = self.rolling(data, part, stride)
        return self.measure(self.trained_.forecast(series, origins), series, origins)

    def measure(self, frame: pl.DataFrame, series: SeriesSet, origins: np.ndarray) -> Metrics:
        """Measures given forecasts beside the naive ones from the same origins.

        Args:
            frame: Long table of the forecasts.
            series: The series they are of.
            origins: Pairs (series, row of the last known value).

        Returns:
            The metrics; see `evaluate`.
        """
        own = series is self.series_ and bool(self.split_)
        ends = [s.train_end for s in self.split_] if own else [len(one) for one in series]
        frames = baseline_frames(series, origins, self.horizon, self.season_)
        return score({"lstmkit": frame} | frames, mase_scales(series, ends, self.season_))

    @property
    def least_past(self) -> int:
        """Rows of a series that a window of training sees at least.

        Counts are learnt from windows of one row on, so that a series which has just begun is
        nothing new; the others from whole look-backs.
        """
        return 1 if self.preset == "counts" else self.lookback_

    def _require_fitted(self) -> None:
        if not hasattr(self, "trained_"):
            raise SettingsError("Forecaster: not fitted yet. Call fit(data, target=...) first.")

    def origins(self, part: Part, stride: int = 1) -> np.ndarray:
        """Returns where windows of what it was fitted to begin, (windows, series and row).

        Args:
            part: The part.
            stride: Rows from one to the next; the validation part has its own.
        """
        if part == "valid":
            stride = self.chosen.valid_stride
        return all_origins(
            [
                split.origins(part, horizon=self.horizon, lookback=self.least_past, stride=stride)
                for split in self.split_
            ]
        )
