"""The forecaster of counts: its distribution, what it learns, series that it has never seen."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from scipy.stats import nbinom, poisson

from lstmkit.cells import find
from lstmkit.data import Split, open_parquet
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks import Forecaster, inspect_forecaster, load, tune
from lstmkit.tasks.count_network import CountNetwork
from lstmkit.tasks.defaults import defaults
from lstmkit.tasks.negative_binomial import negative_binomial_loss, negative_binomial_quantiles
from lstmkit.tasks.quantile_network import NetworkSizes

HORIZON, ROWS, DISPERSION = 4, 400, 0.3
MEANS = {"few": 2.0, "some": 15.0, "many": 200.0}
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
TINY: dict[str, Any] = {"preset": "counts", "hidden_size": 5, "epochs": 1, "device": "cpu"}


def counts(mean: float | np.ndarray, rows: int, seed: int) -> np.ndarray:
    """Draws of a negative binomial distribution of the dispersion above."""
    random = np.random.default_rng(seed)
    share = 1 / (1 + DISPERSION * np.broadcast_to(mean, rows))
    return random.negative_binomial(1 / DISPERSION, share).astype(float)


def seldom(rows: int, seed: int) -> np.ndarray:
    """Four of five are 0, the others 4 on average."""
    random = np.random.default_rng(seed)
    return np.where(random.random(rows) < 0.2, 1.0 + random.poisson(3, rows), 0.0)


def kind(name: str) -> str:
    return "intermittent" if name == "seldom" else "steady"


def table(rows: int = ROWS, seed: int = 0, suffix: str = "") -> pl.DataFrame:
    parts = {name: counts(mean, rows, seed) for name, mean in MEANS.items()}
    parts["seldom"] = seldom(rows, seed + 1)
    return pl.concat(
        pl.DataFrame({"item": name + suffix, "kind": kind(name), "sold": values})
        for name, values in parts.items()
    )


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    model = Forecaster(
        HORIZON,
        preset="counts",
        lookback=32,
        hidden_size=12,
        epochs=12,
        batch_size=32,
        learning_rate=1e-2,
        device="cpu",
    )
    return model.fit(table(), "sold", series="item", static="kind")


@pytest.fixture(scope="module")
def fresh(fitted: Forecaster) -> pl.DataFrame:
    """Forecasts of other draws of the same series, from origins a horizon apart."""
    return fitted.backtest(table(1200, 7), stride=HORIZON)


def pinball(truth: np.ndarray, quantiles: np.ndarray) -> float:
    """The mean quantile loss over the levels; one column of quantiles serves all of them."""
    error = truth[:, None] - quantiles
    level = np.array(LEVELS)
    return float(2 * np.maximum(level * error, (level - 1) * error).mean())


def losses(frame: pl.DataFrame, item: str) -> tuple[np.ndarray, float]:
    own = frame.filter(pl.col("series") == item)
    truth = own["truth"].to_numpy()
    return truth, pinball(truth, own.select(f"q{level:g}" for level in LEVELS).to_numpy())


def test_the_likelihood_is_scipys() -> None:
    random = np.random.default_rng(0)
    mean, wide = np.exp(random.uniform(-4, 10, 500)), np.exp(random.uniform(-7, 2, 500))
    truth = random.negative_binomial(1 / wide, 1 / (1 + wide * mean)).astype(float)
    expected = -nbinom.logpmf(truth, 1 / wide, 1 / (1 + wide * mean)).mean()
    everywhere = torch.ones(500, dtype=torch.bool)
    given = [torch.tensor(values) for values in (mean, wide, truth)]
    found = negative_binomial_loss(*given, everywhere)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    single = negative_binomial_loss(*(values.float() for values in given), everywhere)
    assert single.dtype == torch.float32
    np.testing.assert_allclose(single, expected, rtol=1e-5)


def test_its_gradient_is_that_of_differences_and_what_is_missing_has_none() -> None:
    mean = torch.tensor([0.02, 3.0, 900.0], dtype=torch.float64, requires_grad=True)
    wide = torch.tensor([2.0, 0.4, 0.01], dtype=torch.float64, requires_grad=True)
    truth = torch.tensor([0.0, torch.nan, 1000.0], dtype=torch.float64)
    there = torch.tensor([True, False, True])
    assert torch.autograd.gradcheck(
        lambda *given: negative_binomial_loss(*given, truth, there), (mean, wide)
    )
    negative_binomial_loss(mean, wide, truth, there).backward()
    assert mean.grad[1] == wide.grad[1] == 0
    assert negative_binomial_loss(mean, wide, truth, torch.zeros(3, dtype=torch.bool)) == 0


def test_quantiles_are_the_first_counts_that_the_likelihood_sums_up_to() -> None:
    mean, wide = np.array([0.05, 1.5, 40.0]), np.array([3.0, 0.3, 0.02])
    found = negative_binomial_quantiles(mean, wide, LEVELS)
    at = torch.arange(400, dtype=torch.float64)
    for row in range(3):
        mu, alpha = (torch.tensor(float(values[row])).double() for values in (mean, wide))
        one = torch.ones(1, dtype=torch.bool)
        mass = [
            negative_binomial_loss(mu[None], alpha[None], y[None], one).neg().exp().item()
            for y in at
        ]
        below = np.cumsum(mass)
        assert found[row].tolist() == [float((below < level).sum()) for level in LEVELS]


def test_quantiles_of_extremes_are_whole_numbers_in_order() -> None:
    mean, wide = np.meshgrid([1e-6, 0.3, 1e3, 1e7], [1e-6, 1e-3, 1.0, 50.0])
    found = negative_binomial_quantiles(mean, wide, (0.01, 0.5, 0.99))
    assert found.shape == (4, 4, 3)
    assert (found >= 0).all()
    assert (found == np.floor(found)).all()
    assert (np.diff(found, axis=-1) >= 0).all()
    # without dispersion it is Poisson's distribution
    np.testing.assert_allclose(found[0, 2], poisson.ppf((0.01, 0.5, 0.99), 1e3), atol=1)


def network() -> CountNetwork:
    torch.manual_seed(0)
    sizes = NetworkSizes(targets=2, inputs=4, known=1, static=0, seasons=1)
    how = {"hidden_size": 6, "num_layers": 1, "dropout": 0.3, "levels": LEVELS}
    return CountNetwork(sizes, cell=find("lstm"), **how).eval()


def batch() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randint(0, 30, shape, generator=generator).float()

    past = draw(3, 11, 4)
    return {
        "past": past,
        "valid": torch.ones(3, 11, dtype=torch.bool),
        "level": past[:, -1, :2],
        "seasonal": draw(3, HORIZON, 2),
        "future": draw(3, HORIZON, 1),
        "static": draw(3, 0),
    }


def test_untrained_it_forecasts_the_mean_of_the_naive_forecasts() -> None:
    model, windows = network(), batch()
    torch.nn.init.zeros_(model.head.weight)
    with torch.no_grad():
        mean, wide = model.guided(windows).unbind(-1)
    usual = windows["past"][..., :2].mean(1)[:, None]
    expected = (windows["level"][:, None] + windows["seasonal"] + usual) / 3
    torch.testing.assert_close(mean, expected, rtol=1e-4, atol=1e-4)
    expected = np.log(2) / (1 + usual).sqrt().expand_as(wide)
    torch.testing.assert_close(wide, expected.to(wide), rtol=1e-4, atol=1e-5)


def test_rows_before_a_series_began_are_not_read() -> None:
    model, windows = network(), batch()
    valid = torch.arange(11).expand(3, -1) >= 3
    one, other = windows["past"].clone(), windows["past"].clone()
    one[:, :3, :2], other[:, :3, :2] = 0, 9
    with torch.no_grad():
        first, second = (model.guided(windows | {"past": p, "valid": valid}) for p in (one, other))
        assert torch.equal(first, second)
        assert not torch.equal(first, model.guided(windows | {"past": one}))


def test_the_look_back_waits_for_what_is_seldom() -> None:
    splits = {rows: [Split(rows, rows + 20, rows + 40)] for rows in (400, 79)}
    found = {
        rows: defaults(4, (), split, lookback=None, preset="counts")
        for rows, split in splits.items()
    }
    assert [found[rows].lookback for rows in (400, 79)] == [64, 19]
    # windows begin with the first row: 395 of them, 16 a step, 800 steps
    assert (found[400].batch_size, found[400].epochs) == (16, 32)
    assert defaults(4, (), splits[400], lookback=None).lookback == 16


def test_mean_and_dispersion_of_known_counts_are_found(fitted: Forecaster) -> None:
    data = table(1200, 7)
    series, origins = fitted.rolling(data, "test", HORIZON)
    windows = fitted.trained_.windows(series, origins)
    with torch.no_grad():
        given = fitted.network_.guided(windows.batch(np.arange(len(windows)))).numpy()
    for place, mean in enumerate(MEANS.values()):
        own = given[origins[:, 0] == place]
        np.testing.assert_allclose(own[..., 0].mean(), mean, rtol=0.12)
        if mean > 10:
            np.testing.assert_allclose(own[..., 1].mean(), DISPERSION, rtol=0.25)


def test_bands_hold_what_they_say_and_are_whole_numbers(fresh: pl.DataFrame) -> None:
    bands = fresh.select(f"q{level:g}" for level in LEVELS).to_numpy()
    assert (bands >= 0).all()
    assert (bands == np.floor(bands)).all()
    assert (np.diff(bands, axis=1) >= 0).all()
    assert fresh["forecast"].equals(fresh["q0.5"].alias("forecast"))
    for item in ("some", "many"):
        own = fresh.filter(pl.col("series") == item)
        truth = own["truth"]
        for level in LEVELS:
            np.testing.assert_allclose((truth <= own[f"q{level:g}"]).mean(), level, atol=0.08)


def test_counts_that_are_mostly_zero_are_forecast_better_than_by_the_last_value(
    fitted: Forecaster, fresh: pl.DataFrame
) -> None:
    truth, own = losses(fresh, "seldom")
    assert 0.75 < (truth == 0).mean() < 0.85
    series, origins = fitted.rolling(table(1200, 7), "test", HORIZON)
    rows = origins[origins[:, 0] == 3, 1]
    last = np.repeat(series[3].target[rows, 0], HORIZON)
    assert own < 0.65 * pinball(truth, last[:, None])
    # nothing is better than the quantiles of all there was, for no draw knows of another
    best = np.quantile(seldom(ROWS, 1), LEVELS, method="inverted_cdf")
    assert own < 1.15 * pinball(truth, best[None])


def test_cold_start_a_series_that_was_not_learnt_from_is_forecast(fitted: Forecaster) -> None:
    unseen = pl.DataFrame({"item": "new", "kind": "steady", "sold": counts(60.0, 800, 5)})
    frame = fitted.backtest(unseen, stride=HORIZON)
    truth, own = losses(frame, "new")
    naive = fitted.evaluate(unseen, stride=HORIZON)["overall"]["naive"]["mae"]
    assert own < 0.6 * naive
    best = np.quantile(counts(60.0, 800, 6), LEVELS)
    assert own < 1.15 * pinball(truth, best[None])
    # its name is nothing to the network, nor is any other series
    assert frame.drop("series").equals(
        fitted.backtest(unseen.with_columns(item=pl.lit("many")), stride=HORIZON).drop("series")
    )


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_cold_start_of_a_series_with_hardly_a_past(fitted: Forecaster, rows: int) -> None:
    begun = pl.DataFrame(
        {"item": "new", "kind": "steady", "sold": [55.0, 70.0, 40.0, 62.0, 51.0] * 2}
    ).head(rows)
    forecast = fitted.predict(begun)
    assert forecast.height == HORIZON
    bands = forecast.select("q0.1", "q0.5", "q0.9").to_numpy()
    assert (bands == np.floor(bands)).all()
    assert (bands[:, 1] > 25).all()
    assert (bands[:, 1] < 100).all()


def test_a_saved_forecaster_is_the_same_forecaster(fitted: Forecaster, tmp_path: Path) -> None:
    again = load(fitted.save(tmp_path / "model.safetensors"))
    assert again.predict().equals(fitted.predict())
    assert (again.preset, again.chosen) == ("counts", fitted.chosen)
    unseen = table(60, 3, " elsewhere")
    assert again.predict(unseen).equals(fitted.predict(unseen))


def weeks(rows: int = 120, seed: int = 0) -> pl.DataFrame:
    """Two counts with a weekly rhythm and holes, and covariates."""
    step = np.arange(rows)
    rhythm = 5 + 4 * np.sin(2 * np.pi * step / 7)
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "day": np.datetime64("2024-01-01", "us") + step * np.timedelta64(1, "D"),
            "sold": np.where(step % 17 == 3, np.nan, random.poisson(rhythm)),
            "returned": random.poisson(0.3, rows).astype(float),
            "heat": random.normal(size=rows),
            "price": step % 4 + 1.0,
        }
    )


def test_covariates_gaps_seasons_and_several_targets_are_taken(tmp_path: Path) -> None:
    both = pl.concat(
        [
            weeks().with_columns(shop=pl.lit("a"), town=pl.lit("north")),
            weeks(90, 1).with_columns(shop=pl.lit("b"), town=pl.lit("south")),
        ]
    ).with_columns(pl.col("sold").fill_nan(None))
    columns = {"time": "day", "series": "shop", "past": "heat", "known": "price", "static": "town"}
    how = TINY | {"cell": "gru", "num_layers": 2, "season": 7, "lookback": 14}
    model = Forecaster(3, **how).fit(both, ["sold", "returned"], **columns)
    frame = model.backtest()
    assert (frame["q0.9"] >= frame["q0.1"]).all()
    assert set(model.evaluate()["overall"]) == {"lstmkit", "naive", "seasonal_naive", "drift"}
    found = inspect_forecaster(model, windows=3)
    assert [part.trace.name for part in found.sections][:1] == ["encoder layer 1"]
    both.write_parquet(tmp_path / "sold.parquet", row_group_size=50)
    files = open_parquet(tmp_path / "sold.parquet")
    stored = Forecaster(3, **how).fit(files, ["sold", "returned"], **columns)
    assert stored.trained_.prepared.to_dict() | {"covariates": 0} == (
        model.trained_.prepared.to_dict() | {"covariates": 0}
    )
    assert stored.backtest(both).height > 0


def test_a_planted_future_changes_no_forecast() -> None:
    data = weeks()
    model = Forecaster(3, **TINY).fit(data, "returned", time="day")
    later = pl.int_range(pl.len()) >= 80
    planted = data.with_columns(returned=pl.when(later).then(9999.0).otherwise("returned"))
    columns = ["origin", "step", "forecast", "q0.1", "q0.9"]
    before = pl.col("origin") < data["day"][80]
    clean, dirty = (model.backtest(one).select(columns) for one in (data, planted))
    assert clean.filter(before).height > 0
    assert clean.filter(before).equals(dirty.filter(before))
    assert not clean.equals(dirty)


def test_settings_can_be_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for page in ("run_folder.write_report", "tuning.leave.write_page"):
        monkeypatch.setattr(f"lstmkit.tasks.{page}", lambda *_: None)
    model = Forecaster(3, preset="counts", epochs=1, device="cpu")
    found = tune(model, weeks(), "returned", folder=tmp_path, trials=2, progress=False, time="day")
    assert found.result["settings"]["preset"] == "counts"
    assert np.isfinite(found.result["overall"]["lstmkit"]["scaled_crps"])


@pytest.mark.compile
@pytest.mark.parametrize(("value", "told"), [(-3.0, "got -3 at"), (2.5, "got 2.5 at")])
def test_what_is_no_count_is_refused_with_its_place(value: float, told: str) -> None:
    row = pl.int_range(pl.len()) == 60
    wrong = weeks().with_columns(returned=pl.when(row).then(value).otherwise("returned"))
    message = (
        "expected counts, whole numbers from 0, in target column 'returned' with preset "
        f"'counts', {told} 2024-03-01 of series 'series'"
    )
    with pytest.raises(DataError, match=message):
        Forecaster(3, **TINY).fit(wrong, "returned", time="day")
    model = Forecaster(3, **TINY).fit(weeks(), "returned", time="day")
    with pytest.raises(DataError, match=message):
        model.predict(wrong)


@pytest.mark.compile
def test_paths_are_not_drawn() -> None:
    with pytest.raises(SettingsError, match="expected mode 'direct' with preset 'counts'"):
        Forecaster(3, mode="autoregressive", **TINY).fit(weeks(), "returned", time="day")
