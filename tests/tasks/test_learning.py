"""Learning runs of a minute or more, on real data, against stated scores: make test-slow."""

import os
from pathlib import Path

import polars as pl
import pytest

from lstmkit.data.datasets import etth1, nyc_taxi
from lstmkit.errors import DataError
from lstmkit.tasks import Forecaster

pytestmark = pytest.mark.slow

DATA = os.environ.get("LSTMKIT_DATA", Path(__file__).parents[2] / "shared" / "data")


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_taxi_demand_is_forecast_a_seventh_better_than_by_last_week(cell: str) -> None:
    model = Forecaster(48, cell=cell).fit(nyc_taxi(), "value", time="timestamp")
    overall = model.evaluate(stride=4)["overall"]
    for metric in ("mae", "rmse", "smape", "mase", "scaled_crps"):
        best = min(overall[name][metric] for name in ("naive", "seasonal_naive", "drift"))
        assert overall["lstmkit"][metric] < 0.85 * best, metric


def test_etth1_stays_below_the_published_lstm() -> None:
    try:
        table = etth1(DATA)
    except DataError:
        pytest.skip("ETTh1 is not here; set LSTMKIT_DATA to a folder with ett/ETTh1.csv")
    loads = [name for name in table.columns if name != "date"]
    model = Forecaster(24, split=(8640, 2880, 2880)).fit(table, loads, time="date")
    frame = model.backtest(stride=5)
    stds = {name: table[:8640][name].std(ddof=0) for name in loads}
    scaled = frame.select(
        (pl.col("forecast") - pl.col("truth")) / pl.col("target").replace_strict(stds)
    ).to_series()
    # LSTMa of the Informer paper, as remembered: 0.650; measured here: 0.300
    assert (scaled**2).mean() < 0.36
