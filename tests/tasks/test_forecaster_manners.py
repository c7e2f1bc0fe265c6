"""The forecaster's manners: what it leaves alone, what it heeds, and that a copy of it is it."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.base import clone

from lstmkit.errors import DataError
from lstmkit.tasks import Forecaster, load

ROWS = 160
SMALL: dict[str, Any] = {"lookback": 8, "hidden_size": 4, "epochs": 2, "device": "cpu"}


def weeks(rows: int = ROWS, seed: int = 0) -> pl.DataFrame:
    """A weekly rhythm with noise, and a price that is known ahead."""
    rng = np.random.default_rng(seed)
    step = np.arange(rows)
    day = np.datetime64("2024-01-01") + step
    units = 10 + 3 * np.sin(step * 2 * np.pi / 7) + rng.normal(0, 0.3, rows)
    return pl.DataFrame(
        {
            "day": day.astype("datetime64[us]"),
            "units": units,
            "price": step % 4 + 1.0,
        }
    )


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster(horizon=5, **SMALL).fit(weeks(), target="units", time="day")


def test_fitting_twice_changes_no_setting(fitted: Forecaster) -> None:
    before = fitted.get_params()
    assert before["epochs"] == 2
    assert before["batch_size"] is None
    assert before["season"] == "auto"


def test_fit_leaves_the_random_numbers_of_torch_alone() -> None:
    before = torch.random.get_rng_state()
    Forecaster(horizon=3, **SMALL).fit(weeks(), target="units")
    assert torch.equal(torch.random.get_rng_state(), before)


def test_an_array_without_times_is_enough() -> None:
    values = weeks()["units"].to_numpy()
    model = Forecaster(horizon=3, **SMALL).fit(values, target="column_0")
    assert model.predict()["time"].to_list() == [ROWS, ROWS + 1, ROWS + 2]
    assert model.predict(values[-40:])["forecast"].is_finite().all()


def test_only_the_lookback_and_the_season_before_it_matter(fitted: Forecaster) -> None:
    table = weeks()
    expected = fitted.predict(table)
    assert fitted.predict(table.tail(40)).equals(expected)


def test_what_is_known_ahead_is_asked_for_and_heeded(tmp_path: Path) -> None:
    model = Forecaster(horizon=3, **SMALL).fit(weeks(), "units", time="day", known="price")
    with pytest.raises(DataError, match="expected the known columns 'price' of the 3 steps ahead"):
        model.predict()
    day = weeks(ROWS + 3)["day"].tail(3)
    low = model.predict(future=pl.DataFrame({"day": day, "price": [1.0, 1.0, 1.0]}))
    high = model.predict(future=pl.DataFrame({"day": day, "price": [4.0, 4.0, 4.0]}))
    assert not low["forecast"].equals(high["forecast"])
    with pytest.raises(DataError, match="expected a row for each of the 3 steps after"):
        model.predict(future=pl.DataFrame({"day": day.head(2), "price": [1.0, 1.0]}))
    saved = load(model.save(tmp_path / "model.safetensors"))
    assert saved.predict(future={"day": day, "price": [4.0] * 3}).equals(high)


def test_missing_rows_are_refused_or_filled() -> None:
    gap = pl.concat([weeks().head(50), weeks().tail(100)])
    with pytest.raises(DataError, match="got 1 gap with 10 missing rows"):
        Forecaster(horizon=3, **SMALL).fit(gap, "units", time="day")
    model = Forecaster(horizon=3, gaps="fill", **SMALL).fit(gap, "units", time="day")
    assert any("1 gap was filled with 10 rows" in notice for notice in model.notices_)
    assert model.predict()["forecast"].is_finite().all()


def test_a_backtest_lays_the_truth_beside_the_forecast(fitted: Forecaster) -> None:
    frame = fitted.backtest(stride=3)
    truth = dict(zip(weeks()["day"], weeks()["units"], strict=True))
    assert frame["truth"].to_list() == [truth[time] for time in frame["time"]]
    first = weeks()["day"][fitted.split_[0].valid_end - 1]
    assert frame["origin"].min() == first
    assert frame["time"].max() <= weeks()["day"][-1]
    assert frame["origin"].n_unique() == len(range(127, 155, 3))


def test_evaluate_gives_every_step_and_target(fitted: Forecaster) -> None:
    metrics = fitted.evaluate(part="valid")
    assert len(metrics["by_step"]["naive"]["rmse"]) == 5
    assert list(metrics["by_target"]) == ["units"]
    elsewhere = fitted.evaluate(weeks(60, seed=3))
    assert np.isfinite(elsewhere["overall"]["lstmkit"]["mae"])


def test_a_saved_forecaster_is_the_same_forecaster(fitted: Forecaster, tmp_path: Path) -> None:
    model = Forecaster.load(fitted.save(tmp_path / "model.safetensors"))
    assert model.predict().equals(fitted.predict())
    assert model.predict(weeks(90)).equals(fitted.predict(weeks(90)))
    assert model.evaluate(weeks(90))["overall"] == fitted.evaluate(weeks(90))["overall"]
    assert model.columns_ == fitted.columns_
    assert model.history_ == fitted.history_
    assert model.num_parameters_ == fitted.num_parameters_
    with pytest.raises(DataError, match="Give the table"):
        model.evaluate()
    again = load(model.save(tmp_path / "again.safetensors"))
    assert again.predict().equals(fitted.predict())


def test_a_loaded_forecaster_can_be_cloned_and_fitted(fitted: Forecaster, tmp_path: Path) -> None:
    model = load(fitted.save(tmp_path / "model.safetensors"))
    again = clone(model).fit(weeks(), target="units", time="day")
    assert again.predict().equals(fitted.predict())
