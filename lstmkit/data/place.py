"""Where in somebody's data an error sits, in words."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """What a table is called in messages, and how its rows are counted.

    Attributes:
        name: Name of the file, or a word for a table in memory.
        counting: Words that follow a row number.
    """

    name: str
    counting: str = " (counted from 1)"

    @classmethod
    def of(cls, source: object, what: str = "data") -> "Place":
        """Names a source: the file's name for a path, `what` for a table in memory.

        Args:
            source: What `read_table` takes.
            what: A word for tables in memory.

        Example:
            >>> Place.of("logs/sales.csv").row(4)
            'row 5 of the file (header not counted)'
        """
        if not isinstance(source, str | Path):
            return cls(what)
        path = Path(source)
        header = "" if path.suffix.lower() == ".parquet" else " (header not counted)"
        return cls(path.name, f" of the file{header}")

    def row(self, index: int) -> str:
        """Names a row.

        Args:
            index: Row number from 0.

        Returns:
            Words with the number from 1, as a person counts data rows.
        """
        return f"row {index + 1}{self.counting}"
