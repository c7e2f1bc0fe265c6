"""Rows of standard input, whatever reads them."""

from collections.abc import Iterator
from itertools import chain
from typing import TypeVar

from lstmkit.errors import DataError

Fed = TypeVar("Fed")


def numbered(rows: Iterator[list[str]], fields: int) -> Iterator[tuple[int, list[str]]]:
    """Counts the rows below the header from 1; empty lines are left out.

    Args:
        rows: Rows as fields.
        fields: Fields of the header.

    Yields:
        Number and fields of a row.

    Raises:
        DataError: More or fewer fields than the header has.
    """
    for number, row in enumerate(rows, 1):
        if not row:
            continue
        if len(row) != fields:
            raise DataError(
                f"standard input: expected {fields} fields as in the header, got {len(row)} in "
                f"row {number}. Give every column, empty where missing."
            )
        yield number, row


def at_least_one(fed: Iterator[Fed]) -> tuple[Fed, Iterator[Fed]]:
    """Looks at the first of what comes in.

    Args:
        fed: What comes in.

    Returns:
        The first, and all of them.

    Raises:
        DataError: Nothing came.
    """
    first = next(fed, None)
    if first is None:
        raise DataError(
            "standard input: expected rows below the header, got none. Pipe a CSV into it."
        )
    return first, chain([first], fed)
