"""The forecaster: what it learns, what it may not see, what it keeps."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.base import clone

from lstmkit.errors import DataError, ModelFileError, SettingsError
from lstmkit.tasks import Forecaster, load
from lstmkit.train.model_file import read_file, write_file

ROWS, HORIZON = 300, 4
TINY: dict[str, Any] = {"epochs": 2, "hidden_size": 4, "lookback": 12}
JANET = """
    f = sigmoid(W_f @ x + U_f @ h[-1] + b_f)
    g = tanh(W_g @ x + U_g @ h[-1] + b_g)
    h = f * h[-1] + (1 - f) * g
"""


def table(rows: int = ROWS, seed: int = 0) -> pl.DataFrame:
    """Hourly values with a daily rhythm, a covariate that drives them, and noise."""
    random = np.random.default_rng(seed)
    hour = np.arange(rows)
    promotion = (random.random(rows) < 0.1).astype(float)
    value = 10 + 3 * np.sin(2 * np.pi * hour / 24) + 4 * promotion + 0.3 * random.normal(size=rows)
    return pl.DataFrame(
        {
            "time": np.datetime64("2024-01-01T00", "us") + hour * np.timedelta64(1, "h"),
            "value": value,
            "other": value[::-1] * 0.5,
            "promotion": promotion,
            "weather": random.normal(size=rows),
        }
    )


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster(HORIZON, **TINY).fit(table(), "value", time="time")


def test_a_prediction_has_a_row_for_every_step(fitted: Forecaster) -> None:
    forecast = fitted.predict()
    assert forecast.columns == [
        *("series", "origin", "time", "step", "target", "forecast"),
        *("q0.1", "q0.25", "q0.5", "q0.75", "q0.9"),
    ]
    last = table()["time"][-1]
    assert forecast["origin"].unique().to_list() == [last]
    assert forecast["time"].diff().drop_nulls().unique().to_list() == [table()["time"].diff()[1]]
    assert forecast["time"][0] > last


def test_quantiles_never_cross_and_the_median_is_the_forecast(fitted: Forecaster) -> None:
    frame = fitted.backtest()
    bands = frame.select("q0.1", "q0.25", "q0.5", "q0.75", "q0.9").to_numpy()
    assert (np.diff(bands, axis=1) >= 0).all()
    assert frame["forecast"].equals(frame["q0.5"].alias("forecast"))


@pytest.mark.slow
def test_it_beats_every_naive_forecast_on_a_driven_rhythm() -> None:
    model = Forecaster(HORIZON, epochs=15, seed=1)
    model.fit(table(1500), "value", time="time", known="promotion")
    overall = model.evaluate()["overall"]
    assert set(overall) == {"lstmkit", "naive", "seasonal_naive", "drift"}
    for name in ("naive", "seasonal_naive", "drift"):
        for metric in ("mae", "rmse", "mase", "smape", "scaled_crps"):
            assert overall["lstmkit"][metric] < 0.8 * overall[name][metric], (name, metric)


def test_seasons_are_found_and_can_be_set() -> None:
    assert Forecaster(HORIZON, **TINY).fit(table(), "value", time="time").season_ == 24
    model = Forecaster(HORIZON, season=None, **TINY).fit(table(), "value", time="time")
    assert model.season_ is None
    assert Forecaster(HORIZON, season=12, **TINY).fit(table(), "value").season_ == 12


def test_a_planted_future_changes_no_forecast(fitted: Forecaster) -> None:
    data = table()
    planted = data.with_columns(
        pl.when(pl.int_range(pl.len()) >= 200).then(1e6).otherwise(pl.col("value")).alias("value")
    )
    clean, dirty = fitted.backtest(data), fitted.backtest(planted)
    before = pl.col("origin") < data["time"][200]
    columns = ["origin", "step", "forecast", "q0.1", "q0.9"]
    assert clean.filter(before).select(columns).equals(dirty.filter(before).select(columns))
    assert not clean.select(columns).equals(dirty.select(columns))


def test_the_test_part_changes_nothing_that_is_learnt() -> None:
    data = table()
    changed = data.with_columns(
        pl.when(pl.int_range(pl.len()) >= 240).then(-50.0).otherwise(pl.col("value")).alias("value")
    )
    one = Forecaster(HORIZON, **TINY).fit(data, "value", time="time")
    other = Forecaster(HORIZON, **TINY).fit(changed, "value", time="time")
    assert one.trained_.prepared.to_dict() == other.trained_.prepared.to_dict()
    weights = other.network_.state_dict()
    for name, value in one.network_.state_dict().items():
        assert torch.equal(value, weights[name]), name


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    runs = [
        Forecaster(HORIZON, seed=seed, **TINY).fit(table(), "value", time="time").predict()
        for seed in (3, 3, 4)
    ]
    assert runs[0].equals(runs[1])
    assert not runs[0].equals(runs[2])


def test_several_targets_covariates_and_series_at_once(tmp_path: Path) -> None:
    both = pl.concat(
        [
            table(ROWS, 0).with_columns(shop=pl.lit("a"), region=pl.lit("north")),
            table(220, 1).with_columns(shop=pl.lit("b"), region=pl.lit("south")),
        ]
    )
    model = Forecaster(HORIZON, **TINY)
    model.fit(
        both,
        ["value", "other"],
        time="time",
        series="shop",
        past="weather",
        known="promotion",
        static="region",
    )
    future = pl.DataFrame(
        {
            "time": [
                last + pl.Series([step * 3600 * 1_000_000]).cast(pl.Duration("us"))[0]
                for last in (table(ROWS)["time"][-1], table(220)["time"][-1])
                for step in range(1, HORIZON + 1)
            ],
            "shop": ["a"] * HORIZON + ["b"] * HORIZON,
            "promotion": [1.0] * 2 * HORIZON,
        }
    )
    forecast = model.predict(future=future)
    assert forecast.height == 2 * 2 * HORIZON
    with pytest.raises(DataError, match=r"promotion.*--future"):
        model.predict()
    again = load(model.save(tmp_path / "m.safetensors"))
    assert again.predict(future=future).equals(forecast)
    assert set(model.evaluate()["by_target"]) == {"value", "other"}


def test_an_unseen_series_is_scaled_by_its_own_past() -> None:
    data = table().with_columns(shop=pl.lit("a"))
    model = Forecaster(HORIZON, **TINY).fit(data, "value", time="time", series="shop")
    larger = data.with_columns(shop=pl.lit("new"), value=pl.col("value") * 1000)
    assert 5_000 < model.predict(larger)["forecast"].mean() < 20_000


def test_missing_values_are_masked_and_said() -> None:
    holed = table().with_columns(
        value=pl.when(pl.int_range(pl.len()) % 7 == 3).then(None).otherwise(pl.col("value"))
    )
    model = Forecaster(HORIZON, **TINY).fit(holed, "value", time="time")
    assert model.trained_.prepared.masked
    assert "missing" in model.notices_[0]
    assert np.isfinite(model.predict()["forecast"].to_numpy()).all()


def test_autoregressive_mode_feeds_itself_and_draws_ordered_bands() -> None:
    model = Forecaster(HORIZON, mode="autoregressive", **TINY).fit(table(), "value", time="time")
    forecast = model.predict()
    assert (forecast["q0.9"] > forecast["q0.1"]).all()
    assert forecast.equals(model.predict()), "draws come from the seed"


def test_any_kind_of_table_gives_the_same_forecast_in_its_own_kind(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table().write_parquet(path)
    expected = Forecaster(HORIZON, **TINY).fit(table(), "value", time="time").predict()
    frame = pd.DataFrame({c.name: c.to_list() for c in table()})
    arrow = table().to_arrow()
    for source in (frame, arrow, str(path), table().to_dict(as_series=False)):
        model = Forecaster(HORIZON, **TINY).fit(source, "value", time="time")
        assert np.allclose(model.predict()["forecast"].to_numpy(), expected["forecast"].to_numpy())
        native = source if source is frame or source is arrow else expected
        assert type(model.predict(source)) is type(native)


def test_saved_and_loaded_with_a_cell_of_its_own_it_predicts_the_same(tmp_path: Path) -> None:
    model = Forecaster(HORIZON, cell=JANET, **TINY).fit(table(), "value", time="time")
    path = model.save(tmp_path / "own.safetensors")
    # the command line does so in another process
    again = load(path)
    assert again.cell.equations.states == ("h",)
    assert again.predict().equals(model.predict())


@pytest.mark.parametrize("cell", ["slstm", "projected", "gru", "h = tanh(x + U @ h[-1])"])
def test_every_kind_of_cell_can_be_its_cell(cell: str) -> None:
    model = Forecaster(HORIZON, cell=cell, num_layers=2, **TINY)
    assert model.fit(table(), "value", time="time").predict().height == HORIZON


def test_it_has_the_manners_of_scikit_learn(fitted: Forecaster) -> None:
    copy = clone(fitted.set_params(dropout=0.2))
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "trained_")
    fitted.set_params(dropout=0.1)
    with pytest.raises(SettingsError, match="Did you mean 'lookback'"):
        fitted.set_params(lokback=3)
    assert repr(Forecaster(3, seed=2)) == "Forecaster(horizon=3, seed=2)"


@pytest.mark.compile
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"horizon": 0}, "horizon"),
        ({"horizon": 4, "num_layers": 0}, "num_layers"),
        ({"horizon": 4, "lookback": 1.5}, "lookback"),
        ({"horizon": 4, "mode": "auto"}, "'direct' or 'autoregressive'"),
        ({"horizon": 4, "dropout": 1.0}, "dropout"),
        ({"horizon": 4, "season": "weekly"}, "season"),
        ({"horizon": 4, "lookback": 5000}, "lookback below the 210 rows"),
        ({"horizon": 4, "season": 1000}, "season below the 210 rows"),
        ({"horizon": 4, "quantiles": (0.5, 1.5)}, "levels between 0 and 1"),
        ({"horizon": 4, "quantiles": (0.1, 0.1000001)}, "levels that differ in six digits"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Forecaster(**settings).fit(table(), "value")


def test_too_few_rows_for_the_horizon_are_refused() -> None:
    with pytest.raises(DataError, match="shorten the horizon"):
        Forecaster(48).fit(table(60), "value", time="time")
    model = Forecaster(HORIZON, **TINY).fit(table(), "value", time="time")
    with pytest.raises(DataError, match="lookback of 12"):
        model.backtest(table(10))


def test_what_is_not_fitted_cannot_predict_or_save(tmp_path: Path) -> None:
    for use in (lambda m: m.predict(), lambda m: m.save(tmp_path / "m")):
        with pytest.raises(SettingsError, match="Call fit"):
            use(Forecaster(3))


def test_a_loaded_forecaster_asks_for_the_table_to_backtest(
    fitted: Forecaster, tmp_path: Path
) -> None:
    loaded = load(fitted.save(tmp_path / "m.safetensors"))
    assert loaded.predict().equals(fitted.predict())
    with pytest.raises(DataError, match="Give the table"):
        loaded.backtest()
    assert loaded.evaluate(table())["overall"]["lstmkit"]["mae"] is not None


def test_a_file_of_another_task_or_without_parts_is_refused(
    fitted: Forecaster, tmp_path: Path
) -> None:
    path = fitted.save(tmp_path / "m.safetensors")
    tensors, metadata = read_file(path)
    own = {k: v for k, v in metadata.items() if k not in ("format", "version")}
    write_file(path, tensors, own | {"task": "juggler"})
    with pytest.raises(ModelFileError, match="holds 'juggler'"):
        load(path)
    write_file(path, tensors, {k: v for k, v in own.items() if k != "columns"})
    with pytest.raises(ModelFileError, match="lacks what a forecaster needs"):
        load(path)


def test_known_columns_that_were_not_learnt_from_are_refused(fitted: Forecaster) -> None:
    with pytest.raises(DataError, match="leave future out"):
        fitted.predict(future=table())
