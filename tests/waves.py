"""Small sequences of two kinds, in the forms in which a task takes them."""

from typing import Any

import numpy as np
import polars as pl

SMALL: dict[str, Any] = {"hidden_size": 4, "epochs": 2, "device": "cpu"}


def waves(number: int = 24, seed: int = 0, missing: float = 0.0) -> tuple[list[np.ndarray], Any]:
    """Slow and fast waves of 3 to 14 steps and two channels, with their labels."""
    rng = np.random.default_rng(seed)
    sequences, labels = [], []
    for index in range(number):
        steps = int(rng.integers(3, 15))
        fast = index % 2
        phase = np.arange(steps) * (1.5 if fast else 0.4) + rng.uniform(0, 6)
        values = np.stack([np.sin(phase), rng.normal(size=steps)], axis=1)
        gaps = rng.random(values.shape) < missing
        # no sequence ends in a step without any value, which would look like padding
        gaps[-1] = False
        values[gaps] = np.nan
        sequences.append(values)
        labels.append("fast" if fast else "slow")
    return sequences, np.array(labels)


def padded(sequences: list[np.ndarray]) -> np.ndarray:
    """One array (sequence, time, channel), NaN after the end of each."""
    longest = max(map(len, sequences))
    array = np.full((len(sequences), longest, sequences[0].shape[1]), np.nan)
    for row, one in zip(array, sequences, strict=True):
        row[: len(one)] = one
    return array


def long_table(sequences: list[np.ndarray], labels: Any) -> pl.DataFrame:
    """One row a step, with columns id, step, a, b, kind."""
    parts = [
        pl.DataFrame({"a": one[:, 0], "b": one[:, 1]})
        .fill_nan(None)
        .with_columns(id=pl.lit(f"s{index}"), step=pl.int_range(pl.len()), kind=pl.lit(str(label)))
        for index, (one, label) in enumerate(zip(sequences, labels, strict=True))
    ]
    return pl.concat(parts)
