"""The forecaster: from any table to quantile forecasts, in scikit-learn's manner."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, get_args

import numpy as np
import polars as pl
import torch

from lstmkit.cells import find
from lstmkit.data import Columns, Series, SeriesSet, Split, all_origins
from lstmkit.data import read_series as read
from lstmkit.data.future import read_future
from lstmkit.data.grid import Gaps
from lstmkit.data.split import Part
from lstmkit.engine import Cell
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks.baselines import baseline_frames
from lstmkit.tasks.defaults import Preset, defaults
from lstmkit.tasks.forecast_network import ForecastNetwork, Mode, NetworkSizes
from lstmkit.tasks.forecast_settings import check_settings, check_spans, require_whole
from lstmkit.tasks.metrics import Metrics, mase_scales, score
from lstmkit.tasks.native import like
from lstmkit.tasks.preparation import Preparation
from lstmkit.tasks.quantiles import checked_levels
from lstmkit.tasks.season import find_seasons
from lstmkit.tasks.segment_network import SegmentNetwork
from lstmkit.tasks.settings import Settings
from lstmkit.tasks.trained import Network, Trained
from lstmkit.train import History, TrainSettings, fit


class Forecaster(Settings):
    """Forecasts one or many time series with an LSTM: quantiles for every step of a horizon.

    `fit` cuts each series in the order of time into a part to learn from, one to stop by and one
    to judge by; scales, seasons and the network see the first part only. The network starts from
    the naive forecasts and learns to correct them (`ForecastNetwork`, `SegmentNetwork`), with the
    quantile loss.

    Args:
        horizon: Steps to forecast.
        preset: "steps" reads the past and gives the horizon step by step; "segments" reads and
            gives segments of up to 48 steps of one target at a time, with one network for all
            targets. Take "segments" for horizons of dozens of steps and a past of thousands.
        lookback: Steps of the past that a forecast sees; None chooses by the seasons and the
            horizon.
        season: Steps of the main season; "auto" finds the seasons, None assumes there is none.
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        hidden_size: Units of a layer; None chooses by the number of rows.
        num_layers: Layers of encoder and decoder. Two seldom help below 100,000 rows.
        dropout: Dropout between layers and before the output; None takes 0.1, and 0.2 for
            segments. Raise it when the validation loss turns up early.
        mode: "direct" gives all steps at once; "autoregressive" feeds each step into the next and
            draws paths.
        quantiles: Levels between 0 and 1; the median is always added and is the point forecast.
        split: Three fractions, or three row counts, for the three parts.
        gaps: "error" refuses missing rows; "fill" takes them as missing values.
        epochs: Passes over the training part, at most; None chooses by its size.
        batch_size: Windows a step; None chooses by their number.
        learning_rate: Peak of the schedule; None takes 2e-3, and 3e-3 for segments.
        seed: Source of all randomness.
        device: "auto", "cpu", "cuda", ....

    Attributes:
        columns_: Which column plays which part.
        frequency_: The step from row to row.
        season_: Steps of the main season, None without one.
        lookback_: Steps of the past that a forecast sees.
        split_: For each training series where its parts end.
        notices_: What was found missing and what was done about it.
        history_: Losses by epoch.
        trained_: The network with its scales and bands.

    Example:
        >>> import numpy as np
        >>> table = {"y": np.sin(np.arange(200) / 4)}
        >>> model = Forecaster(horizon=4, epochs=1).fit(table, target="y")
        >>> model.predict().shape
        (4, 11)
    """

    def __init__(
        self,
        horizon: int,
        *,
        preset: Preset = "steps",
        lookback: int | None = None,
        season: int | str | None = "auto",
        cell: str | Cell = "lstm",
        hidden_size: int | None = None,
        num_layers: int = 1,
        dropout: float | None = None,
        mode: Mode = "direct",
        quantiles: Sequence[float] = (0.1, 0.25, 0.5, 0.75, 0.9),
        split: Sequence[float] | Sequence[int] = (0.7, 0.1, 0.2),
        gaps: Gaps = "error",
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        self.horizon = horizon
        self.preset = preset
        self.lookback = lookback
        self.season = season
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.dropout = dropout
        self.mode = mode
        self.quantiles = quantiles
        self.split = split
        self.gaps = gaps
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.seed = seed
        self.device = device

    def fit(
        self,
        data: Any,
        target: str | Sequence[str],
        *,
        time: str | None = None,
        series: str | None = None,
        past: str | Sequence[str] = (),
        known: str | Sequence[str] = (),
        static: str | Sequence[str] = (),
        folder: Path | None = None,
        resume: bool = False,
        progress: bool = False,
        watch_gradients: bool = False,
    ) -> Self:
        """Learns from a table.

        Args:
            data: Path of a CSV, TSV or Parquet file, any dataframe, a dict of columns or an array.
            target: Column or columns to forecast.
            time: Column of times; None where the rows are the steps.
            series: Column that tells which series a row belongs to.
            past: Covariates known up to the origin of a forecast.
            known: Covariates known ahead.
            static: Categories of a whole series.
            folder: Where checkpoints are kept; None keeps none.
            resume: Go on from the checkpoint in `folder`, to the same bits.
            progress: Show progress on stderr.
            watch_gradients: Say on stderr how large the gradients are, and when they begin to
                explode or vanish, with what to do.

        Returns:
            The forecaster.

        Raises:
            DataError: What cannot be learnt from; the message names column, row and remedy.
            SettingsError: A setting that does not fit.
            CellError: A text that is no cell.
            Interrupted: Ctrl-C; the checkpoint is written.
        """
        check_settings(self.get_params())
        self.used_cell, self.levels = find(self.cell), checked_levels(self.quantiles)
        columns = Columns.of(target, time, series, past, known, static)
        found = read(data, columns, gaps=self.gaps)
        splits = [
            Split.of(len(one), self.split, horizon=self.horizon, name=_called(found, one))
            for one in found
        ]
        ends = [split.train_end for split in splits]
        check_spans(self.get_params(), min(ends))
        seasons = find_seasons(found, ends, self.horizon, self.season)
        self.chosen = defaults(
            self.horizon, seasons, splits, lookback=self.lookback, preset=self.preset
        ).overruled(self.get_params())
        self.columns_, self.frequency_, self.notices_ = columns, found.frequency, found.notices
        self.series_, self.split_ = found, splits
        self.season_, self.lookback_ = seasons[0] if seasons else None, self.chosen.lookback
        prepared = Preparation.fit(found, ends, seasons, self.horizon, preset=self.preset)
        sizes = NetworkSizes.of(prepared.channels(found)[0], prepared)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = self.build(sizes)
        trained = Trained(network, prepared, self.lookback_, self.seed)
        train, valid = (trained.windows(found, self._origins(part)) for part in ("train", "valid"))
        self.history_: History = fit(
            network,
            train,
            valid,
            self._training(),
            folder=folder,
            resume=resume,
            progress=progress,
            watch_gradients=watch_gradients,
        )
        network.cpu()
        trained.calibrate(valid)
        self.trained_ = trained
        return self

    def build(self, sizes: NetworkSizes) -> Network:
        """Builds an untrained network of the given widths."""
        shared: dict[str, Any] = {
            "cell": self.used_cell,
            "hidden_size": self.chosen.hidden_size,
            "num_layers": self.num_layers,
            "dropout": self.chosen.dropout,
            "levels": self.levels,
        }
        if self.preset == "segments":
            segment = self.chosen.segment
            return SegmentNetwork(sizes, segment=segment, horizon=self.horizon, **shared)
        return ForecastNetwork(sizes, mode=self.mode, **shared)

    def _training(self) -> TrainSettings:
        return TrainSettings(
            epochs=self.chosen.epochs,
            batch_size=self.chosen.batch_size,
            learning_rate=self.chosen.learning_rate,
            patience=self.chosen.patience,
            seed=self.seed,
            device=self.device,
        )

    @property
    def num_parameters_(self) -> int:
        """Number of learned numbers."""
        return sum(parameter.numel() for parameter in self.network_.parameters())

    @property
    def network_(self) -> Network:
        """The trained network."""
        self._require_fitted()
        return self.trained_.network

    def _origins(self, part: Part, stride: int = 1) -> np.ndarray:
        if part == "valid":
            stride = self.chosen.valid_stride
        return all_origins(
            [
                split.origins(part, horizon=self.horizon, lookback=self.lookback_, stride=stride)
                for split in self.split_
            ]
        )

    def predict(self, data: Any = None, *, future: Any = None) -> Any:
        """Forecasts the steps after the last row.

        Args:
            data: Table to forecast from, with the columns of `fit`; None goes on from the end of
                the training table. Rows before the lookback make no difference.
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
        self._require_fitted()
        series = self.series_ if data is None else self._read(data)
        ahead = self._future(series, future)
        last = np.array([[index, len(one) - 1] for index, one in enumerate(series)])
        return like(data, self.trained_.forecast(series, last, ahead).drop("truth"))

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
            return self.series_, self._origins(part, stride)
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

    def save(self, path: str | Path) -> Path:
        """Writes the model file: weights, settings, scales, the cell's text and the last rows.

        Args:
            path: The file.

        Returns:
            Its path.

        Raises:
            ModelFileError: It cannot be written; an old file stays as it was.
            SettingsError: The forecaster is not fitted.
        """
        from lstmkit.tasks.forecast_file import save

        self._require_fitted()
        return save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> "Forecaster":
        """Reads a model file. No code in it is ever run.

        Args:
            path: The file.

        Returns:
            The forecaster, ready to predict.

        Raises:
            ModelFileError: Not a model file, damaged, or from a newer version.
        """
        from lstmkit.tasks.forecast_file import load_forecaster

        return load_forecaster(Path(path))

    def _require_fitted(self) -> None:
        if not hasattr(self, "trained_"):
            raise SettingsError("Forecaster: not fitted yet. Call fit(data, target=...) first.")


def _called(series: SeriesSet, one: Series) -> str:
    return "data" if series.columns.series is None else f"series {one.name!r}"
