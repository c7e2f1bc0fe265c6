"""The forecaster for many series: what smoothing is, what the network reads, what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import presets
import pytest
import torch

from lstmkit.data import Split
from lstmkit.errors import DataError, SettingsError
from lstmkit.nn import LSTM
from lstmkit.tasks import Forecaster, inspect_forecaster, load
from lstmkit.tasks.defaults import defaults
from lstmkit.tasks.exponential_smoothing import smoothed
from lstmkit.tasks.smoothing_network import SmoothingNetwork, dilated

HORIZON, SEASON = 6, 4
TINY: dict[str, Any] = {
    "preset": "smoothing",
    "split": "last",
    "season": SEASON,
    "hidden_size": 5,
    "epochs": 1,
    "seed": 3,
}


def table(numbers: tuple[int, ...] = (60, 75, 90), factor: float = 1.0) -> pl.DataFrame:
    parts = []
    for place, rows in enumerate(numbers):
        random = np.random.default_rng(place)
        level = np.exp(random.normal(0, 0.05, rows).cumsum()) * 10**place
        values = level * (1 + 0.3 * np.sin(np.arange(rows) * 2 * np.pi / SEASON))
        parts.append(pl.DataFrame({"shop": f"s{place}", "row": range(rows), "y": factor * values}))
    return pl.concat(parts)


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster(HORIZON, **TINY).fit(table(), "y", time="row", series="shop")


def network(**widths: int) -> SmoothingNetwork:
    own = {"segment": SEASON, "seasons": (SEASON,), "horizon": HORIZON}
    return presets.network(SmoothingNetwork, widths, **own)


def batch(**widths: int) -> dict[str, torch.Tensor]:
    return presets.batch(22, HORIZON, widths)


def written_out(x: list[float], alpha: float, gammas: list[float], seasons: list[int]) -> Any:
    """One window, step by step, as the equations stand."""
    first = max(seasons)
    level = float(np.mean(x[:first]))
    left, patterns = np.array(x[:first]) - level, {}
    for m in sorted(seasons):
        whole = left[: first // m * m].reshape(-1, m).mean(0)
        patterns[m] = list(np.resize(whole, first + m))
        left = left - np.resize(whole, first)
    levels = [level] * first
    for t in range(first, len(x)):
        season = sum(patterns[m][t] for m in seasons)
        before, level = level, level + alpha * (x[t] - season - level)
        assert levels[-1] == before
        levels.append(level)
        for m, gamma in zip(seasons, gammas, strict=True):
            patterns[m].append(patterns[m][t] + gamma * (x[t] - season - level))
    ahead = [sum(patterns[m][len(x) + k % m] for m in seasons) for k in range(9)]
    return levels, ahead


def test_smoothing_is_what_its_equations_say() -> None:
    x = np.random.default_rng(0).normal(size=(2, 20))
    rates = torch.tensor([0.4, 0.2, 0.1], dtype=torch.float64)
    there = torch.ones(2, 20, dtype=torch.bool)
    found = smoothed(torch.tensor(x), there, rates, (3, 7), 9)
    for row in range(2):
        levels, ahead = written_out(list(x[row]), 0.4, [0.2, 0.1], [3, 7])
        np.testing.assert_allclose(found.level[row], levels, atol=1e-12)
        np.testing.assert_allclose(found.ahead[row], ahead, atol=1e-12)
    # the first longest season is explained wholly
    np.testing.assert_allclose((found.level + found.seasonal)[:, :7], x[:, :7], atol=1e-12)


def test_what_is_not_there_changes_nothing() -> None:
    x = torch.randn(1, 12, generator=torch.Generator().manual_seed(0))
    there = torch.ones(1, 12, dtype=torch.bool)
    there[0, :3] = there[0, 7] = False
    planted = torch.where(there, x, torch.tensor(99.0))
    rates = torch.tensor([0.3, 0.2])
    for one, other in zip(
        smoothed(torch.where(there, x, 0.0), there, rates, (4,), 5),
        smoothed(planted, there, rates, (4,), 5),
        strict=True,
    ):
        assert torch.equal(one, other)
    level = smoothed(planted, there, torch.tensor([0.3]), (), 5).level
    # before a series begins its level is its first value, and a missing step keeps it
    assert level[0, 0] == x[0, 3]
    assert level[0, 7] == level[0, 6]


def test_a_dilated_layer_takes_its_state_from_some_steps_before() -> None:
    torch.manual_seed(0)
    lstm, x = LSTM(3, 4), torch.randn(2, 11, 3)
    y = dilated(lstm, x, 4)
    with torch.no_grad():
        for last in range(4):
            own = torch.cat([torch.zeros(2, 1, 3), x], 1)[:, last::4]
            expected = lstm(own)[0]
            mine = torch.cat([torch.zeros(2, 1, 4), y], 1)[:, last::4]
            from_there = slice(1 if last == 0 else 0, None)
            torch.testing.assert_close(mine[:, from_there], expected[:, from_there])


def test_a_window_that_is_raised_is_forecast_higher_by_as_much() -> None:
    model, windows = network(), batch()
    with torch.no_grad():
        raised = model(windows | {"past": windows["past"] + 5})
        torch.testing.assert_close(raised, model(windows) + 5, rtol=0, atol=5e-6)


def test_no_target_sees_another_and_rows_before_a_series_are_not_read() -> None:
    model, windows = network(), batch()
    past = windows["past"].clone()
    past[..., 1] = 7
    valid = torch.arange(22).expand(3, -1) >= 3
    early = windows["past"].clone()
    early[:, :3] = 9
    with torch.no_grad():
        usual, changed = model(windows), model(windows | {"past": past})
        assert torch.equal(changed[:, :, 0], usual[:, :, 0])
        assert not torch.equal(changed[:, :, 1], usual[:, :, 1])
        first = model(windows | {"valid": valid})
        assert torch.equal(first, model(windows | {"valid": valid, "past": early}))
        assert not torch.equal(first, usual)


def test_without_the_lstm_it_is_exponential_smoothing() -> None:
    model, windows = network(), batch()
    with torch.no_grad():
        model.head.weight.zero_()
        found = smoothed(
            windows["past"][..., 0], windows["valid"], model.rates.sigmoid(), (SEASON,), HORIZON
        )
        expected = found.level[:, -1:] + found.ahead
        torch.testing.assert_close(model(windows)[:, :, 0, 1], expected)


def test_covariates_reach_the_forecast_and_rates_learn() -> None:
    widths = {"inputs": 3, "known": 1, "static": 2}
    model, windows = network(**widths), batch(**widths)
    for name in ("future", "static"):
        changed = windows | {name: windows[name] + 1}
        assert not torch.equal(model(changed), model(windows))
    past = windows["past"].clone()
    past[..., 2] += 1
    assert not torch.equal(model(windows | {"past": past}), model(windows))
    model.loss(presets.learnable(windows)).backward()
    assert (model.rates.grad != 0).all()


def test_the_look_back_is_seasons_and_many_windows_are_thinned() -> None:
    hours = [Split(652, 700, 748)] * 414
    found = defaults(48, (168, 24), hours, lookback=None, preset="smoothing")
    assert (found.lookback, found.segment, found.seasons) == (480, 24, (168, 24))
    assert (found.train_stride, found.batch_size, found.hidden_size) == (2, 256, 64)
    weeks = [Split(67, 80, 93), *[Split(1000, 1013, 1026)] * 300]
    found = defaults(13, (), weeks, lookback=None, preset="smoothing")
    assert (found.lookback, found.segment, found.seasons) == (50, 1, ())
    short = defaults(4, (12,), [Split(20, 24, 28)], lookback=None, preset="smoothing")
    assert (short.lookback, short.segment, short.seasons) == (12, 12, ())


def test_ten_times_a_series_is_forecast_ten_times_as_high(fitted: Forecaster) -> None:
    assert fitted.trained_.prepared.targets.logarithms
    own = fitted.predict()
    raised = fitted.predict(table(factor=10.0).with_columns(shop=pl.col("shop") + " new"))
    again = fitted.predict(table().with_columns(shop=pl.col("shop") + " new"))
    for name in ("forecast", "q0.1", "q0.9"):
        np.testing.assert_allclose(raised[name], 10 * again[name], rtol=1e-4)
    # series that were not learnt from are forecast like the others, by a scale of their own
    np.testing.assert_allclose(own["forecast"], again["forecast"], rtol=0.2)


def test_it_judges_by_the_last_horizon_and_saves_and_loads(
    fitted: Forecaster, tmp_path: Path
) -> None:
    frame = fitted.backtest()
    assert frame.height == 3 * HORIZON
    last = table().group_by("shop", maintain_order=True).tail(HORIZON)
    assert frame["truth"].to_list() == last["y"].to_list()
    again = load(fitted.save(tmp_path / "model.safetensors"))
    assert again.predict().equals(fitted.predict())
    assert (again.preset, again.split, again.chosen) == ("smoothing", "last", fitted.chosen)


def test_the_rows_that_judge_change_no_forecast(fitted: Forecaster) -> None:
    lengths = pl.len().over("shop")
    planted = table().with_columns(
        y=pl.when(pl.col("row") >= lengths - HORIZON).then(1e6).otherwise(pl.col("y"))
    )
    model = Forecaster(HORIZON, **TINY).fit(planted, "y", time="row", series="shop")
    own, other = (one.backtest() for one in (fitted, model))
    columns = ["series", "step", "forecast", "q0.1", "q0.9"]
    assert own.select(columns).equals(other.select(columns))
    assert not own["truth"].equals(other["truth"])


def test_values_that_may_be_negative_are_taken_as_they_are() -> None:
    moved = table().with_columns(y=pl.col("y") - 5)
    model = Forecaster(HORIZON, **TINY).fit(moved, "y", time="row", series="shop")
    assert not model.trained_.prepared.targets.logarithms
    assert model.predict()["forecast"].is_finite().all()


def test_what_does_not_fit_is_refused(fitted: Forecaster) -> None:
    zero = table().with_columns(y=pl.when(pl.col("row") == 59).then(0.0).otherwise(pl.col("y")))
    with pytest.raises(DataError, match="expected targets above 0 as in the training part, got 0"):
        fitted.predict(zero)
    with pytest.raises(SettingsError, match="mode 'direct' with preset 'smoothing'"):
        Forecaster(2, preset="smoothing", mode="autoregressive").fit(table(), "y")
    with pytest.raises(SettingsError, match="expected preset 'steps', 'segments' or 'counts', got"):
        inspect_forecaster(fitted)
    with pytest.raises(DataError, match=r"series 's0': expected at least 62 rows.* got 60 rows"):
        Forecaster(30, **TINY).fit(table(), "y", time="row", series="shop")
