"""Tables handed back in the kind in which they came."""

import sys
from typing import Any

import polars as pl


def like(source: Any, table: pl.DataFrame) -> Any:
    """Returns a table as pandas or arrow if the source was one of them, else as it is.

    Args:
        source: What the caller gave.
        table: What goes back.

    Returns:
        The table.
    """
    pandas, arrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    if pandas is not None and isinstance(source, pandas.DataFrame):
        return pandas.DataFrame({column.name: column.to_list() for column in table})
    if arrow is not None and isinstance(source, arrow.Table):
        return table.to_arrow()
    return table
