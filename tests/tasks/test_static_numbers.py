"""Numbers of whole series: learnt from by a forecaster, kept, and refused where they are bad."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from lstmkit.data import Columns, open_parquet, read_series
from lstmkit.data.stored_series import store_series
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks import Forecaster, load
from lstmkit.train.model_file import read_file, write_file

ROWS = 44
SMALL: dict[str, Any] = {"lookback": 4, "season": None, "device": "cpu"}
COLUMNS: dict[str, Any] = {"time": "day", "series": "shop", "known": ["sale", "fair"]}
AREAS = np.linspace(20.0, 400.0, 20)
UNSEEN = (30.0, 90.0, 215.0, 330.0, 395.0)


def shop(name: str, area: float, seed: int) -> pl.DataFrame:
    """A sale moves small shops down and large ones up, a fair those between."""
    rng, share = np.random.default_rng(seed), (area - 210) / 190
    sale, fair = (rng.random((2, ROWS)) < 0.4).astype(float)
    sold = 20 + rng.normal(0, 0.5, ROWS) + 6 * share * sale + 6 * np.sqrt(1 - share**2) * fair
    own = {"day": np.arange(ROWS), "sold": np.round(sold), "sale": sale, "fair": fair}
    return pl.DataFrame(own | {"shop": [name] * ROWS, "area": [area] * ROWS})


def shops(areas: Any, first: int = 0) -> pl.DataFrame:
    return pl.concat([shop(f"{one:.0f} m2", one, first + n) for n, one in enumerate(areas)])


LEARNT, NEW = shops(AREAS), shops(UNSEEN, 100)
FEW = shops((50.0, 100.0, 150.0, 240.0))


def tiny(data: Any = FEW, **more: Any) -> Forecaster:
    columns = COLUMNS | {"static": "area"} | more
    return Forecaster(2, hidden_size=2, epochs=1, **SMALL).fit(data, "sold", **columns)


def ahead(*, start: int = ROWS, names: Any = ("50 m2", "100 m2", "150 m2", "240 m2")) -> Any:
    """What is known of the two days after a table."""
    rows = [
        {"day": start + day, "shop": name, "sale": 1, "fair": 0}
        for name in names
        for day in range(2)
    ]
    return pl.DataFrame(rows)


def as_words(data: pl.DataFrame) -> pl.DataFrame:
    return data.with_columns(pl.col("area").cast(pl.String))


def changed(value: Any, row: int = 3) -> pl.DataFrame:
    """The few shops, with another area in one row."""
    return FEW.with_columns(
        area=pl.when(pl.int_range(pl.len()) == row).then(value).otherwise("area")
    )


def test_series_never_seen_are_forecast_by_their_number() -> None:
    errors = []
    for learnt, new in ((LEARNT, NEW), (as_words(LEARNT), as_words(NEW))):
        how = {"preset": "counts", "hidden_size": 8, "epochs": 10, "learning_rate": 0.03}
        model = Forecaster(2, batch_size=64, **how, **SMALL)
        model.fit(learnt, "sold", **COLUMNS, static="area")
        scores = model.evaluate(new)["overall"]
        errors.append(scores["lstmkit"]["mae"])
        assert errors[-1] < scores["naive"]["mae"]
    assert errors[0] < 0.7 * errors[1]


def test_numbers_are_scaled_by_the_series_learnt_from_and_text_is_a_category() -> None:
    town = {"town": pl.col("shop").str.slice(0, 1), "floor": pl.col("area").cast(pl.Int64) // 100}
    data = FEW.with_columns(**town).with_columns(code=pl.col("floor"))
    model = tiny(data, static=["town", "area", "floor"], category="code")
    columns, prepared = model.columns_, model.trained_.prepared
    assert (columns.static, columns.category) == (("area", "floor"), ("code", "town"))
    # every series counts once
    assert prepared.numbers.scaler.mean.tolist() == [[135.0, 1.0]]
    assert prepared.categories.known == (("0", "1", "2"), ("1", "2", "5"))
    given = prepared.channels(model.series_)[2].static
    np.testing.assert_allclose(
        given, [0, 1, 0, 1, 0, 0, 15 / np.std([50, 100, 150, 240]), 0], rtol=1e-12
    )
    assert model.network_.sizes.static == 8
    assert model.notices_ == ()


def test_categories_of_a_dataframe_stay_categories() -> None:
    codes = FEW.with_columns(code=pl.col("area").cast(pl.Int64) // 100)
    frame = pd.DataFrame({name: codes[name].to_list() for name in codes.columns})
    arrow = codes.to_arrow()
    arrow = arrow.set_column(6, "code", arrow["code"].dictionary_encode())
    for table in (frame.astype({"code": "category"}), arrow):
        columns = read_series(table, Columns.of("sold", "day", "shop", static="code")).columns
        assert (columns.static, columns.category) == ((), ("code",))
    model = tiny(frame.astype({"code": "category"}), static=["code", "area"])
    assert model.trained_.prepared.categories.known == (("0", "1", "2"),)
    # what a column was in learning it remains
    told = [model.predict(one, future=ahead())["forecast"].to_list() for one in (codes, frame)]
    assert told[0] == told[1]


def test_a_missing_number_is_the_mean_and_marked_where_one_was_missing_in_learning() -> None:
    holed = FEW.with_columns(area=pl.when(pl.col("shop") != "100 m2").then("area"))
    model = tiny(holed)
    numbers = model.trained_.prepared.numbers
    assert numbers.inputs(np.array([[np.nan], [440 / 3]])).tolist() == [[0, 1], [0, 0]]
    assert "Column 'area': 44 of 176 values are missing." in model.notices_
    new = shops((90.0,)).with_columns(area=pl.lit(None))
    told = model.predict(new, future=ahead(names=["90 m2"]))
    assert np.isfinite(told["forecast"].to_numpy()).all()
    whole = tiny()
    told = whole.predict(new, future=ahead(names=["90 m2"]))
    mean = new.with_columns(area=pl.lit(135))
    assert told.equals(whole.predict(mean, future=ahead(names=["90 m2"])))


def test_read_piece_by_piece_it_is_the_same(tmp_path: Path) -> None:
    holed = FEW.with_columns(area=pl.when(pl.col("shop") != "100 m2").then("area"))
    holed.write_parquet(tmp_path / "few.parquet", row_group_size=30)
    mine, theirs = tiny(open_parquet(tmp_path / "few.parquet")), tiny(holed)
    numbers = [one.trained_.prepared.numbers.to_dict() for one in (mine, theirs)]
    assert numbers[0] == numbers[1]
    assert mine.columns_ == theirs.columns_
    # windows come in another order where they are read piece by piece
    mine.network_.load_state_dict(theirs.network_.state_dict())
    tables = [one.predict(future=ahead()).select("forecast") for one in (mine, theirs)]
    np.testing.assert_allclose(*(one.to_numpy() for one in tables), rtol=1e-5)
    again = load(mine.save(tmp_path / "model.safetensors"))
    assert again.predict(future=ahead()).equals(mine.predict(future=ahead()))
    assert again.predict(holed, future=ahead()).equals(mine.predict(future=ahead()))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(51.0), "one value of static column 'area' for a whole series, got 50.0 and then "),
        (changed(None), "got 50.0 and then nan in row 4 "),
        (
            changed(float("inf")),
            "expected finite numbers in static column 'area', got inf in row 4",
        ),
        (
            changed(None).with_columns(area=pl.lit(None, pl.Float64)),
            "expected values in static col",
        ),
        (FEW.drop("area"), "expected static column 'area', got the columns"),
    ],
)
def test_bad_numbers_are_refused(data: pl.DataFrame, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        tiny(data)
    data.write_parquet(tmp_path / "few.parquet")
    with pytest.raises(DataError, match=message):
        tiny(open_parquet(tmp_path / "few.parquet"))


def test_a_change_is_found_from_one_row_group_to_the_next(tmp_path: Path) -> None:
    later = pl.when(pl.int_range(pl.len()) < 20).then("area").otherwise(pl.col("area") + 1)
    FEW.with_columns(area=later).write_parquet(tmp_path / "few.parquet", row_group_size=20)
    table = open_parquet(tmp_path / "few.parquet")
    with pytest.raises(DataError, match=r"one value of static column .* 51\.0 in row 21"):
        tiny(table)
    series = store_series(table, Columns.of("sold", "day", "shop", static="area"))
    assert series.piece(0, 20)[0].static.tolist() == [50.0]
    with pytest.raises(DataError, match=r"one value of each static column .* rows from 21 on"):
        series.piece(20, 40)


def test_numbers_stay_numbers_and_words_among_them_are_told() -> None:
    model = tiny()
    told = model.predict(FEW, future=ahead())
    assert model.predict(as_words(FEW), future=ahead()).equals(told)
    words = as_words(FEW).with_columns(pl.col("area").str.replace("240.0", "large"))
    with pytest.raises(DataError, match="numbers in static column 'area', got 'large' in row 133"):
        model.predict(words, future=ahead())
    (notice,) = tiny(words).notices_
    assert notice.startswith("Column 'area': text ('large') in 44 of 176 rows")
    assert tiny(words, static=(), category="area").notices_ == ()
    with pytest.raises(SettingsError, match="got 'area' as static and as category"):
        tiny(category="area")
    stream = model.stream()
    row = {"day": ROWS, "shop": "50 m2", "sold": 20, "sale": 0, "fair": 0, "area": 51.0}
    after = ahead(start=ROWS + 1)
    with pytest.raises(DataError, match=r"expected 50\.0 in static column 'area' of series"):
        stream.feed(row, future=after)
    assert stream.feed(row | {"area": 50}, future=after).height == 2


def test_files_of_before_have_categories_alone(tmp_path: Path) -> None:
    data = FEW.with_columns(pl.col("shop").alias("town"))
    model = tiny(data, static="town")
    path = model.save(tmp_path / "model.safetensors")
    tensors, metadata = read_file(path)
    metadata["columns"] |= {"static": metadata["columns"].pop("category")}
    del metadata["preparation"]["numbers"]
    for one in metadata["series"]:
        one["static"] = one.pop("category")
    own = {name: metadata[name] for name in metadata if name not in ("format", "version")}
    write_file(path, tensors, own)
    old = load(path)
    assert old.columns_ == model.columns_
    assert old.predict(future=ahead()).equals(model.predict(future=ahead()))
    assert old.predict(data, future=ahead()).equals(model.predict(data, future=ahead()))
