"""Tables as text and as files, written whole or not at all."""

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lstmkit.errors import DataError, SettingsError

if TYPE_CHECKING:
    import polars as pl

_KINDS = (".csv", ".parquet", ".json")


def check_table_path(path: Path) -> None:
    """Refuses a file name of another kind before any work is done.

    Args:
        path: Where a table is to be written.

    Raises:
        SettingsError: The suffix is none that can be written.
    """
    if path.suffix.lower() not in _KINDS:
        raise SettingsError(
            f"--out: expected a name that ends in .csv, .parquet or .json, got {path.name!r}."
        )


def table_text(table: "pl.DataFrame", kind: Literal["csv", "json"]) -> str:
    """Writes a table as text.

    Args:
        table: Any table.
        kind: "csv" with a header, or "json" as a list of rows.

    Returns:
        The text.
    """
    return table.write_csv() if kind == "csv" else table.write_json()


def write_table(table: "pl.DataFrame", path: Path) -> None:
    """Writes a table to a file; a kill at any moment leaves the old file or the new.

    Args:
        table: Any table.
        path: A .csv, .parquet or .json file in a folder that exists.

    Raises:
        DataError: The file cannot be written.
    """
    content = _bytes(table, path.suffix.lower())
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise DataError(
            f"{path}: the table cannot be written: {error.strerror}. Choose a folder that exists, "
            "that you may write to and that has room."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _bytes(table: "pl.DataFrame", suffix: str) -> bytes:
    if suffix == ".parquet":
        buffer = BytesIO()
        table.write_parquet(buffer)
        return buffer.getvalue()
    return table_text(table, "csv" if suffix == ".csv" else "json").encode()
