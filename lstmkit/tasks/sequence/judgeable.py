"""What a task must be given to be judged, asked before it learns."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from jaxtyping import Bool

from lstmkit.errors import DataError


@contextmanager
def about_test() -> Iterator[None]:
    """Says of an error that it is about the sequences to judge by.

    Raises:
        DataError: What was raised, with these words before it.
    """
    try:
        yield
    except DataError as error:
        raise DataError(f"test: {error}") from error


def require_known(
    known: Bool[np.ndarray, " rows"], who: str, *, what: str = "labels", at: str = "step"
) -> None:
    """Refuses to judge where no truth is known.

    Args:
        known: Where it is.
        who: Who asks, for the error.
        what: What should be known.
        at: Of what it would be known.

    Raises:
        DataError: It is known nowhere.
    """
    if not known.any():
        raise DataError(f"{who}: expected {what} to judge by, got none at any {at}. Give some.")
