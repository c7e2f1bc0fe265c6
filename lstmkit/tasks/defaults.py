"""Sizes of a forecaster, chosen by the size of its data."""

from collections.abc import Sequence
from dataclasses import dataclass

from lstmkit.data import Split

LEARNING_RATE = 2e-3
STEPS = 800
VALID_WINDOWS = 1000


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a forecaster takes where its settings leave it open.

    Attributes:
        lookback: Steps of the past.
        hidden_size: Units of a layer.
        batch_size: Windows of one training step.
        epochs: Passes over the training windows, at most.
        patience: Epochs without a better validation loss before training stops.
        valid_stride: Steps from one validation origin to the next.
    """

    lookback: int
    hidden_size: int
    batch_size: int
    epochs: int
    patience: int
    valid_stride: int


def defaults(
    horizon: int, seasons: Sequence[int], splits: Sequence[Split], *, lookback: int | None
) -> Defaults:
    """Chooses sizes by the data.

    A forecast looks back two short seasons and at least one horizon (a longer season is given by
    its last values), but never over more than a quarter of the training part. Units grow with
    the rows, and epochs shrink with them to about 800 steps in all.

    Args:
        horizon: Steps of a forecast.
        seasons: Lengths of the seasons found.
        splits: Where the parts of each series end.
        lookback: Steps of the past if they were set.

    Returns:
        The sizes.

    Example:
        >>> defaults(24, (24,), [Split(7000, 8000, 10000)], lookback=None).lookback
        48
    """
    shortest = min(split.train_end for split in splits)
    rows = sum(split.train_end for split in splits)
    wanted = max(2 * min(seasons, default=8), horizon, 16)
    seen = lookback or max(2, min(wanted, shortest // 4))
    windows = max(1, rows - len(splits) * (seen + horizon))
    batch_size = next((size for size in (16, 32, 64, 128) if windows < 100 * size), 256)
    steps_an_epoch = -(-windows // batch_size)
    valid = sum(max(0, split.valid_end - split.train_end - horizon + 1) for split in splits)
    return Defaults(
        lookback=seen,
        hidden_size=32 if rows < 2_000 else 64 if rows < 100_000 else 128,
        batch_size=batch_size,
        epochs=min(60, max(8, round(STEPS / steps_an_epoch))),
        patience=5,
        valid_stride=max(1, valid // VALID_WINDOWS),
    )
