"""What the columns hold: nothing at all, one value only, or gaps to be told of."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from lstmkit.data.columns import Columns
from lstmkit.data.place import Place
from lstmkit.data.rows import Rows
from lstmkit.errors import DataError


def check_values(
    values: np.ndarray, groups: Sequence[Rows], columns: Columns, place: Place, *, learning: bool
) -> None:
    """Refuses columns without a value, and targets from which nothing can be learnt.

    Args:
        values: The numeric columns of the table (rows, channels), NaN where missing.
        groups: The rows of each series.
        columns: Which column plays which part.
        learning: Whether the target must vary and covariates must have values.
        place: What the table is called and how its rows are counted.

    Raises:
        DataError: A column without a value, a target without a value in one series, or a target
            that never changes in any series.
    """
    known = ~np.isnan(values)
    for part, name, column in zip(columns.numeric_parts, columns.numeric, known.T, strict=True):
        if (learning or part == "target") and not column.any():
            raise DataError(
                f"{place.name}: expected values in {part} column {name!r}, got none in "
                f"{len(column):,} rows. Fill it in, or leave the column out."
            )
    for channel, name in enumerate(columns.target):
        for rows in groups:
            if not known[rows.index, channel].any():
                raise DataError(
                    f"{place.name}: expected values in target column {name!r}{rows.of}, got none "
                    f"in its {len(rows.index):,} rows from {place.row(int(rows.index[0]))} on. "
                    "Fill them in, or leave the series out."
                )
        constant = [_constant(values[rows.index, channel]) for rows in groups]
        if learning and len(values) > len(groups) and all(constant):
            value = values[known[:, channel], channel][0]
            raise DataError(
                f"{place.name}: expected a target column {name!r} that varies, got {value:g} in "
                f"every row{groups[0].of}. There is nothing to learn; name another column."
            )


def content_notices(
    values: np.ndarray, groups: Sequence[Rows], steps: Sequence[np.ndarray], columns: Columns
) -> list[str]:
    """Tells what is missing and what was done about it.

    Args:
        values: The numeric columns of the table (rows, channels), NaN where missing.
        groups: The rows of each series.
        steps: For each series the steps from its first row, int64 (rows,).
        columns: Which column plays which part.

    Returns:
        Sentences.
    """
    notices = []
    total = f"{len(values):,}"
    for name, number in zip(columns.numeric, np.isnan(values).sum(axis=0).tolist(), strict=True):
        if number:
            verb = "is" if number == 1 else "are"
            notices.append(f"Column {name!r}: {number:,} of {total} values {verb} missing.")
    rows = sum(int(one[-1]) + 1 - len(one) for one in steps)
    gaps = sum(int((np.diff(one) > 1).sum()) for one in steps)
    if rows:
        number_of_gaps = "1 gap was" if gaps == 1 else f"{gaps:,} gaps were"
        filling = "1 row" if rows == 1 else f"{rows:,} rows"
        notices.append(
            f"Column {columns.time!r}: {number_of_gaps} filled with {filling} of missing values."
        )
    for channel, name in enumerate(columns.target):
        number = sum(_constant(values[one.index, channel]) for one in groups)
        if number:
            notices.append(
                f"Column {name!r}: the target never changes in {number:,} of {len(groups):,} "
                "series."
            )
    return notices


def category_notices(table: pl.DataFrame, columns: Columns) -> list[str]:
    """Tells of columns of a whole series that words among numbers made categories.

    Args:
        table: The table.
        columns: Which column plays which part, as they were named.

    Returns:
        Sentences.
    """
    notices = []
    for name in columns.static:
        words = table[name].drop_nulls()
        if words.dtype != pl.String or not len(words):
            continue
        others = words.filter(words.str.strip_chars().cast(pl.Float64, strict=False).is_null())
        if 0 < len(others) < len(words) / 2:
            notices.append(
                f"Column {name!r}: text ({others[0]!r}) in {len(others):,} of {len(words):,} rows, "
                "so all of its numbers are taken as categories."
            )
    return notices


def _constant(values: np.ndarray) -> bool:
    return not np.nanmin(values) < np.nanmax(values)
