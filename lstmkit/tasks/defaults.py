"""Sizes of a forecaster, chosen by its preset and by the size of its data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from lstmkit.data import Split

Preset = Literal["steps", "segments", "smoothing", "counts"]

# by segments every target of a window is a row of its own, and half the steps suffice
STEPS: dict[Preset, int] = {"steps": 800, "segments": 400, "smoothing": 800, "counts": 800}
FEWEST_EPOCHS: dict[Preset, int] = {"steps": 8, "segments": 6, "smoothing": 4, "counts": 8}
DROPOUT: dict[Preset, float] = {"steps": 0.1, "segments": 0.2, "smoothing": 0.1, "counts": 0.1}
LEARNING_RATE: dict[Preset, float] = {
    "steps": 2e-3,
    "segments": 3e-3,
    "smoothing": 3e-3,
    "counts": 5e-3,
}
VALID_WINDOWS = 1000
# a segment has at most two days of hours, and a look-back fifteen segments (Lin et al. 2023)
SEGMENT, SEGMENTS = 48, 15
# smoothing looks back three long seasons; thousands of series have more windows than it takes
CYCLES, SMOOTHED_WINDOWS = 3, 50_000


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a forecaster takes where its settings leave it open.

    Attributes:
        lookback: Steps of the past.
        segment: Steps that the network takes at once.
        hidden_size: Units of a layer.
        dropout: Dropout before the output, and between layers.
        batch_size: Windows of one training step.
        epochs: Passes over the training windows, at most.
        learning_rate: Peak of the schedule.
        patience: Epochs without a better validation loss before training stops.
        valid_stride: Steps from one validation origin to the next.
        train_stride: Steps from one training origin to the next.
        seasons: Lengths of the seasons that are smoothed.
    """

    lookback: int
    segment: int
    hidden_size: int
    dropout: float
    batch_size: int
    epochs: int
    learning_rate: float
    patience: int
    valid_stride: int
    train_stride: int = 1
    seasons: tuple[int, ...] = ()

    def overruled(self, settings: Mapping[str, Any]) -> Self:
        """Puts the settings that somebody gave over these.

        Args:
            settings: Settings of a forecaster by name; those that are None stay open.

        Returns:
            The sizes that take effect.
        """
        names = ("hidden_size", "dropout", "batch_size", "epochs", "learning_rate")
        given = {name: settings[name] for name in names if settings[name] is not None}
        return replace(self, **given)


def defaults(
    horizon: int,
    seasons: Sequence[int],
    splits: Sequence[Split],
    *,
    lookback: int | None,
    preset: Preset = "steps",
) -> Defaults:
    """Chooses sizes by the data.

    Step by step, a forecast looks back two short seasons and at least one horizon (a longer season
    is given by its last values), for counts at least 64 steps, since what is seldom must be waited
    for; by segments, fifteen segments, each a whole number of the shortest season where it holds
    one. No such look-back covers more than a quarter of the training part. Smoothing looks back
    three of the longest season, or four horizons, up to three quarters of the shortest training
    part. Units grow with the rows, by segments sooner, and epochs shrink with them to about 800
    steps in all, 400 by segments.

    Args:
        horizon: Steps of a forecast.
        seasons: Lengths of the seasons found.
        splits: Where the parts of each series end.
        lookback: Steps of the past if they were set.
        preset: How the network reads and gives.

    Returns:
        The sizes.

    Example:
        >>> split = Split(7000, 8000, 10000)
        >>> defaults(24, (24,), [split], lookback=None).lookback
        48
        >>> defaults(24, (24,), [split], lookback=None, preset="segments").lookback
        360
    """
    shortest = min(split.train_end for split in splits)
    rows = sum(split.train_end for split in splits)
    wanted, segment = _spans(horizon, seasons, shortest, preset)
    seen = lookback or max(2, wanted)
    # counts are learnt from the first row of a series on
    past = 1 if preset == "counts" else seen
    windows = max(1, rows - len(splits) * (past + horizon))
    smoothing = preset == "smoothing"
    stride = -(-windows // SMOOTHED_WINDOWS) if smoothing else 1
    windows = -(-windows // stride)
    batch_size = next((size for size in (16, 32, 64, 128) if windows < 100 * size), 256)
    steps_an_epoch = -(-windows // batch_size)
    valid = sum(max(0, split.valid_end - split.train_end - horizon + 1) for split in splits)
    most = 64 if smoothing else 128
    usual = 128 if preset == "segments" else 64
    return Defaults(
        lookback=seen,
        segment=min(segment, seen),
        hidden_size=32 if rows < 2_000 else usual if rows < 100_000 else most,
        dropout=DROPOUT[preset],
        batch_size=batch_size,
        epochs=min(60, max(FEWEST_EPOCHS[preset], round(STEPS[preset] / steps_an_epoch))),
        learning_rate=LEARNING_RATE[preset],
        patience=5,
        valid_stride=max(1, valid // VALID_WINDOWS),
        train_stride=stride,
        seasons=tuple(season for season in seasons if 2 * season <= seen) if smoothing else (),
    )


def _spans(horizon: int, seasons: Sequence[int], shortest: int, preset: Preset) -> tuple[int, int]:
    """The look-back that a preset wants of series so long, and the rows of a segment."""
    season = min(seasons, default=1)
    if preset == "smoothing":
        seen = min(CYCLES * max(seasons) if seasons else 4 * horizon, 3 * shortest // 4)
        segment = season if season <= seen else 1
        return seen - seen % segment, segment
    if preset == "segments":
        segment = _segment(horizon, seasons)
        return min(SEGMENTS * segment, shortest // 4), segment
    wanted = max(2 * min(seasons, default=8), horizon, 64 if preset == "counts" else 16)
    return min(wanted, shortest // 4), 1


def _segment(horizon: int, seasons: Sequence[int]) -> int:
    longest, season = min(SEGMENT, horizon), min(seasons, default=1)
    return longest - longest % season if season <= longest else longest
