"""Numbers of a whole series or sequence as inputs of a network: scaled, missing ones marked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lstmkit.data.scaling import Scaler


@dataclass(frozen=True, eq=False)
class StaticNumbers:
    """How numbers of whole series become inputs.

    Attributes:
        scaler: Their scale, by which each series of training counts once.
        gaps: Whether numbers have masks, because one was missing in training.
    """

    scaler: Scaler
    gaps: bool = False

    @classmethod
    def fit(cls, numbers: Float[np.ndarray, "series numbers"]) -> "StaticNumbers":
        """Learns the scale of training series.

        Args:
            numbers: For each series its numbers, NaN where missing.

        Example:
            >>> StaticNumbers.fit(np.array([[1.0], [3.0]])).inputs(np.array([[5.0]]))
            array([[3.]])
        """
        return cls(Scaler.fit([numbers], shared=True), bool(np.isnan(numbers).any()))

    def inputs(
        self, numbers: Float[np.ndarray, "series numbers"]
    ) -> Float[np.ndarray, "series inputs"]:
        """Makes inputs of numbers.

        Args:
            numbers: For each series its numbers, NaN where missing.

        Returns:
            Scaled numbers, 0 where missing, and then the masks, 1 where missing.
        """
        scaled = self.scaler.scale(numbers)
        missing = np.isnan(scaled)
        parts = [np.where(missing, 0.0, scaled)]
        if self.gaps:
            parts.append(missing.astype(np.float64))
        return np.concatenate(parts, axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return {"scaler": self.scaler.to_dict(), "gaps": self.gaps}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "StaticNumbers":
        """The scale that `to_dict` described."""
        return cls(Scaler.from_dict(values["scaler"]), values["gaps"])
