"""Columns of numbers: what counts as one, and what is refused."""

import numpy as np
import polars as pl

from lstmkit.data.place import Place
from lstmkit.errors import DataError


def read_numbers(column: pl.Series, part: str, place: Place) -> np.ndarray:
    """Reads a column as numbers.

    Args:
        column: Numbers, booleans (0 and 1), or text that is numbers throughout.
        part: The part that the column plays, for messages.
        place: What the table is called and how its rows are counted.

    Returns:
        Values (rows,), float64, NaN where missing.

    Raises:
        DataError: Something that is no number, or an infinity; the message names the first row.
    """
    who = f"{place.name}: expected numbers in {part} column {column.name!r}"
    text = column.dtype in (pl.String, pl.Categorical) or isinstance(column.dtype, pl.Enum)
    plain = column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)
    if not (text or plain):
        raise DataError(f"{who}, got {_kind(column)}. Convert it, or name another column.")
    words = column.cast(pl.String).str.strip_chars() if text else None
    numbers = (column if words is None else words).cast(pl.Float64, strict=False)
    if words is not None:
        wrong = (numbers.is_null() & words.is_not_null()).arg_true()
        if len(wrong):
            value = words[wrong[0]]
            comma = value.count(",") == 1 and value.replace(",", "").lstrip("+-").isdigit()
            hint = "Write decimals with a point" if comma else "Leave the field empty if missing"
            raise DataError(
                f"{who}, got {value!r} in {place.row(wrong[0])}. {hint}, or name another column."
            )
    values = numbers.fill_null(np.nan).to_numpy(writable=True)
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        first = int(infinite[0])
        raise DataError(
            f"{place.name}: expected finite numbers in {part} column {column.name!r}, got "
            f"{values[first]} in {place.row(first)}{_others(len(infinite) - 1)}. "
            "Leave it empty if missing, or limit it."
        )
    return values


def _kind(column: pl.Series) -> str:
    if column.dtype.is_temporal():
        return "dates or times"
    return f"values of type {column.dtype}"


def _others(number: int) -> str:
    return f" and in {number} more" if number else ""
