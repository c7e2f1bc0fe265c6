"""Parquet files as one table that is never in memory as a whole."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import polars as pl

from lstmkit.errors import DataError, MissingExtraError, nearest

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

SUFFIX = ".parquet"
Value = TypeVar("Value")


class ParquetTable:
    """The rows of Parquet files, read by row groups when they are asked for.

    Only the sizes of the row groups are kept. Memory is bounded by the row groups that are read
    together, so write them not larger than some 100,000 rows (`row_group_size=` in pyarrow, polars
    and pandas).

    Args:
        path: A file, or a folder whose files that end in .parquet are taken in the order of their
            names.

    Attributes:
        name: What messages call it.
        files: Where its rows are, in their order.
        columns: Names of its columns.
        starts: First row of each row group, and the number of rows at the end, int64 (G + 1,).

    Raises:
        DataError: No such file, none in the folder, one that is no Parquet file, files of other
            columns, or no rows.
        MissingExtraError: pyarrow is not installed.
    """

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        self.name, self.files = path.name, _files(path)
        sizes: list[int] = []
        self._groups: list[tuple[Path, int]] = []
        self.columns: tuple[str, ...] = ()
        for file in self.files:
            with _opened(file) as opened:
                columns = tuple(opened.schema_arrow.names)
                metadata = opened.metadata
                for group in range(metadata.num_row_groups):
                    sizes.append(metadata.row_group(group).num_rows)
                    self._groups.append((file, group))
            self.columns = self.columns or columns
            if columns != self.columns:
                raise DataError(
                    f"{self.name}: expected the columns {', '.join(self.columns)} in each file as "
                    f"in the first, got {', '.join(columns)} in {file.name}. Write all files alike."
                )
        self.starts = np.cumsum([0, *sizes])
        if not len(self):
            raise DataError(f"{self.name}: expected rows of data, got none. Is it the right table?")

    def __len__(self) -> int:
        """Number of rows."""
        return int(self.starts[-1])

    def require(self, part: str, name: str) -> None:
        """Refuses to go on without a column.

        Args:
            part: The part that it plays, for the message.
            name: Its name.

        Raises:
            DataError: It is absent; the message lists near names and what there is.
        """
        if name not in self.columns:
            raise DataError(
                f"{self.name}: expected {part} column {name!r}, got the columns "
                f"{', '.join(map(repr, self.columns[:20]))}.{nearest(name, self.columns)} Name a "
                "column that is there."
            )

    def read(self, first: int, last: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Reads rows, by the row groups that hold them.

        Args:
            first: The first row.
            last: The first row that is not read.
            columns: Which columns; None for all.

        Returns:
            The rows.

        Raises:
            DataError: A damaged file.
        """
        groups = range(
            int(np.searchsorted(self.starts, first, "right")) - 1,
            int(np.searchsorted(self.starts, last, "left")),
        )
        parts = [
            self._group(group, columns)[
                max(0, first - int(self.starts[group])) : last - int(self.starts[group])
            ]
            for group in groups
        ]
        return pl.concat(parts)

    def whole(
        self, key: str, columns: Sequence[str] | None = None
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        """Reads everything once, in pieces that end where the value of a column changes.

        Args:
            key: A column whose equal values stand together.
            columns: Which columns; None for all.

        Yields:
            The first row of a piece, and its rows: about a row group.
        """
        first, held = 0, None
        for start, end in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            rows = self.read(start, end, columns)
            rows = rows if held is None else pl.concat([held, rows])
            cut = rows.height if end == len(self) else _last_change(rows[key])
            rows, held = rows[:cut], rows[cut:]
            if rows.height:
                yield first, rows
            first += cut

    def _group(self, number: int, columns: Sequence[str] | None) -> pl.DataFrame:
        path, group = self._groups[number]
        with _opened(path) as file:
            found = pl.from_arrow(file.read_row_group(group, columns=columns, use_threads=False))
        assert isinstance(found, pl.DataFrame)
        return found


class Kept(Generic[Value]):
    """The last values that a function of a whole number gave; the oldest are forgotten.

    Args:
        make: The function.
        most: How many values are kept.
    """

    def __init__(self, make: Callable[[int], Value], most: int) -> None:
        self._make, self._most = make, most
        self._values: OrderedDict[int, Value] = OrderedDict()

    def __call__(self, number: int) -> Value:
        """The value for a number."""
        if number not in self._values:
            # room first: never one more than asked for
            while len(self._values) >= self._most:
                self._values.popitem(last=False)
            self._values[number] = self._make(number)
        self._values.move_to_end(number)
        return self._values[number]


def _last_change(names: pl.Series) -> int:
    """The row at which the last value begins; 0 where there is only one."""
    changes = names.ne_missing(names.shift(1)).arg_true()
    return int(changes[-1]) if len(changes) else 0


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise DataError(f"{path}: no such file. Check the path, which starts from {Path.cwd()}.")
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if one.suffix.lower() == SUFFIX)
    if not found:
        raise DataError(f"{path}: expected {SUFFIX} files in this folder, got none.")
    return found


def _opened(path: Path) -> "ParquetFile":
    try:
        import pyarrow as arrow
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise MissingExtraError(
            "open_parquet: reading piece by piece needs pyarrow, which is not installed. Install "
            "it with: pip install 'lstmkit[parquet]'"
        ) from error
    try:
        opened: Any = ParquetFile(path)
    except (OSError, arrow.ArrowException) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path}: expected a Parquet file, got one that cannot be read ({reason}). Is it "
            "complete?"
        ) from error
    return opened


def open_parquet(path: str | Path) -> ParquetTable:
    """Opens a Parquet file, or a folder of them, to be read piece by piece while learning.

    Args:
        path: The file or the folder.

    Returns:
        What `fit` takes as data in place of a table that fits into memory. Rows of a sequence or
        series stand together, in the order of time.

    Raises:
        DataError: What cannot be read.
        MissingExtraError: pyarrow is not installed.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> table = pl.DataFrame({"id": ["a", "a", "b"], "x": [1.0, 2.0, 3.0]})
        >>> table.write_parquet(folder / "0.parquet", row_group_size=2)
        >>> len(open_parquet(folder))
        3
    """
    return ParquetTable(path)


def stored_table(source: object) -> ParquetTable | None:
    """The table that somebody's data is if it is to be read piece by piece; None if not.

    Args:
        source: Anything; a folder, and what `open_parquet` returned, are such tables.
    """
    if isinstance(source, str | Path) and Path(source).is_dir():
        return ParquetTable(source)
    return source if isinstance(source, ParquetTable) else None
