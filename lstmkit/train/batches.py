"""What the loop asks of data."""

from typing import Protocol, runtime_checkable

import numpy as np
from torch import Tensor


@runtime_checkable
class Batches(Protocol):
    """Data that can be counted, and picked from by row number."""

    def __len__(self) -> int:
        """Number of rows."""

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        """Returns some rows.

        Args:
            indices: Row numbers, int64, in any order.

        Returns:
            Named tensors on the CPU with one row for each number, the row first in each.
        """


@runtime_checkable
class InBlocks(Batches, Protocol):
    """Data that is read block by block: rows that are asked for together should share blocks."""

    @property
    def blocks(self) -> np.ndarray:
        """Rows of each block, int64; the rows of a block are numbered one after the other."""
