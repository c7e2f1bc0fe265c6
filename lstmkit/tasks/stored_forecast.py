"""A forecaster that learns from series which stay in their Parquet files."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np

from lstmkit.data import Categories, Columns, Scaler, SeriesSet, Split, calendar_cycles
from lstmkit.data.mark import series_mark
from lstmkit.data.moments import Moments
from lstmkit.data.parquet_table import ParquetTable
from lstmkit.data.split import Part
from lstmkit.data.static_numbers import StaticNumbers
from lstmkit.data.stored_series import StoredSeries, store_series
from lstmkit.data.stored_windows import StoredWindows
from lstmkit.errors import SettingsError
from lstmkit.tasks.defaults import defaults
from lstmkit.tasks.forecast_settings import check_spans
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.preparation import Preparation
from lstmkit.tasks.season import find_seasons
from lstmkit.tasks.target_scale import TargetScale
from lstmkit.tasks.trained import Trained

JUDGED_ROWS = 200_000
"""Rows of whole series, about, that a run is judged by and draws where a table is in files."""


def learn_stored(model: Forecaster, table: ParquetTable, columns: Columns, **how: Any) -> None:
    """Fits a forecaster to a table that is read piece by piece; `Forecaster.fit` of such data.

    Scales are those of the whole training part, seasons are found in the first row group. What is
    kept of the series afterwards are their last rows, as in a model that was loaded.

    Args:
        model: The forecaster, its settings checked.
        table: The table.
        columns: Which column plays which part.
        how: `folder`, `resume` and what else `Forecaster.fit` hands on.

    Raises:
        DataError: What cannot be learnt from.
        SettingsError: Gaps to be filled, for which all of a series would be needed; smoothing.
    """
    if model.gaps != "error":
        raise SettingsError(
            f"Forecaster: expected gaps='error' where data is read piece by piece, got "
            f"{model.gaps!r}. Fill the missing rows in the files."
        )
    if model.preset == "smoothing":
        raise SettingsError(
            "Forecaster: expected preset 'steps', 'segments' or 'counts' where data is read piece "
            "by piece, got 'smoothing'. Read the table into memory first."
        )
    series = store_series(table, columns)
    splits = _splits(model, table, series.names, series.lengths.tolist())
    ends = np.array([split.train_end for split in splits])
    model.shortest_ = int(ends.min())
    check_spans(model.get_params(), model.shortest_)
    sample = _sample(series, ends)
    seasons = find_seasons(sample, list(map(len, sample)), model.horizon, model.season)
    model.chosen = defaults(
        model.horizon, seasons, splits, lookback=model.lookback, preset=model.preset
    ).overruled(model.get_params())
    model.columns_, model.frequency_, model.notices_ = series.columns, series.frequency, ()
    model.season_, model.lookback_ = seasons[0] if seasons else None, model.chosen.lookback
    trained = model.untrained(_prepared(model, series, ends, seasons), sample)
    train, valid = (_windows(model, trained, series, splits, part) for part in ("train", "valid"))
    mark = None if how["folder"] is None else series_mark(series)
    model.train(trained, train, valid, data_mark=mark, **how)
    needed = model.lookback_ + max((*trained.prepared.seasons, 0)) + model.horizon
    model.series_, model.split_ = series.tails(needed), []


def judged_by_some(model: Forecaster, table: ParquetTable) -> Forecaster:
    """The forecaster as if it had learnt from some of the series alone, to judge and draw it by.

    Args:
        model: A forecaster that has learnt from `table`.
        table: The table.

    Returns:
        A copy that holds whole series spread evenly over the files, and where their parts end.
    """
    series = store_series(table, model.columns_)
    some = series.some(JUDGED_ROWS)
    judged = copy(model)
    judged.series_ = some
    judged.split_ = _splits(model, table, [one.name for one in some], list(map(len, some)))
    judged.notices_ = (f"Judged by {len(some):,} of {len(series):,} series.",)
    return judged


def _splits(
    model: Forecaster, table: ParquetTable, names: Sequence[str], lengths: Sequence[int]
) -> list[Split]:
    return [
        Split.of(rows, model.split, horizon=model.horizon, name=f"{table.name}, series {name!r}")
        for name, rows in zip(names, lengths, strict=True)
    ]


def _sample(series: StoredSeries, ends: np.ndarray) -> SeriesSet:
    """What the first row group holds of training parts, without a series that it cuts off."""
    found = series.piece(0, int(series.table.starts[1]))
    whole = [one for one, rows in zip(found, series.lengths, strict=False) if len(one) == rows]
    kept = [
        replace(
            one,
            time=one.time[:end],
            target=one.target[:end],
            past=one.past[:end],
            known=one.known[:end],
        )
        for one, end in zip(whole or found.series[:1], ends.tolist(), strict=False)
    ]
    return replace(found, series=tuple(kept))


def _prepared(
    model: Forecaster, series: StoredSeries, ends: np.ndarray, seasons: tuple[int, ...]
) -> Preparation:
    """What `Preparation.fit` learns, in one pass over the training parts."""
    width = len(series.columns.target)
    shown = model.preset in ("steps", "counts")
    targets, covariates, masked = [Moments() for _ in range(len(series))], Moments(), False
    for one, values in series.numbers(ends):
        targets[one].add(values[:, :width])
        covariates.add(values[:, width:])
        masked = masked or bool(np.isnan(values[:, :width]).any())
    return Preparation(
        targets=TargetScale.of_counts(width, series.names)
        if model.preset == "counts"
        else TargetScale(Scaler.of(targets), series.names),
        covariates=Scaler.of([covariates]),
        categories=Categories.fit(series.category),
        numbers=StaticNumbers.fit(series.static),
        cycles=calendar_cycles(series.frequency, int(ends.max())) if shown else (),
        seasons=seasons if shown else (),
        masked=masked,
        horizon=model.horizon,
    )


def _windows(
    model: Forecaster,
    trained: Trained,
    series: StoredSeries,
    splits: list[Split],
    part: Part,
) -> StoredWindows:
    stride = model.chosen.valid_stride if part == "valid" else 1
    spans = [
        split.origins(part, horizon=model.horizon, lookback=model.least_past) for split in splits
    ]
    return StoredWindows(
        series,
        # a training part may be too short for any
        np.array([one[0] if len(one) else 0 for one in spans]),
        np.array([one[-1] + 1 if len(one) else 0 for one in spans]),
        stride=stride,
        before=model.lookback_ + max((*trained.prepared.seasons, 0)),
        after=model.horizon,
        cut=trained.windows,
    )
