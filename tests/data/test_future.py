"""What is known ahead is found by time and series, and refused where it lacks."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from lstmkit.data import Columns, read_future, read_series
from lstmkit.errors import DataError


def sales(shops="ab", days=(1, 2, 3)):
    rows = [(shop, date(2024, 1, day)) for shop in shops for day in days]
    prices = [float(index) for index in range(len(rows))]
    table = {"shop": [shop for shop, _ in rows], "day": [day for _, day in rows], "price": prices}
    return pl.DataFrame(table)


@pytest.fixture
def history():
    table = sales().with_columns(units=pl.Series(range(6)))
    return read_series(table, Columns.of("units", "day", "shop", known="price"))


def test_rows_are_found_by_time_and_series(history):
    table = sales("cba", days=(3, 4, 5, 6))
    second, first = read_future(table, history, 2)
    assert first.tolist() == [[5], [6]]
    assert second.tolist() == [[9], [10]]


def test_rows_without_a_time_column_are_counted():
    columns = Columns.of("y", known="z")
    history = read_series({"y": [1, 2], "z": [1, 2]}, columns)
    assert read_future({"z": [7, 8, 9]}, history, 2)[0].tolist() == [[7], [8]]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (sales("a", (4, 5)), "expected 2 rows of series 'b' from 2024-01-04 on, got none"),
        (sales("ab", (4, 6)), "2 steps after 2024-01-03 of series 'a', got none for 2024-01-05"),
        (sales("ab", (1, 2)), "got none for 2024-01-04 and 2 lacking in all"),
        (
            sales("ab", (4, 5)).with_columns(day=pl.Series([4, 5, 4, 5])),
            "'day' to go on after 2024-01-03, got 4",
        ),
        (sales("ab", (4, 5)).drop("price"), "future: expected known column 'price'"),
        (
            sales("ab", (4, 5)).with_columns(price=pl.Series([1.0, None, 3.0, 4.0])),
            "a number in known column 'price', got none in row 2",
        ),
    ],
)
def test_what_lacks_is_refused(history, table, message):
    with pytest.raises(DataError, match=message):
        read_future(table, history, 2)


def test_values_ahead_are_numbers(history):
    table = sales("ab", (4, 5)).with_columns(price=pl.lit("dear"))
    with pytest.raises(DataError, match="got 'dear' in row 1"):
        read_future(table, history, 2)
    assert np.isfinite(read_future(sales("ab", (4, 5)), history, 1)).all()
