"""Places in arrays, as whole numbers."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Int

Index = Int[np.ndarray, " ..."]


def places(numbers: Iterable[int]) -> Index:
    """Returns `numbers` as an array that may be empty."""
    return np.array(list(numbers), dtype=np.intp)


def firsts(ascending: Iterable[int]) -> tuple[Index, Index]:
    """Returns every one of `ascending` numbers once, and where it first stands."""
    return np.unique(places(ascending), return_index=True)
