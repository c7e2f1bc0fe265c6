"""The forecaster: from any table to quantile forecasts, in scikit-learn's manner."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import torch

from lstmkit.cells import find
from lstmkit.data import Columns, SeriesSet
from lstmkit.data.grid import Gaps
from lstmkit.data.parquet_table import stored_table
from lstmkit.data.split import Parts
from lstmkit.engine import Cell
from lstmkit.tasks.defaults import Preset
from lstmkit.tasks.fitted_forecaster import FittedForecaster
from lstmkit.tasks.forecast_settings import check_settings
from lstmkit.tasks.forecast_space import forecast_space
from lstmkit.tasks.preparation import Preparation
from lstmkit.tasks.preset_network import preset_network
from lstmkit.tasks.quantile_network import Mode, NetworkSizes
from lstmkit.tasks.quantiles import checked_levels
from lstmkit.tasks.trained import AnyWindows, Network, Trained
from lstmkit.tasks.tuning.space import Space
from lstmkit.train import History, TrainSettings, fit


class Forecaster(FittedForecaster):
    """Forecasts one or many time series with an LSTM: quantiles for every step of a horizon.

    `fit` cuts each series in the order of time into a part to learn from, one to stop by and one
    to judge by; scales, seasons and the network see the first part only. The network starts from
    the naive forecasts and learns to correct them (`ForecastNetwork`, `SegmentNetwork`), with the
    quantile loss; counts have a distribution and its likelihood instead (`CountNetwork`).

    Args:
        horizon: Steps to forecast.
        preset: "steps" reads the past and gives the horizon step by step; "segments" reads and
            gives segments of up to 48 steps of one target at a time, with one network for all
            targets; "smoothing" smooths exponentially and forecasts what is left over by a dilated
            residual LSTM; "counts" reads and gives as "steps" does, for targets that count: whole
            numbers from 0, however many of them are 0. Take "segments" for horizons of dozens of
            steps and a past of thousands, "smoothing" for hundreds of series.
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
        split: Three fractions, or three row counts, for the three parts; or "last": the last
            horizon of each series judges, and the one before it chooses.
        gaps: "error" refuses missing rows; "fill" takes them as missing values.
        epochs: Passes over the training part, at most; None chooses by its size.
        batch_size: Windows a step; None chooses by their number.
        learning_rate: Peak of the schedule; None takes 2e-3, 3e-3 for segments and smoothing, and
            5e-3 for counts.
        seed: Source of all randomness.
        device: "auto", "cpu", "cuda", ....

    Attributes:
        columns_: Which column plays which part.
        frequency_: The step from row to row.
        season_: Steps of the main season, None without one.
        lookback_: Steps of the past that a forecast sees.
        split_: For each training series where its parts end.
        shortest_: Rows of the shortest training part.
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
        split: Parts = (0.7, 0.1, 0.2),
        gaps: Gaps = "error",
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        self.horizon, self.preset = horizon, preset
        self.lookback, self.season = lookback, season
        self.cell = cell
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self.dropout, self.mode = dropout, mode
        self.quantiles = quantiles
        self.split, self.gaps = split, gaps
        self.epochs, self.batch_size = epochs, batch_size
        self.learning_rate = learning_rate
        self.seed, self.device = seed, device

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
        category: str | Sequence[str] = (),
        folder: str | Path | None = None,
        resume: bool = False,
        progress: bool = False,
        watch_gradients: bool = False,
        after_epoch: Callable[[History], None] | None = None,
    ) -> Self:
        """Learns from a table.

        Args:
            data: Path of a CSV, TSV or Parquet file, any dataframe, a dict of columns or an array;
                a folder of Parquet files, or what `lstmkit.data.open_parquet` opened, is read piece
                by piece and never held in memory.
            target: Column or columns to forecast.
            time: Column of times; None where the rows are the steps.
            series: Column that tells which series a row belongs to.
            past: Covariates known up to the origin of a forecast.
            known: Covariates known ahead.
            static: Columns of a whole series; columns of numbers are numbers, all others hold
                categories.
            category: Columns of a whole series that hold categories, numbers or not (a postal
                code).
            folder: Where checkpoints are kept; None keeps none.
            resume: Go on from the checkpoint in `folder`, with the same data, to the same bits.
            progress: Show progress on stderr.
            watch_gradients: Say on stderr how large the gradients are, and when they begin to
                explode or vanish, with what to do.
            after_epoch: Told the losses after each epoch; what it raises ends training.

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
        columns = Columns.of(target, time, series, past, known, static, category)
        how: dict[str, Any] = {"folder": folder, "resume": resume, "progress": progress}
        how |= {"watch_gradients": watch_gradients, "after_epoch": after_epoch}
        files = stored_table(data)
        if files is None:
            from lstmkit.tasks.table_forecast import learn_table

            learn_table(self, data, columns, **how)
        else:
            from lstmkit.tasks.stored_forecast import learn_stored

            learn_stored(self, files, columns, **how)
        return self

    def untrained(self, prepared: Preparation, series: SeriesSet) -> Trained:
        """Builds a network with first weights that the seed draws.

        Args:
            prepared: Scales and what else stands between table and network.
            series: Series of the kind that it will read.

        Returns:
            The network with its way from series to forecasts.
        """
        sizes = NetworkSizes.of(prepared.channels(series)[0], prepared)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = self.build(sizes)
        return Trained(network, prepared, self.lookback_, self.seed)

    def train(self, trained: Trained, train: AnyWindows, valid: AnyWindows, **how: Any) -> Self:
        """Trains a network by `train`, stopped and its bands widened by `valid`.

        Args:
            trained: The network.
            train: Windows to learn from.
            valid: Windows to stop by.
            how: What else `lstmkit.train.fit` takes.

        Returns:
            The forecaster.
        """
        self.history_: History = fit(trained.network, train, valid, self._training(), **how)
        trained.network.cpu()
        trained.calibrate(valid, self.chosen.valid_stride)
        self.trained_ = trained
        return self

    def search_space(self) -> Space:
        """What `tune` varies, around what took effect in `fit`."""
        return forecast_space(self)

    def build(self, sizes: NetworkSizes) -> Network:
        """Builds an untrained network of the given widths."""
        return preset_network(
            self.preset,
            sizes,
            self.chosen,
            cell=self.used_cell,
            num_layers=self.num_layers,
            levels=self.levels,
            horizon=self.horizon,
            mode=self.mode,
        )

    def _training(self) -> TrainSettings:
        return TrainSettings(
            epochs=self.chosen.epochs,
            batch_size=self.chosen.batch_size,
            learning_rate=self.chosen.learning_rate,
            patience=self.chosen.patience,
            seed=self.seed,
            device=self.device,
        )

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
