"""Series followed row by row by a forecaster: their last rows carried, and kept in a file."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from lstmkit.data import Frequency, SeriesSet
from lstmkit.data.following import read_following
from lstmkit.errors import DataError, ModelFileError
from lstmkit.tasks.kept_series import packed, unpacked
from lstmkit.tasks.model_mark import model_mark
from lstmkit.tasks.model_parts import complete
from lstmkit.tasks.native import like
from lstmkit.tasks.running_scale import RunningScale
from lstmkit.tasks.trained import Trained
from lstmkit.train.model_file import read_file, write_file

if TYPE_CHECKING:
    from lstmkit.tasks.fitted_forecaster import FittedForecaster

KIND = "forecast stream"


class ForecastStream:
    """Feeds rows to a forecaster as they arrive; made by `Forecaster.stream()`.

    A network reads the whole look-back anew for each forecast, seen from the level of its window,
    so that no state of it can be carried from row to row. What is carried are the last rows of
    each series, and what those before them leave: by what missing values are filled, and the
    scale of a series that was not learnt from. None of it grows.

    Args:
        task: A fitted forecaster.
        begun: The series to begin with.
        path: A file that `save` wrote, to go on from in their place.

    Attributes:
        rows: Rows that are kept of a series: the look-back and the longest season before it.
        series: What is kept of each.

    Raises:
        ModelFileError: A file that is not of a stream of this forecaster.
    """

    def __init__(
        self, task: "FittedForecaster", begun: SeriesSet, path: Path | None = None
    ) -> None:
        self.task, prepared = task, task.trained_.prepared
        self.rows = max(task.lookback_ + max(prepared.seasons, default=0), prepared.targets.change)
        self._learnt = frozenset(prepared.targets.names)
        self.series, self._scales = (
            self._shortened(begun, {}) if path is None else self._restored(path)
        )

    def feed(self, rows: Any, future: Any = None, *, what: str = "rows") -> Any:
        """Takes one row or several, of one series or several, and forecasts.

        Args:
            rows: Table of the rows that follow, with the columns of `fit`; a single row may be a
                dict of values. Rows of a series that is not there yet begin it.
            future: Known covariates of the steps ahead of these series, as for `predict`.
            what: What a table in memory is called in messages.

        Returns:
            The forecasts from the last row of each series that rows came of: what `predict`
            gives for a table of all rows of these series so far. A series that had no row with a
            target yet has none, as there is nothing to forecast from.

        Raises:
            DataError: Rows that do not fit: out of order, there already, off the step, of a later
                time than the next where gaps are refused. None of them is taken then.
        """
        joined = read_following(_table(rows), self.series, gaps=self.task.gaps, what=what)
        series, scales = self._shortened(joined, self._scales)
        begun = tuple(one for one in series if one.begun.all())
        told = replace(series, series=begun or series.series)
        forecast = self.task.forecast_series(told, future, self._scaled(told, scales))
        # only now: what raises an error changes nothing
        fed = {one.name: one for one in series}
        kept = [fed.pop(one.name, one) for one in self.series]
        self.series, self._scales = replace(self.series, series=(*kept, *fed.values())), scales
        return like(rows, forecast if begun else forecast.clear())

    def predict(self, *, future: Any = None) -> pl.DataFrame:
        """Forecasts from the last row of every series, without a new one.

        Args:
            future: Known covariates of the steps ahead, as for `Forecaster.predict`.

        Returns:
            The forecasts, as of `Forecaster.predict`.

        Raises:
            DataError: A future that does not fit, or a series that had no row with a target yet.
        """
        for one in self.series:
            for name, begun in zip(self.series.columns.target, one.begun, strict=True):
                if not begun:
                    raise DataError(
                        f"predict: expected values in target column {name!r} of series "
                        f"{one.name!r}, got none in any of its rows so far. Feed one that has a "
                        "value; feed answers for the other series."
                    )
        trained = self._scaled(self.series, self._scales)
        return self.task.forecast_series(self.series, future, trained)

    def save(self, path: str | Path) -> Path:
        """Writes what is kept, to go on by `forecaster.stream(path=...)`.

        Args:
            path: The file.

        Returns:
            Its path.

        Raises:
            ModelFileError: It cannot be written; an old file stays as it was.
        """
        tensors, described = packed(self.series)
        tensors |= {f"scale.{name}": scale.to_tensor() for name, scale in self._scales.items()}
        metadata = {
            "task": KIND,
            "forecaster": _mark(self.task),
            "frequency": self.series.frequency.to_dict(),
            "series": described,
            "scales": list(self._scales),
        }
        write_file(Path(path), tensors, metadata)
        return Path(path)

    def _restored(self, path: Path) -> tuple[SeriesSet, dict[str, RunningScale]]:
        tensors, metadata = read_file(path)
        if metadata.get("task") != KIND:
            raise ModelFileError(
                f"stream: {path} holds {metadata.get('task', 'no task')!r}, expected a {KIND}. "
                "Give a file that save of a forecaster's stream wrote."
            )
        with complete(path, KIND):
            if metadata["forecaster"] != _mark(self.task):
                raise ModelFileError(
                    f"stream: {path} was written by a stream of another forecaster. Go on with "
                    "that one, or begin anew without the file."
                )
            frequency = Frequency.from_dict(metadata["frequency"])
            prepared = self.task.trained_.prepared
            scales = {
                name: RunningScale.from_tensor(tensors[f"scale.{name}"], prepared.targets)
                for name in metadata["scales"]
            }
            series = unpacked(tensors, metadata["series"], self.task.columns_, frequency)
        return series, scales

    def _shortened(
        self, series: SeriesSet, scales: Mapping[str, RunningScale]
    ) -> tuple[SeriesSet, dict[str, RunningScale]]:
        """Series without the rows that no forecast needs, and all scales with them counted in."""
        prepared, found = self.task.trained_.prepared, dict(scales)
        for one in series:
            gone = len(one) - self.rows
            # counts have no scale, and a series that was learnt from has its own
            if gone > 0 and not prepared.targets.counts and one.name not in self._learnt:
                scale = found.get(one.name, RunningScale(prepared.targets))
                found[one.name] = scale.without(one.target, gone)
        kept = tuple(one.tail(self.rows, prepared.seasons) for one in series)
        return replace(series, series=kept), found

    def _scaled(self, series: SeriesSet, scales: Mapping[str, RunningScale]) -> Trained:
        """The network, with scales of new series by all their rows."""
        trained = self.task.trained_
        found = {
            one.name: scales[one.name].moments(one.target) for one in series if one.name in scales
        }
        if not found:
            return trained
        prepared = trained.prepared
        return replace(trained, prepared=replace(prepared, targets=prepared.targets.joined(found)))


def _table(rows: Any) -> Any:
    """A dict of values as a table of one row; other tables as they are."""
    if not isinstance(rows, Mapping):
        return rows
    return {
        name: value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        for name, value in rows.items()
    }


def _mark(task: "FittedForecaster") -> str:
    """What tells a forecaster from any other: its columns, scales and weights."""
    facts = asdict(task.columns_), task.lookback_, task.trained_.prepared.to_dict()
    return model_mark(task.network_, *facts)
