"""Series followed row by row are forecast as the whole table is."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from lstmkit.errors import DataError, ModelFileError, SettingsError
from lstmkit.tasks import Forecaster, load

DAYS, LEARNT, HORIZON = 96, 64, 4
TINY: dict[str, Any] = {"hidden_size": 4, "epochs": 1, "device": "cpu"}
# "b" has no rows for three days, and both lack one later
GONE = ((pl.col("shop") == "b") & pl.col("step").is_between(70, 72)) | (pl.col("step") == 80)
ENDS = (LEARNT, 65, 66, 75, 82, DAYS)


def shop(name: str) -> pl.DataFrame:
    """Counts of a shop with a weekly rhythm; many values are missing, and some whole Wednesdays."""
    rng, step = np.random.default_rng(ord(name)), np.arange(DAYS + HORIZON)
    rhythm = 8 * np.sin(2 * np.pi * step / 7) + rng.normal(size=len(step))
    units = 20.0 * (ord(name) - 96) + np.round(rhythm)
    holes = (rng.random((3, len(step))) < 0.2) | ((step % 7 == 2) & (step > 30))
    # a series may not begin with nothing
    holes[:, [0, 40]] = False
    values = {"units": units, "visits": 2 * units + 3, "weather": rng.normal(size=len(step))}
    values = {
        name: np.where(hole, np.nan, one)
        for (name, one), hole in zip(values.items(), holes, strict=True)
    }
    own = {"step": step, "day": np.datetime64("2024-01-01", "us") + step * np.timedelta64(1, "D")}
    own |= values | {"price": step % 3 + 1.0}
    fixed = {"shop": name, "region": "north" if name < "c" else "south", "area": ord(name) ** 2}
    return pl.DataFrame(own, nan_to_null=True).with_columns(
        **{k: pl.lit(v) for k, v in fixed.items()}
    )


WHOLE = pl.concat([shop(name) for name in "abc"])
AHEAD = WHOLE.select("day", "shop", "price")


def rows(first: int, last: int, shops: str = "ab") -> pl.DataFrame:
    """Days from `first` to before `last`."""
    here = pl.col("step").is_between(first, last - 1) & pl.col("shop").is_in(list(shops))
    return WHOLE.filter(here & ~GONE).drop("step")


@pytest.fixture(
    scope="module", params=["steps", "segments", "smoothing", "counts", "autoregressive"]
)
def fitted(request: pytest.FixtureRequest) -> Forecaster:
    kind = "mode" if request.param == "autoregressive" else "preset"
    model = Forecaster(HORIZON, lookback=14, season=7, gaps="fill", **{kind: request.param}, **TINY)
    columns: dict[str, Any] = {"past": "weather", "known": "price", "static": ["region", "area"]}
    return model.fit(rows(0, LEARNT), ["units", "visits"], time="day", series="shop", **columns)


@pytest.fixture(scope="module")
def plain() -> Forecaster:
    return Forecaster(HORIZON, lookback=8, **TINY).fit(daily(40), "y", time="day")


def daily(last: int, first: int = 0) -> pl.DataFrame:
    step = np.arange(first, last)
    day = np.datetime64("2024-01-01", "us") + step * np.timedelta64(1, "D")
    return pl.DataFrame({"day": day, "y": np.sin(step) + step % 3})


def test_forecasts_are_those_of_the_whole_table(fitted: Forecaster) -> None:
    stream = fitted.stream()
    assert stream.predict(future=AHEAD).equals(fitted.predict(future=AHEAD))
    for first, last in pairwise(ENDS):
        with pytest.raises(DataError, match="expected the known columns 'price'"):
            stream.feed(rows(first, last))
        told = stream.feed(rows(first, last), future=AHEAD)
        assert told.equals(fitted.predict(rows(0, last), future=AHEAD)), last
        assert max(map(len, stream.series)) == stream.rows <= 14 + 7
    assert stream.predict(future=AHEAD).equals(told)


def test_a_number_of_the_whole_series_reaches_every_network(fitted: Forecaster) -> None:
    assert fitted.columns_.static == ("area",)
    told, other = (
        fitted.predict(rows(40, 64, "c").with_columns(area=pl.lit(area)), future=AHEAD)
        for area in (9801, 12000)
    )
    assert not np.array_equal(*(one.select("forecast", "q0.9").to_numpy() for one in (told, other)))


def test_a_row_of_one_series_is_answered_for_that_series(fitted: Forecaster) -> None:
    stream = fitted.stream(rows(0, 60))
    told = stream.feed(rows(60, 61, "b"), future=AHEAD)
    assert told.equals(fitted.predict(rows(0, 61, "b"), future=AHEAD))
    told = stream.feed(pl.concat([rows(61, 62, "b"), rows(60, 62, "a")]), future=AHEAD)
    assert told.equals(fitted.predict(rows(0, 62), future=AHEAD))


def test_a_new_series_begins_with_its_first_row(fitted: Forecaster) -> None:
    stream = fitted.stream()
    for first, last in pairwise((40, 41, 50, 61, 75, 95)):
        told = stream.feed(rows(first, last, "c"), future=AHEAD)
        whole = fitted.predict(rows(40, last, "c"), future=AHEAD)
        if last - 40 <= stream.rows or fitted.preset == "counts":
            assert told.equals(whole), last
        # the scale of a new series is added up, to the same but for rounding
        found, wanted = (one.select("forecast", "q0.1", "q0.9").to_numpy() for one in (told, whole))
        assert np.allclose(found, wanted, rtol=1e-6), last
    assert len(stream.series[2]) == stream.rows


def test_a_new_series_may_begin_without_a_target(fitted: Forecaster, tmp_path: Path) -> None:
    # units are known from day 66 on, visits from day 67 on: after more rows than are kept
    first = {"units": 66, "visits": 67}
    late = WHOLE.filter(shop="c").with_columns(
        pl.when(pl.col("step") > day).then(name).when(pl.col("step") == day).then(50).alias(name)
        for name, day in first.items()
    )

    def days(first: int, last: int) -> pl.DataFrame:
        return late.filter(pl.col("step").is_between(first, last - 1)).drop("step")

    stream, message = fitted.stream(), "expected values in target column '.*'.*, got none"
    for start, end in pairwise((40, 41, 63, 66, 67, 68, 70, 95)):
        told = stream.feed(days(start, end), future=AHEAD)
        stream = fitted.stream(path=stream.save(tmp_path / "stream.safetensors"))
        if end < 68:
            assert (told.height, told.columns) == (0, fitted.predict(future=AHEAD).columns)
            with pytest.raises(DataError, match=f"{message} in any of its rows so far"):
                stream.predict(future=AHEAD)
            with pytest.raises(DataError, match=message):
                fitted.predict(days(40, end), future=AHEAD)
            continue
        whole = fitted.predict(days(40, end), future=AHEAD)
        # its scale is added up
        found, wanted = (one.select("forecast", "q0.1", "q0.9").to_numpy() for one in (told, whole))
        assert found.shape == wanted.shape
        assert np.allclose(found, wanted, rtol=1e-6), end
    assert stream.predict(future=AHEAD).height == 3 * 2 * HORIZON


def test_a_series_that_waits_holds_no_other_up(fitted: Forecaster) -> None:
    nothing = rows(64, 65, "c").with_columns(units=pl.lit(None, pl.Float64))
    told = fitted.stream().feed(pl.concat([nothing, rows(64, 65)]), future=AHEAD)
    assert told.equals(fitted.predict(rows(0, 65), future=AHEAD))


def test_a_stream_goes_on_from_its_file(fitted: Forecaster, tmp_path: Path) -> None:
    first = fitted.stream()
    first.feed(pl.concat([rows(LEARNT, 75), rows(40, 75, "c")]), future=AHEAD)
    path = first.save(tmp_path / "stream.safetensors")
    same = load(fitted.save(tmp_path / "model.safetensors"))
    assert same.predict(future=AHEAD).equals(fitted.predict(future=AHEAD))
    second = same.stream(path=path)
    assert second.predict(future=AHEAD).equals(first.predict(future=AHEAD))
    for start, end in pairwise((75, 76, 82)):
        told = [one.feed(rows(start, end, "abc"), future=AHEAD) for one in (first, second)]
        assert told[0].equals(told[1])
        assert set(told[0]["series"]) == {"a", "b", "c"}


def test_refused_rows_change_nothing(plain: Forecaster) -> None:
    stream = plain.stream()
    for step, message in ((41, "expected 2024-02-10 next"), (39, "Feed each row once")):
        with pytest.raises(DataError, match=message):
            stream.feed(daily(step + 1, step))
    told = stream.feed(daily(41, 40))
    assert told.equals(plain.predict(daily(41)))
    with pytest.raises(DataError, match=r"expected 2024-02-11 next .* got 2024-02-10"):
        stream.feed(daily(41, 40))


def test_any_table_will_do_and_comes_back_in_kind(plain: Forecaster) -> None:
    row = daily(41, 40)
    told = plain.stream().feed(row)
    values = row.row(0, named=True)
    assert plain.stream().feed(values).equals(told)
    assert plain.stream().feed({"day": ["2024-02-10"], "y": [values["y"]]}).equals(told)
    frame = plain.stream().feed(pd.DataFrame({"day": [values["day"]], "y": [values["y"]]}))
    assert isinstance(frame, pd.DataFrame)
    assert frame["forecast"].tolist() == told["forecast"].to_list()


def test_rows_without_times_are_counted() -> None:
    values = daily(42)["y"].to_numpy()
    model = Forecaster(HORIZON, lookback=8, **TINY).fit(values[:40], target="column_0")
    stream = model.stream()
    for last in (41, 42):
        told = stream.feed(values[last - 1 : last])
        assert told.equals(model.predict(values[:last]))
    assert told["origin"][0] == 41


def test_files_of_others_are_refused(plain: Forecaster, tmp_path: Path) -> None:
    model = plain.save(tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match="holds 'forecaster', expected a forecast stream"):
        plain.stream(path=model)
    path = plain.stream().save(tmp_path / "stream.safetensors")
    other = Forecaster(HORIZON, lookback=8, seed=1, **TINY).fit(daily(40), "y", time="day")
    with pytest.raises(ModelFileError, match="written by a stream of another forecaster"):
        other.stream(path=path)
    with pytest.raises(ModelFileError, match="holds 'forecast stream', expected one of"):
        load(path)
    with pytest.raises(SettingsError, match="a table to begin with or a file to go on from"):
        plain.stream(daily(40), path=path)
    with pytest.raises(SettingsError, match="not fitted yet"):
        Forecaster(HORIZON).stream()
