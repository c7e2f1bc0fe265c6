"""A forecaster on Parquet files that are read piece by piece."""

from copy import copy
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from lstmkit.data import Columns, open_parquet
from lstmkit.data.stored_series import store_series
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks import Forecaster, load, run_forecast, tune

COLUMNS = {"time": "day", "series": "shop", "past": "heat", "known": "price"}
COLUMNS |= {"static": ["town", "area"]}
SMALL = {"horizon": 3, "lookback": 8, "hidden_size": 4, "epochs": 2, "device": "cpu"}


def _table(shops: int = 5) -> pl.DataFrame:
    rng, parts = np.random.default_rng(0), []
    for shop in range(shops):
        rows = 70 + 13 * shop
        step = np.arange(rows)
        parts.append(
            pl.DataFrame(
                {
                    "day": np.datetime64("2024-01-01", "us") + step * np.timedelta64(1, "D"),
                    "shop": [f"shop {shop}"] * rows,
                    "town": ["north" if shop % 2 else "south"] * rows,
                    "area": [100 * shop**2] * rows,
                    "units": 10 + shop + 3 * np.sin(step * 2 * np.pi / 7) + rng.normal(0, 1, rows),
                    "heat": rng.normal(0, 1, rows),
                    "price": step % 4 + 1.0,
                }
            )
        )
    units = pl.when(pl.int_range(pl.len()) % 50 == 30).then(None).otherwise("units")
    return pl.concat(parts).with_columns(units=units)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Row groups of 30 rows: series are cut, and some groups hold parts of two."""
    path = tmp_path_factory.mktemp("stored")
    for number, part in enumerate(_table().iter_slices(120)):
        part.write_parquet(path / f"{number}.parquet", row_group_size=30)
    return path


@pytest.fixture(scope="module")
def stored(folder: Path) -> Forecaster:
    return Forecaster(**SMALL).fit(folder, "units", **COLUMNS)


@pytest.fixture(scope="module")
def whole() -> Forecaster:
    return Forecaster(**SMALL).fit(_table(), "units", **COLUMNS)


def test_series_are_found_where_they_lie(folder: Path) -> None:
    series = store_series(open_parquet(folder), Columns.of("units", "day", "shop"))
    assert series.names == tuple(f"shop {number}" for number in range(5))
    assert series.lengths.tolist() == [70 + 13 * shop for shop in range(5)]
    assert series.frequency.label == "1 day"


def test_scales_windows_and_sizes_are_those_of_memory(
    stored: Forecaster, whole: Forecaster, folder: Path, monkeypatch
) -> None:
    mine, theirs = stored.trained_.prepared, whole.trained_.prepared
    scales = mine.targets.learnt, theirs.targets.learnt
    np.testing.assert_allclose(*(one.mean for one in scales), rtol=1e-12)
    np.testing.assert_allclose(*(one.std for one in scales), rtol=1e-12)
    assert mine.targets.names == theirs.targets.names
    np.testing.assert_allclose(mine.covariates.std, theirs.covariates.std, rtol=1e-12)
    for name in ("cycles", "seasons", "masked", "horizon", "categories"):
        assert getattr(mine, name) == getattr(theirs, name), name
    assert stored.chosen == whole.chosen
    assert (stored.season_, stored.lookback_) == (whole.season_, whole.lookback_)
    seen = []

    def fit(_network, train, valid, *_rest, **_how):
        seen.append((train, valid))
        return whole.history_

    monkeypatch.setattr("lstmkit.tasks.forecaster.fit", fit)
    for data in (folder, _table()):
        Forecaster(**SMALL).fit(data, "units", **COLUMNS)
    for here, there in zip(*seen, strict=True):
        assert len(here) == len(there)
        indices = np.random.default_rng(0).permutation(len(here))[:60]
        expected, found = there.batch(indices), here.batch(indices)
        assert expected.keys() == found.keys()
        for name, tensor in expected.items():
            if name != "series":
                torch.testing.assert_close(found[name], tensor, equal_nan=True, rtol=0, atol=2e-6)


def test_it_forecasts_as_one_that_learnt_from_memory(
    stored: Forecaster, tmp_path: Path, folder: Path
) -> None:
    ahead = pl.concat(
        pl.DataFrame(
            {
                "day": one.time[-1] + np.arange(1, 4) * np.timedelta64(1, "D"),
                "shop": [one.name] * 3,
                "price": [1.0, 2.0, 3.0],
            }
        )
        for one in stored.series_
    )
    told = stored.predict(future=ahead)
    assert told.height == 15
    assert told.equals(stored.predict(_table(), future=ahead))
    assert told.equals(load(stored.save(tmp_path / "m.safetensors")).predict(future=ahead))
    assert stored.evaluate(_table())["overall"]["lstmkit"]["mae"] > 0
    with pytest.raises(DataError, match="holds only the end of its data"):
        stored.evaluate()


def test_training_that_was_broken_off_goes_on_to_the_same_bits(
    stored: Forecaster, folder: Path, tmp_path: Path
) -> None:
    class EnoughError(Exception): ...

    def after_epoch(_history):
        raise EnoughError

    with pytest.raises(EnoughError):
        Forecaster(**SMALL).fit(
            folder, "units", **COLUMNS, folder=tmp_path, after_epoch=after_epoch
        )
    resumed = Forecaster(**SMALL).fit(folder, "units", **COLUMNS, folder=tmp_path, resume=True)
    for name, tensor in stored.network_.state_dict().items():
        assert torch.equal(resumed.network_.state_dict()[name], tensor), name


def test_one_long_series_needs_no_series_column(tmp_path: Path) -> None:
    table = _table(1).drop_nulls().with_columns(units=pl.int_range(pl.len()) % 7 * 1.0)
    table.write_parquet(tmp_path / "one.parquet", row_group_size=11)
    data = open_parquet(tmp_path / "one.parquet")
    model = Forecaster(**SMALL, preset="segments").fit(data, "units")
    assert model.predict().height == 3


def test_a_run_is_judged_as_from_memory(
    stored: Forecaster,
    whole: Forecaster,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lstmkit.tasks.run_folder.write_report", lambda *_: None)
    model = Forecaster(**SMALL)
    result = run_forecast(model, folder, "units", folder=tmp_path, progress=False, **COLUMNS)
    assert result["notices"] == ["Judged by 5 of 5 series."]
    # the same network over the same table in memory
    here = copy(whole)
    here.trained_ = stored.trained_
    assert pl.read_parquet(tmp_path / "predictions.parquet").equals(here.backtest())
    assert result["overall"] == here.evaluate()["overall"]
    # what is kept are the last rows, as without a report
    assert list(map(len, model.series_)) == list(map(len, stored.series_))
    tables = [one.backtest(_table()) for one in (load(tmp_path / "model.safetensors"), stored)]
    assert tables[0].equals(tables[1])


def test_some_series_are_whole_and_spread_over_the_files(folder: Path) -> None:
    series = store_series(open_parquet(folder), Columns.of("units", "day", "shop"))
    for rows, names in ((1, ["shop 0"]), (200, ["shop 0", "shop 4"]), (10**6, list(series.names))):
        some = series.some(rows)
        assert [one.name for one in some] == names
        assert all(len(one) == 70 + 13 * int(one.name[-1]) for one in some)


def test_a_search_learns_from_files(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmkit.tasks.run_folder.write_report", lambda *_: None)
    monkeypatch.setattr("lstmkit.tasks.tuning.tune.leave", lambda *_: None)
    base = Forecaster(**(SMALL | {"epochs": 1}))
    found = tune(base, folder, "units", folder=tmp_path, trials=1, progress=False, **COLUMNS)
    assert len(found.trials) == 1
    assert found.result["notices"] == ["Judged by 5 of 5 series."]


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (lambda table: table.sort("day"), {}, "expected the rows of a series side by side"),
        (lambda table: table.drop("heat"), {}, "expected past column 'heat'"),
        (
            lambda table: table.with_columns(
                shop=pl.when(pl.int_range(pl.len()) != 40).then("shop")
            ),
            {},
            "expected a name in each row of series column 'shop', got none in row 41",
        ),
        (lambda table: table[:100].vstack(table[101:]), {}, "gap"),
        (lambda table: table, {"gaps": "fill"}, "expected gaps='error'"),
    ],
)
def test_files_that_cannot_be_learnt_from_are_refused(
    tmp_path: Path, change, more, message
) -> None:
    change(_table()).write_parquet(tmp_path / "0.parquet", row_group_size=30)
    with pytest.raises(SettingsError if more else DataError, match=message):
        Forecaster(**SMALL, **more).fit(tmp_path, "units", **COLUMNS)
