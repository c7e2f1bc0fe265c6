"""Which of many sequences a page shows, and what is drawn of it along the axis of time."""

import numpy as np

from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError, nearest

# so many channels are drawn along the axis
DRAWN = 6


def place_of(show: str, given: Sequences, what: str) -> int:
    """Finds the sequence to show.

    Args:
        show: Its name.
        given: The sequences.
        what: What one of them is called in messages.

    Returns:
        Its place.

    Raises:
        DataError: None has that name.
    """
    names = given.names
    if show not in names:
        raise DataError(
            f"inspect: expected the name of a {what}, got {show!r}.{nearest(show, names)} The "
            f"first are {', '.join(map(repr, names[:3]))}."
        )
    return names.index(show)


def drawn(given: Sequences, place: int, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Picks the first channels of a sequence at some of its steps.

    Args:
        given: The sequences.
        place: Which of them.
        rows: Steps.

    Returns:
        For each channel's name its values (rows,).
    """
    values = given.values[place][rows]
    return {name: values[:, at] for at, name in enumerate(given.channels[:DRAWN])}
