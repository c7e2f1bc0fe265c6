"""Sizes of a sequence task, chosen by the size of its data."""

from dataclasses import dataclass

import numpy as np

LEARNING_RATE = 2e-3
STEPS, LONGEST = 1500, 128


@dataclass(frozen=True, kw_only=True)
class SequenceDefaults:
    """What a sequence task takes where its settings leave it open.

    Attributes:
        hidden_size: Units of a layer and direction.
        batch_size: Sequences of one training step.
        epochs: Passes over the sequences, at most.
        patience: Epochs without a better validation loss before training stops.
        patch: Steps that are read as one.
    """

    hidden_size: int
    batch_size: int
    epochs: int
    patience: int | None
    patch: int


def sequence_defaults(
    lengths: np.ndarray, *, batch_size: int | None, online: bool, held_out: bool
) -> SequenceDefaults:
    """Chooses sizes by the training sequences.

    Batches grow with the number of sequences, and epochs shrink with it to about 1,500 steps of
    training in all, at least 10 and at most 200 epochs. Where most sequences are longer than 128
    steps, several are read as one.

    Args:
        lengths: Steps of each sequence.
        batch_size: Sequences of a step if they were set.
        online: Whether every step needs its own outputs, which leaves no room for patches.
        held_out: Whether there are sequences to stop by.

    Returns:
        The sizes.

    Example:
        >>> sequence_defaults(np.full(60, 500), batch_size=None, online=False, held_out=False)
        SequenceDefaults(hidden_size=64, batch_size=16, epochs=200, patience=None, patch=4)
    """
    number = len(lengths)
    size = batch_size or (16 if number < 500 else 32 if number < 5000 else 64)
    steps_an_epoch = -(-number // size)
    epochs = min(200, max(10, round(STEPS / steps_an_epoch)))
    return SequenceDefaults(
        hidden_size=64,
        batch_size=size,
        epochs=epochs,
        patience=max(5, epochs // 4) if held_out else None,
        patch=1 if online else max(1, -(-int(np.median(lengths)) // LONGEST)),
    )
