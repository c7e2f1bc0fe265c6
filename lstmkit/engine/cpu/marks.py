"""What marks the steps of a batch: how many are real in each row, and where rows start afresh."""

from typing import NamedTuple

import torch
from torch import Tensor


class Marks(NamedTuple):
    """Lengths and resets as the engine reads them.

    Attributes:
        lengths: Real steps of each row, dense int64; None where all are.
        reset: Steps (batch, time) at which a row starts afresh, bool; None where there are none.
    """

    lengths: Tensor | None = None
    reset: Tensor | None = None

    def numbers(self) -> tuple[int, ...]:
        """Where they lie, in the order of `native/call.h`."""
        lengths, reset = self
        first = 0 if lengths is None else lengths.data_ptr()
        return (first, 0, 0, 0) if reset is None else (first, reset.data_ptr(), *reset.stride())


UNMARKED = Marks()


def marks(lengths: Tensor | None, reset: Tensor | None) -> Marks:
    """Brings lengths and resets of any kind to what the engine reads."""
    return Marks(
        None if lengths is None else lengths.to("cpu", torch.int64).contiguous(),
        None if reset is None else reset.to("cpu"),
    )
