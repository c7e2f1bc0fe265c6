"""How good forecasts are: the field's own numbers, by utilsforecast, over the long table."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict, TypeVar

import numpy as np
import polars as pl
from utilsforecast import losses

from lstmkit.data import SeriesSet
from lstmkit.errors import DataError
from lstmkit.tasks.long_frame import quantile_column, quantile_levels

Values = dict[str, float | None]

T = TypeVar("T")

_KEYS = ["series", "origin", "step", "target"]


class Metrics(TypedDict):
    """Errors of several forecasts of the same rows; plain values for a JSON file.

    Keys:
        overall: Value by forecast and metric.
        by_step: List (horizon,) by forecast and metric.
        by_target: Value by target, forecast and metric.
        by_quantile: Quantile loss by forecast and level ("0.1"); empty without quantiles.
    """

    overall: dict[str, Values]
    by_step: dict[str, dict[str, list[float | None]]]
    by_target: dict[str, dict[str, Values]]
    by_quantile: dict[str, Values]


def mase_scales(series: SeriesSet, train_ends: Sequence[int], season: int | None) -> pl.DataFrame:
    """What MASE divides by: the error of the seasonal naive forecast inside the training part.

    Args:
        series: The series.
        train_ends: For each series the number of rows of its training part.
        season: Steps of a season; None or 1 compares with the value one step before.

    Returns:
        Columns series, target and scale; null where no two known values lie a season apart.

    Reference:
        Hyndman and Koehler 2006, Another look at measures of forecast accuracy.
    """
    lag = season or 1
    parts = []
    for one, end in zip(series, train_ends, strict=True):
        for name, values in zip(series.columns.target, one.target[:end].T, strict=True):
            truth = pl.Series("y", values, nan_to_null=True)
            column = pl.DataFrame({"y": truth, "scale": truth.shift(lag)})
            error = losses.mae(column.with_columns(unique_id=pl.lit(0)), ["scale"])
            parts.append({"series": one.name, "target": name, "scale": error["scale"][0]})
    return pl.DataFrame(parts, {"series": pl.String, "target": pl.String, "scale": pl.Float64})


def score(frames: Mapping[str, pl.DataFrame], scales: pl.DataFrame | None = None) -> Metrics:
    """Measures forecasts of the same rows beside each other.

    Each metric is taken over all origins of one series and target, and then averaged over series
    and targets with equal weight. Rows without truth do not count. MAE, RMSE and the quantile
    loss are in the unit of the target; sMAPE lies in [0, 1] (the M4 competition's is 200 times
    that); MASE and scaled CRPS have no unit. CRPS is taken over the quantile levels; a forecast
    without quantiles counts as a point there, so that its CRPS is its absolute error.

    Args:
        frames: Long tables by name of the forecast, all of the same rows.
        scales: What MASE divides by, as `mase_scales` gives; None leaves MASE out.

    Returns:
        The metrics "mae", "rmse", "smape", "mase" and, where any table has quantiles,
        "scaled_crps"; None where a value cannot be computed.

    Raises:
        DataError: A table lacks rows that the first one has.
    """
    wide, ids, quantiles = _wide(frames)
    models = list(frames)
    levels = sorted({level for found in quantiles.values() for level in found})
    columns = {
        name: [f"{name} {q}" if q in quantiles[name] else name for q in levels] for name in models
    }
    if scales is not None:
        ids = ids.join(scales, on=["series", "target"], how="left")

    def measure(table: pl.DataFrame) -> dict[str, pl.DataFrame]:
        found = {
            "mae": losses.mae(table, models),
            "rmse": losses.rmse(table, models),
            "smape": losses.smape(table, models),
        }
        if scales is not None:
            found["mase"] = _scaled(found["mae"], ids, models)
        if levels:
            found["scaled_crps"] = losses.scaled_crps(table, columns, np.array(levels))
        return {metric: values.join(ids, on="unique_id") for metric, values in found.items()}

    whole = measure(wide)
    stepwise = measure(wide.rename({"step": "cutoff"}))
    return {
        "overall": _by_model(whole, models, _mean),
        "by_step": _by_model(stepwise, models, _by_step),
        "by_target": {
            target: _by_model(_of_target(whole, target), models, _mean)
            for target in ids["target"].unique(maintain_order=True)
        },
        "by_quantile": {
            name: {
                f"{q:g}": _mean(losses.quantile_loss(wide, {name: column}, q), name)
                for q, column in zip(levels, columns[name], strict=True)
            }
            for name in models
        },
    }


def _wide(
    frames: Mapping[str, pl.DataFrame],
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, list[float]]]:
    """One column for each forecast and quantile, the rows with truth; and what each id means."""
    first = next(iter(frames.values()))
    keys = first.select(_KEYS)
    columns = [first["truth"].alias("y").cast(pl.Float64).fill_nan(None)]
    quantiles = {name: quantile_levels(frame) for name, frame in frames.items()}
    for name, frame in frames.items():
        same = frame.select(_KEYS).equals(keys)
        aligned = frame if same else keys.join(frame, on=_KEYS, how="left", maintain_order="left")
        lacking = aligned["forecast"].null_count()
        if lacking:
            raise DataError(
                f"score: expected {name!r} to forecast the {keys.height:,} rows of "
                f"{next(iter(frames))!r}, got {lacking:,} fewer. Forecast from the same origins."
            )
        columns.append(aligned["forecast"].alias(name))
        columns += [aligned[quantile_column(q)].alias(f"{name} {q}") for q in quantiles[name]]
    ids = keys.select("series", "target").unique(maintain_order=True).with_row_index("unique_id")
    wide = keys.with_columns(columns).join(ids, on=["series", "target"], maintain_order="left")
    return wide.drop("series", "target", "origin").drop_nulls("y"), ids, quantiles


def _scaled(errors: pl.DataFrame, ids: pl.DataFrame, models: list[str]) -> pl.DataFrame:
    scale = pl.when(pl.col("scale") > 0).then(pl.col("scale"))
    divided = errors.join(ids.select("unique_id", "scale"), on="unique_id", how="left")
    return divided.with_columns(pl.col(name) / scale for name in models).drop("scale")


def _by_model(
    found: Mapping[str, pl.DataFrame],
    models: list[str],
    summary: Callable[[pl.DataFrame, str], T],
) -> dict[str, dict[str, T]]:
    return {
        name: {metric: summary(values, name) for metric, values in found.items()} for name in models
    }


def _of_target(found: Mapping[str, pl.DataFrame], target: str) -> dict[str, pl.DataFrame]:
    return {metric: values.filter(pl.col("target") == target) for metric, values in found.items()}


def _mean(values: pl.DataFrame, name: str) -> float | None:
    mean = values[name].mean()
    return mean if isinstance(mean, float) and np.isfinite(mean) else None


def _by_step(values: pl.DataFrame, name: str) -> list[float | None]:
    steps = values.group_by("cutoff").agg(pl.col(name).mean()).sort("cutoff")
    means = dict(steps.iter_rows())
    return [
        mean if (mean := means.get(step)) is not None and np.isfinite(mean) else None
        for step in range(1, max(means, default=0) + 1)
    ]
