"""Sizes of a forecaster, chosen by its preset and by the size of its data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from lstmkit.data import Split

Preset = Literal["steps", "segments"]

# by segments every target of a window is a row of its own, and half the steps suffice
STEPS: dict[Preset, int] = {"steps": 800, "segments": 400}
FEWEST_EPOCHS: dict[Preset, int] = {"steps": 8, "segments": 6}
VALID_WINDOWS = 1000
# a segment has at most two days of hours, and a look-back fifteen segments (Lin et al. 2023)
SEGMENT, SEGMENTS = 48, 15


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
    is given by its last values); by segments, fifteen segments, each a whole number of the shortest
    season where it holds one. No look-back covers more than a quarter of the training part. Units
    grow with the rows, and epochs shrink with them to about 800 steps in all, 400 by segments.

    Args:
        horizon: Steps of a forecast.
        seasons: Lengths of the seasons found.
        splits: Where the parts of each series end.
        lookback: Steps of the past if they were set.
        preset: How the network reads and gives: step by step, or segment by segment.

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
    segment = _segment(horizon, seasons) if preset == "segments" else 1
    usual = max(2 * min(seasons, default=8), horizon, 16)
    wanted = SEGMENTS * segment if preset == "segments" else usual
    seen = lookback or max(2, min(wanted, shortest // 4))
    windows = max(1, rows - len(splits) * (seen + horizon))
    batch_size = next((size for size in (16, 32, 64, 128) if windows < 100 * size), 256)
    steps_an_epoch = -(-windows // batch_size)
    valid = sum(max(0, split.valid_end - split.train_end - horizon + 1) for split in splits)
    by_segments = preset == "segments"
    return Defaults(
        lookback=seen,
        segment=min(segment, seen),
        hidden_size=32 if rows < 2_000 else 64 if rows < 100_000 else 128,
        dropout=0.2 if by_segments else 0.1,
        batch_size=batch_size,
        epochs=min(60, max(FEWEST_EPOCHS[preset], round(STEPS[preset] / steps_an_epoch))),
        learning_rate=3e-3 if by_segments else 2e-3,
        patience=5,
        valid_stride=max(1, valid // VALID_WINDOWS),
    )


def _segment(horizon: int, seasons: Sequence[int]) -> int:
    longest, season = min(SEGMENT, horizon), min(seasons, default=1)
    return longest - longest % season if season <= longest else longest
