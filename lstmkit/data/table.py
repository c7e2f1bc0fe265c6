"""Any table as one polars frame: files by path, dataframes of any library, arrays."""

import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from torch import Tensor

from lstmkit.data.place import Place
from lstmkit.errors import DataError

MISSING_WORDS = ["", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None"]

_KINDS = "a path to a .csv, .tsv or .parquet file, a dataframe, a dict of columns or an array"


def read_table(source: object, what: str = "data") -> pl.DataFrame:
    """Reads a table from wherever it is.

    Args:
        source: Path of a .csv (comma or semicolon, as its header shows), .tsv or .parquet file,
            also .csv.gz and .tsv.gz; a pandas, polars, arrow or other dataframe that narwhals
            knows (named pandas indexes become columns); a mapping of column names to arrays; a
            NumPy array or tensor of shape (rows,) or (rows, columns), whose columns are named
            column_0, column_1, ....
        what: What a table in memory is called in messages.

    Returns:
        The table with its own column types; in text files, empty fields and NA, N/A, NaN, null
        and None are missing.

    Raises:
        DataError: No such file, not a table, unreadable, damaged or without rows.

    Example:
        >>> read_table({"day": [1, 2], "units": [3.0, 4.0]}).shape
        (2, 2)
    """
    place = Place.of(source, what)
    table = _file(Path(source)) if isinstance(source, str | Path) else _memory(source, place)
    if not table.height:
        raise DataError(f"{place.name}: expected rows of data, got none. Is it the right table?")
    return table


def categorical_columns(source: object) -> list[str]:
    """Names of the columns of a dataframe that it calls categories, of numbers too.

    `read_table` gives such columns as the numbers or texts that the categories are.

    Args:
        source: What `read_table` takes.
    """
    frame = nw.from_native(source, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return []
    return [str(name) for name, dtype in frame.schema.items() if dtype == nw.Categorical]


def _file(path: Path) -> pl.DataFrame:
    name = path.name.lower()
    if path.is_dir():
        raise DataError(f"{path}: expected a file, got a folder. Name the file in it.")
    if not path.exists():
        raise DataError(f"{path}: no such file. Check the path, which starts from {Path.cwd()}.")
    try:
        if name.endswith(".parquet"):
            return pl.read_parquet(path)
        if name.removesuffix(".gz").endswith((".csv", ".tsv")):
            return _text(path)
    except (OSError, EOFError, pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path}: expected a readable table, got a file that cannot be read ({reason}). "
            "Is it complete, in UTF-8 if it is text, and of the kind that its name says?"
        ) from error
    raise DataError(
        f"{path}: expected a .csv, .tsv or .parquet file, got {path.suffix or 'no suffix'!r}. "
        "Rename or convert it."
    )


def _text(path: Path) -> pl.DataFrame:
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rb") as file:
        content = file.read()
    header = content.split(b"\n", 1)[0]
    separator = max(",;\t", key=lambda sign: header.count(sign.encode()))
    table = pl.read_csv(
        content.rstrip(b"\r\n"),
        separator=separator,
        infer_schema_length=None,
        null_values=MISSING_WORDS,
        raise_if_empty=False,
    )
    return table.rename(str.strip)


def _memory(source: object, place: Place) -> pl.DataFrame:
    if isinstance(source, Tensor | np.ndarray):
        return _array(source, place)
    if isinstance(source, Mapping):
        columns = {str(name): _values(column, place) for name, column in source.items()}
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(
                f"{place.name}: expected columns of one length, got {lengths}. Make them equal."
            )
        return pl.DataFrame([_series(name, column) for name, column in columns.items()])
    return _dataframe(source, place)


def _values(column: object, place: Place) -> np.ndarray | list[object]:
    if isinstance(column, Tensor):
        return column.detach().cpu().numpy()
    if isinstance(column, np.ndarray):
        return column
    if isinstance(column, Iterable) and not isinstance(column, str):
        return list(column)
    raise DataError(
        f"{place.name}: expected a sequence for each column, got {column!r}. Give all rows."
    )


def _array(source: Tensor | np.ndarray, place: Place) -> pl.DataFrame:
    array = np.asarray(_values(source, place))
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise DataError(
            f"{place.name}: expected an array (rows,) or (rows, columns), got shape {array.shape}."
            " Reshape it."
        )
    return pl.DataFrame([_series(f"column_{i}", array[:, i]) for i in range(array.shape[1])])


def _dataframe(source: Any, place: Place) -> pl.DataFrame:
    if hasattr(source, "reset_index") and any(name is not None for name in source.index.names):
        source = source.reset_index()
    try:
        frame = nw.from_native(source, allow_series=True)
    except TypeError as error:
        raise DataError(f"{place.name}: expected {_KINDS}, got {type(source).__name__}.") from error
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect("polars")
    if isinstance(frame, nw.Series):
        frame = frame.alias(frame.name or "column_0").to_frame()
    if not frame.implementation.is_pandas_like():
        plain: pl.DataFrame = frame.to_polars()
        return plain
    names = [str(name) for name in frame.columns]
    return pl.DataFrame([_pandas(frame[:, i], names[i]) for i in range(len(names))])


def _pandas(column: nw.Series[Any], name: str) -> pl.Series:
    """One pandas column, without the pyarrow that polars' own conversion would need."""
    zone = column.dtype.time_zone if isinstance(column.dtype, nw.Datetime) else None
    if zone:
        utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        naive = _series(name, utc.to_numpy())
        return naive.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    if isinstance(column.dtype, nw.Datetime):
        return _series(name, column.to_numpy())
    missing = column.is_null().to_list()
    values = zip(column.to_list(), missing, strict=True)
    return _series(name, [None if absent else value for value, absent in values])


def _series(name: str, values: np.ndarray | list[object]) -> pl.Series:
    """A polars series of plain values; a column that mixes text with others becomes text."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        values = values.tolist()
    if isinstance(values, list) and any(isinstance(value, str) for value in values):
        values = [None if value is None else str(value) for value in values]
    return pl.Series(name, values, nan_to_null=True, strict=False)
