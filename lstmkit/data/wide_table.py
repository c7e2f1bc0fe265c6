"""Sequences out of a wide table: one row a sequence, one column a step."""

from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float
from narwhals.dependencies import is_into_dataframe

from lstmkit.data.table import read_table
from lstmkit.errors import DataError


def is_dataframe(source: object) -> bool:
    """Whether something is a dataframe in memory, of any library that narwhals knows."""
    return bool(is_into_dataframe(source))


def read_wide_table(source: Any, what: str = "data") -> Float[np.ndarray, "sequences steps"]:
    """Reads sequences of one channel from a wide table.

    Args:
        source: A dataframe with a row for each sequence and a column for each step, in order; an
            index of pandas is no step.
        what: What the table is called in messages.

    Returns:
        Values, NaN where missing.

    Raises:
        DataError: A column that holds no numbers, no rows.

    Example:
        >>> import polars as pl
        >>> read_wide_table(pl.DataFrame({"first": [1, 2], "second": [3.5, None]})).tolist()
        [[1.0, 3.5], [2.0, nan]]
    """
    table = read_table(source.reset_index(drop=True) if hasattr(source, "index") else source, what)
    for name, kind in table.schema.items():
        if not (kind.is_numeric() or kind in (pl.Boolean, pl.Null)):
            raise DataError(
                f"{what}: expected a row for each sequence and numbers in every column, got {kind} "
                f"in column {name!r}. For a long table name its columns: series=..., target=...."
            )
    values: np.ndarray = table.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return values
