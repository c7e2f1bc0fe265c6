"""What lies after an origin changes no forecast; what lies in the test part, no training."""

import numpy as np
import polars as pl
import pytest
import torch

from lstmkit.tasks import Forecaster

ROWS, HORIZON, HUGE = 150, 4, 1e9
MODES = ("direct", "autoregressive")


def _table() -> dict[str, np.ndarray]:
    step = np.arange(ROWS)
    rng = np.random.default_rng(0)
    return {
        "day": (np.datetime64("2024-01-01") + step).astype("datetime64[us]"),
        "units": 10 + 3 * np.sin(step * 2 * np.pi / 7) + rng.normal(0, 0.3, ROWS),
        "heat": rng.normal(0, 1, ROWS),
        "price": step % 4 + 1.0,
    }


def _planted(row: int, *names: str) -> dict[str, np.ndarray]:
    table = _table()
    for name in names:
        table[name] = table[name].copy()
        table[name][row:] = HUGE
    return table


def _fit(table: dict[str, np.ndarray], mode: str) -> Forecaster:
    model = Forecaster(
        horizon=HORIZON, lookback=8, hidden_size=4, epochs=2, mode=mode, device="cpu"
    )
    return model.fit(table, "units", time="day", past="heat", known="price")


@pytest.fixture(scope="module", params=MODES)
def fitted(request: pytest.FixtureRequest) -> Forecaster:
    return _fit(_table(), request.param)


@pytest.fixture(scope="module")
def direct() -> Forecaster:
    """Without draws, which depend on how many origins are forecast together."""
    return _fit(_table(), "direct")


def test_rows_of_the_test_part_change_neither_weights_nor_scales(fitted: Forecaster) -> None:
    first = fitted.split_[0].valid_end
    other = _fit(_planted(first, "units", "heat", "price"), fitted.mode)
    weights = other.network_.state_dict()
    for name, weight in fitted.network_.state_dict().items():
        assert torch.equal(weight, weights[name]), name
    assert other.trained_.prepared.to_dict() == fitted.trained_.prepared.to_dict()
    assert other.history_.valid_loss == fitted.history_.valid_loss
    assert (other.season_, other.lookback_) == (fitted.season_, fitted.lookback_)


def test_rows_of_the_validation_part_change_no_scale_and_no_step_of_training(
    fitted: Forecaster,
) -> None:
    first = fitted.split_[0].train_end
    other = _fit(_planted(first, "units", "heat", "price"), fitted.mode)
    assert other.trained_.prepared.to_dict() == fitted.trained_.prepared.to_dict()
    assert other.history_.train_loss == fitted.history_.train_loss
    assert other.history_.valid_loss != fitted.history_.valid_loss


def test_rows_of_the_training_part_do_change_them(fitted: Forecaster) -> None:
    other = _fit(_planted(fitted.split_[0].train_end - 1, "units"), fitted.mode)
    assert other.trained_.prepared.to_dict() != fitted.trained_.prepared.to_dict()


def _forecasts(model: Forecaster, table: dict[str, np.ndarray]) -> pl.DataFrame:
    return model.backtest(table).drop("truth")


@pytest.mark.parametrize("name", ["units", "heat"])
def test_a_value_after_the_origin_changes_no_forecast(fitted: Forecaster, name: str) -> None:
    planted = 100
    day = _table()["day"][planted]
    before = pl.col("origin") < day
    clean = _forecasts(fitted, _table())
    changed = _forecasts(fitted, _planted(planted, name))
    assert clean.filter(before).height > 0
    assert changed.filter(before).equals(clean.filter(before))
    assert not changed.filter(~before).equals(clean.filter(~before))


def test_a_known_value_changes_no_step_before_it(direct: Forecaster) -> None:
    planted = 100
    day = _table()["day"][planted]
    clean = _forecasts(direct, _table())
    changed = _forecasts(direct, _planted(planted, "price"))
    before = pl.col("time") < day
    assert changed.filter(before).equals(clean.filter(before))
    assert not changed.filter(~before).equals(clean.filter(~before))


def test_a_forecast_is_the_same_when_the_table_ends_at_its_origin(direct: Forecaster) -> None:
    table = _table()
    whole = direct.backtest(table)
    for row in (60, 99, 140):
        until = {name: values[: row + 1] for name, values in table.items()}
        future = {name: table[name][row + 1 : row + 1 + HORIZON] for name in ("day", "price")}
        alone = direct.predict(until, future=future)
        same = whole.filter(pl.col("origin") == table["day"][row])
        assert np.allclose(alone["q0.9"], same["q0.9"], rtol=1e-5)
