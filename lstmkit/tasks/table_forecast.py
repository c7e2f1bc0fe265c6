"""Learning to forecast from a table that is read as a whole."""

from typing import Any

from lstmkit.data import Columns, Series, SeriesSet, Split, read_series
from lstmkit.data.mark import series_mark
from lstmkit.tasks.defaults import defaults
from lstmkit.tasks.forecast_settings import check_spans
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.preparation import Preparation
from lstmkit.tasks.season import find_seasons


def learn_table(model: Forecaster, data: Any, columns: Columns, **how: Any) -> None:
    """Fits a forecaster to a table; `Forecaster.fit` of what is not read piece by piece.

    Args:
        model: The forecaster, its settings checked.
        data: The table, as `Forecaster.fit` takes it.
        columns: Which column plays which part.
        how: `folder`, `resume` and what else `Forecaster.fit` hands on.

    Raises:
        DataError: What cannot be learnt from.
        SettingsError: A setting that does not fit the data.
    """
    found = read_series(data, columns, gaps=model.gaps)
    splits = [
        Split.of(len(one), model.split, horizon=model.horizon, name=_called(found, one))
        for one in found
    ]
    ends = [split.train_end for split in splits]
    check_spans(model.get_params(), min(ends))
    seasons = find_seasons(found, ends, model.horizon, model.season)
    model.chosen = defaults(
        model.horizon, seasons, splits, lookback=model.lookback, preset=model.preset
    ).overruled(model.get_params())
    model.columns_, model.frequency_ = found.columns, found.frequency
    model.notices_ = found.notices
    model.series_, model.split_, model.shortest_ = found, splits, min(ends)
    model.season_, model.lookback_ = seasons[0] if seasons else None, model.chosen.lookback
    prepared = Preparation.fit(found, ends, seasons, model.horizon, preset=model.preset)
    trained = model.untrained(prepared, found)
    train = trained.windows(found, model.origins("train", model.chosen.train_stride))
    valid = trained.windows(found, model.origins("valid"))
    mark = None if how["folder"] is None else series_mark(found)
    model.train(trained, train, valid, data_mark=mark, **how)


def _called(series: SeriesSet, one: Series) -> str:
    return "data" if series.columns.series is None else f"series {one.name!r}"
