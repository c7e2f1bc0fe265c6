"""Sequences of one kind: the same channels, static numbers, and times or none."""

from collections.abc import Sequence

from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError


def require_alike(
    sequences: Sequences, channels: Sequence[str], *, timed: bool, numbers: int
) -> None:
    """Refuses sequences of another kind than those learnt from.

    Args:
        sequences: Any sequences.
        channels: Names of the channels learnt from.
        timed: Whether the steps learnt from have times.
        numbers: Static numbers of each sequence learnt from.

    Raises:
        DataError: Another number of channels or of static numbers, or times on one side only.
    """
    wide, learnt = len(sequences.channels), len(channels)
    if wide != learnt:
        raise DataError(
            f"data: expected {learnt} channels as in the data learnt from, got {wide}. Give "
            f"{', '.join(channels)}."
        )
    if (sequences.times is not None) != timed:
        have, had = ("times", "none") if sequences.times is not None else ("none", "times")
        raise DataError(
            f"data: the data learnt from had {had} of steps, these sequences have {have}. Give "
            "them alike."
        )
    given = sequences.static.shape[1]
    if given != numbers:
        raise DataError(
            f"static: expected {numbers} numbers for each sequence as in the data learnt from, "
            f"got {given}. Give them with static=...."
        )
