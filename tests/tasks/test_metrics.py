"""Metrics equal their definitions written out, and those of utilsforecast."""

import json

import numpy as np
import polars as pl
import pytest
from utilsforecast import losses

from lstmkit.data import Columns, Split, all_origins, read_series
from lstmkit.errors import DataError
from lstmkit.tasks.baselines import baseline_frames
from lstmkit.tasks.long_frame import long_frame, quantile_levels
from lstmkit.tasks.metrics import mase_scales, score

HORIZON, SEASON = 4, 6
QUANTILES = (0.1, 0.5, 0.9)


@pytest.fixture(scope="module")
def case():
    """Two series of two targets, forecasts with quantiles, and where training ends."""
    rng = np.random.default_rng(0)
    names = np.repeat(["a", "b"], [60, 45])
    y, z = rng.normal(5, 2, 105), rng.normal(-50, 9, 105)
    y[[3, 50, 58]] = np.nan
    data = read_series({"id": names, "y": y, "z": z}, Columns.of(["y", "z"], series="id"))
    splits = [Split.of(len(one), horizon=HORIZON) for one in data]
    origins = all_origins([split.origins("test", horizon=HORIZON) for split in splits])
    shape = (len(origins), HORIZON, 2)
    spread = np.abs(rng.normal(0, 2, shape))
    middle = rng.normal(0, 20, shape)
    quantiles = dict(zip(QUANTILES, (middle - spread, middle, middle + spread), strict=True))
    model = long_frame(data, origins, middle, quantiles)
    frames = {"model": model, **baseline_frames(data, origins, HORIZON, SEASON)}
    scales = mase_scales(data, [split.train_end for split in splits], SEASON)
    return data, splits, frames, scales


def rows_of(frame, series, target, step=None):
    rows = frame.filter(series=series, target=target).drop_nulls("truth")
    return rows if step is None else rows.filter(step=step)


def by_definition(frame, data, splits, step=None):
    """MAE, RMSE, sMAPE, MASE and scaled CRPS, averaged over series and targets."""
    found = []
    for one, split in zip(data, splits, strict=True):
        for channel, target in enumerate(data.columns.target):
            rows = rows_of(frame, one.name, target, step)
            truth, forecast = rows["truth"].to_numpy(), rows["forecast"].to_numpy()
            error = np.abs(truth - forecast)
            train = one.target[: split.train_end, channel]
            scale = np.nanmean(np.abs(train[SEASON:] - train[:-SEASON]))
            pinball = 0.0
            for q in QUANTILES:
                column = f"q{q}" if f"q{q}" in rows.columns else "forecast"
                miss = truth - rows[column].to_numpy()
                pinball += np.maximum(q * miss, (q - 1) * miss).sum() / len(QUANTILES)
            found.append(
                {
                    "mae": error.mean(),
                    "rmse": np.sqrt((error**2).mean()),
                    "smape": (error / (np.abs(truth) + np.abs(forecast))).mean(),
                    "mase": error.mean() / scale,
                    "scaled_crps": 2 * pinball / np.abs(truth).sum(),
                }
            )
    return {name: np.mean([one[name] for one in found]) for name in found[0]}


def test_overall_metrics_equal_their_definitions(case):
    data, splits, frames, scales = case
    overall = score(frames, scales)["overall"]
    assert list(overall) == ["model", "naive", "seasonal_naive", "drift"]
    for name, frame in frames.items():
        assert overall[name] == pytest.approx(by_definition(frame, data, splits), rel=1e-9)


def test_metrics_by_step_equal_their_definitions(case):
    data, splits, frames, scales = case
    found = score(frames, scales)["by_step"]
    for step in range(1, HORIZON + 1):
        expected = by_definition(frames["model"], data, splits, step)
        values = {name: steps[step - 1] for name, steps in found["model"].items()}
        assert values == pytest.approx(expected, rel=1e-9)
    assert {len(values) for steps in found.values() for values in steps.values()} == {HORIZON}


