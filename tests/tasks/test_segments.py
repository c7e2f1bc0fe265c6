"""The forecaster by segments: what its targets share, what shifts with them, what it is told."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import presets
import pytest
import torch

from lstmkit.data import Split
from lstmkit.errors import SettingsError
from lstmkit.tasks import Forecaster, inspect_forecaster, load
from lstmkit.tasks.defaults import defaults
from lstmkit.tasks.segment_network import SegmentNetwork

ROWS, HORIZON = 300, 10
# neither the look-back nor the horizon is a whole number of segments
TINY: dict[str, Any] = {
    "preset": "segments",
    "lookback": 27,
    "season": 4,
    "hidden_size": 5,
    # enough to beat the last value
    "epochs": 30,
    "device": "cpu",
}


def table(rows: int = ROWS, seed: int = 0) -> pl.DataFrame:
    """Hours with a rhythm, a second target, and covariates."""
    random = np.random.default_rng(seed)
    hour = np.arange(rows)
    price = random.integers(0, 2, rows).astype(float)
    value = 10 + 3 * np.sin(2 * np.pi * hour / 24) + 2 * price + 0.2 * random.normal(size=rows)
    return pl.DataFrame(
        {
            "time": np.datetime64("2024-01-01T00", "us") + hour * np.timedelta64(1, "h"),
            "value": value,
            "other": np.cumsum(random.normal(size=rows)),
            "price": price,
            "weather": random.normal(size=rows),
        }
    )


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster(HORIZON, **TINY).fit(table(), ["value", "other"], time="time")


def network(**widths: int) -> SegmentNetwork:
    return presets.network(SegmentNetwork, widths, segment=4, horizon=HORIZON)


def batch(**widths: int) -> dict[str, torch.Tensor]:
    return presets.batch(11, HORIZON, widths)


def test_a_segment_is_whole_seasons_and_no_longer_than_the_horizon() -> None:
    hours = [Split(8640, 11520, 14400)]
    assert [
        (found.segment, found.lookback)
        for horizon, seasons in ((96, (24, 168)), (96, (168,)), (13, ()), (36, (24,)), (20, (24,)))
        for found in [defaults(horizon, seasons, hours, lookback=None, preset="segments")]
    ] == [(48, 720), (48, 720), (13, 195), (24, 360), (20, 300)]
    short = defaults(24, (24,), [Split(100, 150, 200)], lookback=None, preset="segments")
    assert (short.segment, short.lookback) == (24, 25)
    assert defaults(24, (), hours, lookback=5, preset="segments").segment == 5


def test_maps_start_within_one_over_the_root_of_the_units() -> None:
    start = network()
    bound = start.head.in_features**-0.5
    maps = [p.detach().abs().max() for p in start.scan.parameters() if p.dim() > 1]
    assert maps
    assert all(0.8 * bound < most <= bound for most in maps)


@pytest.mark.parametrize(("rows", "units"), [(1_999, 32), (2_000, 128), (100_000, 128)])
def test_units_grow_with_the_rows(rows: int, units: int) -> None:
    split = Split(rows, rows + 500, rows + 1000)
    assert defaults(24, (24,), [split], lookback=None, preset="segments").hidden_size == units


def test_a_window_that_is_raised_is_forecast_higher_by_as_much() -> None:
    model, windows = network(), batch()
    raised = windows | {"past": windows["past"] + 5, "level": windows["level"] + 5}
    with torch.no_grad():
        torch.testing.assert_close(model(raised), model(windows) + 5, rtol=0, atol=2e-6)


def test_no_target_sees_another_and_all_share_one_network() -> None:
    model, windows = network(), batch()
    past, level = windows["past"].clone(), windows["level"].clone()
    past[..., 1], level[:, 1] = 7, 7
    with torch.no_grad():
        usual, changed = model(windows), model(windows | {"past": past, "level": level})
        assert torch.equal(changed[:, :, 0], usual[:, :, 0])
        assert not torch.equal(changed[:, :, 1], usual[:, :, 1])
        # with one embedding for both, targets may change places
        model.channel.weight[1] = model.channel.weight[0]
        swapped = windows | {"past": windows["past"].flip(-1), "level": windows["level"].flip(-1)}
        torch.testing.assert_close(model(swapped), model(windows).flip(2), rtol=0, atol=1e-6)


def test_each_segment_is_one_step_from_the_end_of_the_past() -> None:
    model, windows = network(), batch()
    with torch.no_grad():
        given = model(windows)
        for target in range(2):
            own = windows["past"][..., target] - windows["level"][:, target, None]
            own = torch.cat([torch.zeros(3, 1), own], 1)
            there = torch.tensor([0.75, 1.0, 1.0])
            pieces = [
                torch.cat([own[:, 4 * i : 4 * i + 4], there[i].expand(3, 1)], 1) for i in range(3)
            ]
            x = torch.stack([model.enter(piece) for piece in pieces], 1)
            state = model.scan["encoder"](x)[1]
            for segment in range(3):
                told = model.position.weight[segment] + model.channel.weight[target]
                z = model.scan["decoder"](told.expand(3, 1, -1), state)[0][:, 0]
                median = model.head(z) + windows["level"][:, target, None]
                rows = slice(4 * segment, min(4 * segment + 4, HORIZON))
                expected = median[:, : rows.stop - rows.start]
                torch.testing.assert_close(given[:, rows, target, 1], expected, rtol=0, atol=1e-6)


def test_the_median_learns_by_the_absolute_error_alone() -> None:
    model, windows = network(), batch()
    model.loss(presets.learnable(windows)).backward()
    shared = {name: p.grad for name, p in model.named_parameters() if "bands" not in name}
    assert model.bands is not None
    assert model.bands.weight.grad.abs().sum() > 0
    found = {name: gradient.clone() for name, gradient in shared.items()}
    model.zero_grad()
    # three levels share the mean
    (model(windows)[..., 1].abs().mean() / 3).backward()
    for name, parameter in model.named_parameters():
        if name in found:
            torch.testing.assert_close(found[name], parameter.grad, rtol=1e-5, atol=1e-7)


def test_rows_before_a_series_began_are_not_read() -> None:
    model, windows = network(), batch()
    valid = torch.arange(11).expand(3, -1) >= 3
    one, other = windows["past"].clone(), windows["past"].clone()
    one[:, :3], other[:, :3] = 0, 9
    with torch.no_grad():
        first, second = (model(windows | {"past": past, "valid": valid}) for past in (one, other))
        assert torch.equal(first, second)
        assert not torch.equal(first, model(windows | {"past": one}))


def test_what_is_known_of_a_segment_changes_that_segment_alone() -> None:
    widths = {"inputs": 3, "known": 1, "static": 2}
    model, windows = network(**widths), batch(**widths)
    future = windows["future"].clone()
    future[:, 5] += 1
    with torch.no_grad():
        usual, changed = model(windows), model(windows | {"future": future})
        same = (usual == changed).flatten(2).all(2).all(0)
        assert same.tolist() == [True] * 4 + [False] * 4 + [True] * 2
        assert not torch.equal(model(windows | {"static": windows["static"] + 1}), usual)


def test_a_planted_future_changes_no_forecast(fitted: Forecaster) -> None:
    later = pl.int_range(pl.len()) >= 200
    planted = table().with_columns(
        pl.when(later).then(1e6).otherwise(pl.col(name)).alias(name) for name in ("value", "other")
    )
    columns = ["origin", "step", "target", "forecast", "q0.1", "q0.9"]
    before = pl.col("origin") < table()["time"][200]
    clean, dirty = (fitted.backtest(data).select(columns) for data in (table(), planted))
    assert clean.filter(before).height > 0
    assert clean.filter(before).equals(dirty.filter(before))
    assert not clean.equals(dirty)


def test_it_saves_and_loads_with_covariates_gaps_and_several_series(tmp_path: Path) -> None:
    holed = table().with_columns(
        value=pl.when(pl.int_range(pl.len()) % 7 == 3).then(None).otherwise(pl.col("value"))
    )
    both = pl.concat(
        [
            holed.with_columns(shop=pl.lit("a"), region=pl.lit("north")),
            table(220, 1).with_columns(shop=pl.lit("b"), region=pl.lit("south")),
        ]
    )
    model = Forecaster(HORIZON, cell="gru", num_layers=2, **TINY).fit(
        both,
        ["value", "other"],
        time="time",
        series="shop",
        past="weather",
        known="price",
        static="region",
    )
    ends = {"a": table()["time"][-1], "b": table(220)["time"][-1]}
    future = pl.concat(
        pl.DataFrame({"step": range(1, HORIZON + 1)}).select(
            time=pl.lit(end) + pl.duration(hours="step"), shop=pl.lit(shop), price=pl.lit(1.0)
        )
        for shop, end in ends.items()
    )
    forecast = model.predict(future=future)
    assert forecast["forecast"].is_finite().all()
    other = model.predict(future=future.with_columns(price=pl.lit(0.0)))
    assert not other["forecast"].equals(forecast["forecast"])
    again = load(model.save(tmp_path / "model.safetensors"))
    assert again.predict(future=future).equals(forecast)
    assert (again.preset, again.network_.segment) == ("segments", 8)


def test_the_median_keeps_what_the_validation_part_confirms() -> None:
    model, windows = network(), batch()
    level = windows["level"][:, None, :, None]
    with torch.no_grad():
        before = model(windows) - level
        model.believe(0.25)
        after = model(windows) - level
    torch.testing.assert_close(after[..., 1], before[..., 1] / 4, rtol=1e-5, atol=1e-6)
    # the bands stand around the median as far as before
    torch.testing.assert_close(after.diff(dim=-1), before.diff(dim=-1), rtol=1e-5, atol=1e-6)

    walks = np.cumsum(np.random.default_rng(4).normal(size=(400, 2)), 0)
    wandering = Forecaster(HORIZON, **TINY | {"epochs": 9}).fit(
        {"a": walks[:, 0], "b": walks[:, 1]}, ["a", "b"]
    )
    series, origins = wandering.rolling(None, "valid", 1)
    rows = origins[:, 1, None] + np.arange(1, HORIZON + 1)
    truth, last = series[0].target[rows], series[0].target[origins[:, 1]][:, None]
    own = np.abs(wandering.trained_.values(series, origins)[0.5] - truth).mean()
    assert own < np.abs(last - truth).mean() + 1e-6


def test_a_rhythm_is_confirmed_and_luck_is_not(fitted: Forecaster) -> None:
    assert fitted.network_.head.weight.abs().max() > 0
    walk = np.cumsum(np.random.default_rng(5).normal(size=ROWS))
    luck = Forecaster(HORIZON, **TINY).fit({"a": walk}, "a")
    assert luck.network_.head.weight.abs().max() == 0
    assert np.allclose(luck.predict()["forecast"], walk[-1])


def test_bands_are_in_order_and_scores_stand_beside_the_season(fitted: Forecaster) -> None:
    bands = fitted.backtest().select("q0.1", "q0.25", "q0.5", "q0.75", "q0.9").to_numpy()
    assert (np.diff(bands, axis=1) >= 0).all()
    assert set(fitted.evaluate()["overall"]) == {"lstmkit", "naive", "seasonal_naive", "drift"}


def test_arrays_of_values_are_the_table_without_its_columns(fitted: Forecaster) -> None:
    series, origins = fitted.rolling(None, "test", 5)
    values = fitted.trained_.values(series, origins)
    frame = fitted.trained_.forecast(series, origins)
    for level in (0.1, 0.5):
        order = frame.sort("origin", "step", "target", maintain_order=True, descending=False)
        wide = order.pivot("target", index=["origin", "step"], values=f"q{level:g}")
        assert np.array_equal(
            wide.select("value", "other").to_numpy(), values[level].reshape(-1, 2)
        )


@pytest.mark.slow
def test_it_learns_a_rhythm_that_no_naive_forecast_has() -> None:
    hour = np.arange(2000)
    random = np.random.default_rng(0)
    # 24 and 50 hours meet again after 600, further apart than a season and nearer than a past
    value = np.sin(hour * 2 * np.pi / 24) + np.sin(hour * 2 * np.pi / 50)
    noisy = {"y": value + 0.1 * random.normal(size=len(hour))}
    model = Forecaster(
        48, preset="segments", season=24, lookback=240, hidden_size=32, epochs=12, dropout=0.1
    )
    overall = model.fit(noisy, "y").evaluate(stride=3)["overall"]
    best = min(overall[name]["mae"] for name in ("naive", "seasonal_naive", "drift"))
    assert overall["lstmkit"]["mae"] < 0.4 * best


def test_encoder_and_decoder_can_be_looked_into(fitted: Forecaster) -> None:
    found = inspect_forecaster(fitted, table(), windows=3)
    encoder, decoder = found.sections
    assert [encoder.trace.name, decoder.trace.name] == ["encoder layer 1", "decoder layer 1"]
    # 27 rows are 4 segments of 8; the last window ends 10 rows before the table
    assert (encoder.steps, decoder.steps) == (4, 1)
    last = table()["value"].to_numpy()[: ROWS - HORIZON]
    np.testing.assert_allclose(encoder.axis.series["value"], last[-25::8][-4:])
    np.testing.assert_allclose(decoder.axis.series["truth"], table()["value"][-3])
    assert len(found.spans[0].gradient) == 4


@pytest.mark.compile
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"preset": "segment"},
            "expected preset 'steps', 'segments', 'smoothing' or 'counts', got 'segment'",
        ),
        ({"preset": "segments", "mode": "autoregressive"}, "expected mode 'direct' with preset"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Forecaster(HORIZON, **settings).fit(table(), "value")
