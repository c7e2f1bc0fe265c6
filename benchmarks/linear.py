"""The linear forecast: one least-squares map from a shifted past to all steps, for all targets."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

LOOKBACKS = (336, 720)
PENALTIES = (1.0, 100.0, 10_000.0)
ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Linear:
    """A map of the past, shifted by its last value, to what comes after, shifted alike.

    The design of NLinear (Zeng et al. 2023), with its optimum in closed form instead of by
    gradient steps: all targets share one map, found by ridge regression over all windows.

    Attributes:
        weights: The map (lookback + 1, horizon), the bias last.
        penalty: What was added to the diagonal.
    """

    weights: np.ndarray
    penalty: float

    @property
    def lookback(self) -> int:
        """Rows that a forecast sees."""
        return len(self.weights) - 1

    def forecast(self, values: np.ndarray, origins: np.ndarray) -> np.ndarray:
        """Forecasts from given origins.

        Args:
            values: Rows by targets (T, K).
            origins: Rows of the last known values (N,).

        Returns:
            Forecasts (N, horizon, K).
        """
        parts = []
        for some in np.array_split(origins, -(-len(origins) * values.shape[1] // ROWS_AT_ONCE)):
            past, level = _past(values, some, self.lookback)
            parts.append((past @ self.weights).transpose(0, 2, 1) + level)
        return np.concatenate(parts)


def fitted(values: np.ndarray, train: np.ndarray, valid: np.ndarray, horizon: int) -> Linear:
    """Fits a map for each look-back and penalty and keeps the best on the validation origins.

    Args:
        values: Rows by targets (T, K), scaled.
        train: Origins to learn from; those with too short a past are left out.
        valid: Origins to choose by.
        horizon: Steps of a forecast.

    Returns:
        The map with the lowest squared error on the validation origins.
    """
    tried = []
    for lookback in LOOKBACKS:
        squares, products = _moments(values, train[train >= lookback - 1], lookback, horizon)
        for penalty in PENALTIES:
            ridge = penalty * np.eye(lookback + 1)
            ridge[-1, -1] = 0
            tried.append(Linear(np.linalg.solve(squares + ridge, products), penalty))
    truth = _ahead(values, valid, horizon)
    return min(tried, key=lambda one: float(((one.forecast(values, valid) - truth) ** 2).mean()))


def _moments(
    values: np.ndarray, origins: np.ndarray, lookback: int, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    squares = np.zeros((lookback + 1, lookback + 1))
    products = np.zeros((lookback + 1, horizon))
    pieces = np.array_split(origins, -(-len(origins) // 1024))
    for some, target in product(pieces, range(values.shape[1])):
        one = values[:, target : target + 1]
        past, level = _past(one, some, lookback)
        x, y = past[:, 0], _ahead(one, some, horizon)[..., 0] - level[:, 0]
        squares += x.T @ x
        products += x.T @ y
    return squares, products


def _past(values: np.ndarray, origins: np.ndarray, lookback: int) -> tuple[np.ndarray, np.ndarray]:
    """Shifted pasts with a one behind (N, K, lookback + 1), and the last values (N, 1, K)."""
    level = values[origins][:, None]
    past = sliding_window_view(values, lookback, axis=0)[origins - lookback + 1]
    shifted = past - level.transpose(0, 2, 1)
    return np.concatenate([shifted, np.ones((*shifted.shape[:2], 1))], -1), level


def _ahead(values: np.ndarray, origins: np.ndarray, horizon: int) -> np.ndarray:
    """What comes after each origin (N, horizon, K)."""
    return sliding_window_view(values, horizon, axis=0)[origins + 1].transpose(0, 2, 1)
