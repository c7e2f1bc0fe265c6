"""Clean rhythms of two channels, and the same with something wrong in them."""

from typing import Any

import numpy as np

QUICK: dict[str, Any] = {"hidden_size": 8, "epochs": 8, "device": "cpu"}
LEARNT: dict[str, Any] = {**QUICK, "epochs": 30}


def rhythm(steps: int, seed: int = 0) -> np.ndarray:
    """Two waves with some noise, (steps, 2)."""
    rng = np.random.default_rng(seed)
    time = np.arange(steps) + rng.uniform(0, 60)
    waves = np.stack([np.sin(time / 4), 5 * np.cos(time / 7)], axis=1)
    return waves + rng.normal(size=waves.shape) * [0.05, 0.25]


def broken(steps: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A rhythm with a spike in the second channel and a stretch in which the first one shakes.

    Returns:
        The series, and 1 where it is anomalous (steps,).
    """
    values, anomalous = rhythm(steps, seed), np.zeros(steps, np.int64)
    spike, shaking = steps // 4, slice(steps // 2, steps // 2 + 12)
    values[spike, 1] += 6.0
    values[shaking, 0] = 1.2 * (-1.0) ** np.arange(12)
    anomalous[spike], anomalous[shaking] = 1, 1
    return values, anomalous
