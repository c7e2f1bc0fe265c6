"""Scaling by mean and standard deviation, fitted on the training part alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Scaler:
    """Scales channels to mean 0 and standard deviation 1, per series or for all series alike.

    Attributes:
        mean: Means (S, C), or (1, C) where all series share them, float64.
        std: Standard deviations of the same shape; 1 where a channel does not vary.
    """

    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def fit(cls, arrays: Sequence[np.ndarray], *, shared: bool = False) -> "Scaler":
        """Learns means and standard deviations; missing values do not count.

        Args:
            arrays: For each series the values of its training part (T, C), NaN where missing.
            shared: Whether all series share one scale: keeps their levels apart, where series of
                unlike size would drown each other.

        Returns:
            The scaler; a channel without values has mean 0 and standard deviation 1.

        Example:
            >>> Scaler.fit([np.array([[1.0], [3.0]])]).scale(np.array([[5.0]]))
            array([[3.]])
        """
        groups = [np.concatenate(arrays)] if shared else arrays
        moments = [_moments(values) for values in groups]
        return cls(np.stack([mean for mean, _ in moments]), np.stack([std for _, std in moments]))

    def scale(self, values: np.ndarray, series: int | np.ndarray = 0) -> np.ndarray:
        """Brings values to the scale.

        Args:
            values: (..., C), or (B, ..., C) with one series for each of B.
            series: Which series: a number, or int64 (B,). Ignored where the scale is shared.

        Returns:
            (values - mean) / std, of the same shape.
        """
        mean, std = self._for(values, series)
        scaled: np.ndarray = (values - mean) / std
        return scaled

    def unscale(self, values: np.ndarray, series: int | np.ndarray = 0) -> np.ndarray:
        """Brings values back from the scale; undoes `scale`.

        Args:
            values: (..., C), or (B, ..., C) with one series for each of B.
            series: Which series: a number, or int64 (B,). Ignored where the scale is shared.

        Returns:
            values * std + mean, of the same shape.
        """
        mean, std = self._for(values, series)
        plain: np.ndarray = values * std + mean
        return plain

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return {"mean": self.mean.tolist(), "std": self.std.tolist()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Scaler":
        """The scaler that `to_dict` described."""
        return cls(np.array(values["mean"], np.float64), np.array(values["std"], np.float64))

    def _for(self, values: np.ndarray, series: int | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        which = np.zeros_like(series) if len(self.mean) == 1 else np.asarray(series)
        shape = (*which.shape, *(1,) * (values.ndim - which.ndim - 1), self.mean.shape[1])
        return self.mean[which].reshape(shape), self.std[which].reshape(shape)


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = ~np.isnan(values)
    number = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / number
    variance = (np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / number
    std = np.sqrt(variance)
    # a channel that varies less than its own rounding errors is constant
    return mean, np.where(std > 1e-12 * np.abs(mean), std, 1.0)
