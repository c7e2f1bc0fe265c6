"""`lstmkit stream` for a forecaster: forecasts after each row."""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lstmkit.cli.stream_rows import at_least_one, numbered
from lstmkit.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl

    from lstmkit.tasks import Forecaster
    from lstmkit.tasks.forecast_stream import ForecastStream


def forecasts(
    task: "Forecaster", rows: Iterator[list[str]], path: Path | None, future: Path | None
) -> "tuple[ForecastStream, Iterator[Any], Callable[[Any], pl.DataFrame]]":
    """Begins the stream of a forecaster.

    Args:
        task: A forecaster.
        rows: Rows of standard input as fields, the header first.
        path: A file to go on from.
        future: Table of what is known ahead, by time.

    Returns:
        The stream, its rows with their numbers, and what forecasts the series of a row after it.

    Raises:
        DataError: No rows, or a header without a column of the data learnt from.
        SettingsError: A future where rows have no times to find it by.
    """
    columns = task.columns_
    if future is not None and columns.time is None:
        raise SettingsError(
            "stream: expected a forecaster with a time column, by which to find what is known "
            "ahead of each row in --future, got one that counts rows. Train it with --time."
        )
    header = [name.strip() for name in next(rows, [])]
    if header:
        columns.require(header, "standard input")
    _, fed = at_least_one(numbered(rows, len(header)))
    following = task.stream(path=path)
    if path is not None:
        clock, latest = following.series.frequency.clock, max(s.time[-1] for s in following.series)
        typer.echo(f"Going on after {clock.shown(latest)}.", err=True)

    def answer(given: tuple[int, list[str]]) -> "pl.DataFrame":
        number, row = given
        table, what = _table(following, header, row), f"standard input, row {number}"
        told: pl.DataFrame = following.feed(table, future, what=what)
        return told

    return following, fed, answer


def _table(following: "ForecastStream", header: list[str], row: list[str]) -> "pl.DataFrame":
    """One row as a file of it would be read, but for names that are known as they stand."""
    import polars as pl

    from lstmkit.data.table import MISSING_WORDS

    columns = following.task.columns_
    words = {word for one in following.series for word in (one.name, *one.category)}
    named = {columns.series, *columns.category}
    # 007 is a number to a file of numbers, and a name where others are names
    as_text = {
        name: pl.String
        for name, word in zip(header, row, strict=True)
        if name in named and word in words
    }
    text = StringIO()
    csv.writer(text).writerows([header, row])
    return pl.read_csv(
        text.getvalue().encode(), null_values=MISSING_WORDS, schema_overrides=as_text
    )
