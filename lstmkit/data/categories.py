"""Static categories as numbers: one channel for each category seen in training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Categories:
    """One-hot code of the static columns.

    Attributes:
        known: For each static column its categories, sorted.
    """

    known: tuple[tuple[str, ...], ...]

    @classmethod
    def fit(cls, statics: Sequence[tuple[str, ...]]) -> "Categories":
        """Learns the categories of training series.

        Args:
            statics: For each series its categories (S,); "" is missing and no category.

        Example:
            >>> Categories.fit([("north",), ("south",)]).encode(("south",))
            array([0., 1.], dtype=float32)
        """
        columns = zip(*statics, strict=True)
        return cls(tuple(tuple(sorted(set(column) - {""})) for column in columns))

    @property
    def size(self) -> int:
        """Number of channels E."""
        return sum(len(column) for column in self.known)

    def encode(self, static: tuple[str, ...]) -> np.ndarray:
        """Codes the categories of one series.

        Args:
            static: Categories (S,).

        Returns:
            Zeros and ones (E,), float32; a category that training never saw is all zeros.
        """
        pairs = zip(self.known, static, strict=True)
        code = [word == category for column, word in pairs for category in column]
        return np.array(code, np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return {"known": [list(column) for column in self.known]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Categories":
        """The categories that `to_dict` described."""
        return cls(tuple(tuple(column) for column in values["known"]))
