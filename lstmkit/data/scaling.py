"""Scaling by mean and standard deviation, fitted on the training part alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmkit.data.moments import Moments


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
        moments = []
        for values in groups:
            one = Moments()
            one.add(values)
            moments.append(one)
        return cls.of(moments)

    @classmethod
    def by_change(cls, arrays: Sequence[np.ndarray], lag: int = 1) -> "Scaler":
        """Learns means, and in place of standard deviations the mean absolute change.

        Args:
            arrays: For each series the values of its training part (T, C), NaN where missing.
            lag: Steps over which a change is taken; one where a series is not longer.

        Returns:
            The scaler; a scale of 1 where nothing changes.

        Example:
            >>> Scaler.by_change([np.array([[1.0], [3.0], [5.0]])]).std
            array([[2.]])
        """
        scales = []
        for values in arrays:
            over = lag if lag < len(values) else 1
            change = Moments()
            change.add(np.abs(values[over:] - values[:-over]))
            scales.append(np.where(change.mean > 0, change.mean, 1.0))
        return cls(cls.fit(arrays).mean, np.stack(scales))

    @classmethod
    def identity(cls, channels: int) -> "Scaler":
        """The scaler that leaves all series as they are.

        Args:
            channels: Number of channels.

        Returns:
            Means of 0 and standard deviations of 1, shared by all series.

        Example:
            >>> Scaler.identity(1).scale(np.array([[5.0]]), 7)
            array([[5.]])
        """
        return cls(np.zeros((1, channels)), np.ones((1, channels)))

    @classmethod
    def of(cls, moments: Sequence[Moments]) -> "Scaler":
        """The scaler by means and deviations that are known, one row for each series."""
        return cls(np.stack([one.mean for one in moments]), np.stack([one.std for one in moments]))

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
