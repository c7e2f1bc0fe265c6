"""Sizes of a detector, chosen by how much there is to learn from."""

from lstmkit.tasks.sequence.defaults import SequenceDefaults

STEPS = 1000


def detect_defaults(windows: int, batch_size: int | None) -> SequenceDefaults:
    """Chooses sizes by the number of training windows.

    About 1,000 steps of training in all, in at least 5 and at most 300 epochs; training stops
    when the held-out steps are no better forecast for a fifth of that.

    Args:
        windows: Windows to learn from.
        batch_size: Windows of a step if they were set.

    Returns:
        The sizes.

    Example:
        >>> detect_defaults(40, None).epochs
        300
    """
    size = batch_size or (16 if windows < 500 else 32)
    epochs = min(300, max(5, round(STEPS / -(-windows // size))))
    return SequenceDefaults(
        hidden_size=32, batch_size=size, epochs=epochs, patience=max(5, epochs // 5), patch=1
    )