def test_metrics_by_target_average_to_the_whole(case):
    _, _, frames, scales = case
    metrics = score(frames, scales)
    assert list(metrics["by_target"]) == ["y", "z"]
    for name in frames:
        for metric, whole in metrics["overall"][name].items():
            parts = [metrics["by_target"][target][name][metric] for target in ("y", "z")]
            assert np.mean(parts) == pytest.approx(whole)


def test_mase_is_that_of_utilsforecast(case):
    data, splits, frames, scales = case
    one, split = data[0], splits[0]
    wide = rows_of(frames["model"], "a", "y").select(
        unique_id=pl.lit("a"), y="truth", model="forecast"
    )
    values = pl.Series(one.target[: split.train_end, 0], nan_to_null=True)
    train = pl.DataFrame({"y": values}).with_columns(unique_id=pl.lit("a"))
    theirs = losses.mase(wide, ["model"], SEASON, train)["model"][0]
    mine = {name: frame.filter(series="a", target="y") for name, frame in frames.items()}
    assert score(mine, scales)["overall"]["model"]["mase"] == pytest.approx(theirs)


def test_quantile_loss_by_level(case):
    data, _, frames, scales = case
    found = score(frames, scales)["by_quantile"]["model"]
    assert list(found) == ["0.1", "0.5", "0.9"]
    for q in QUANTILES:
        losses_of_ids = []
        for one in data:
            for target in data.columns.target:
                rows = rows_of(frames["model"], one.name, target)
                miss = rows["truth"].to_numpy() - rows[f"q{q}"].to_numpy()
                losses_of_ids.append(np.maximum(q * miss, (q - 1) * miss).mean())
        assert found[f"{q}"] == pytest.approx(np.mean(losses_of_ids))


def test_the_order_of_rows_does_not_matter(case):
    _, _, frames, scales = case
    mixed = {name: frame.sample(fraction=1, shuffle=True, seed=1) for name, frame in frames.items()}
    found, expected = score(mixed, scales), score(frames, scales)
    for name in frames:
        assert found["overall"][name] == pytest.approx(expected["overall"][name])


def test_metrics_are_plain_values_for_json(case):
    _, _, frames, scales = case
    metrics = score(frames, scales)
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


def test_without_truth_or_scale_there_is_no_value(case):
    _, _, frames, _ = case
    blind = {"model": frames["model"].with_columns(truth=pl.lit(None))}
    metrics = score(blind)
    assert set(metrics["overall"]["model"].values()) == {None}
    assert "mase" not in metrics["overall"]["model"]
    assert metrics["by_step"]["model"]["mae"] == []


def test_a_series_shorter_than_a_season_has_no_mase(case):
    data, _, frames, _ = case
    scales = mase_scales(data, [60, 5], SEASON)
    assert scales.filter(series="b")["scale"].null_count() == 2
    only = {"model": frames["model"].filter(series="b")}
    assert score(only, scales)["overall"]["model"]["mase"] is None


def test_a_series_that_was_constant_in_training_does_not_count_in_mase(case):
    _, _, frames, scales = case
    of_b = pl.col("series") == "b"
    constant = scales.with_columns(scale=pl.when(of_b).then(0.0).otherwise("scale"))
    without = {"model": frames["model"].filter(series="a")}
    found = score({"model": frames["model"]}, constant)["overall"]["model"]["mase"]
    assert found == pytest.approx(score(without, scales)["overall"]["model"]["mase"])


def test_forecasts_of_other_rows_are_refused(case):
    _, _, frames, _ = case
    fewer = {"model": frames["model"], "naive": frames["naive"].head(10)}
    with pytest.raises(DataError, match=r"expected 'naive' to forecast the .* rows of 'model'"):
        score(fewer)


def test_levels_are_read_off_the_columns():
    frame = pl.DataFrame({"quality": [1], "q0.05": [1], "q0.5": [1], "qx": [1]})
    assert quantile_levels(frame) == [0.05, 0.5]
