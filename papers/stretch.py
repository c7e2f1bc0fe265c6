"""What a net sees and what is due, step by step, and how it is led along."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from jaxtyping import Float, Int, UInt8

# of a step: something is due; it counts towards the length of the stream if it is right; a stream
# may begin with it; the net is emptied after it
DUE, COUNTS, BEGINS, ENDS = 1, 2, 4, 8
NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some steps, one after another, the first of which begins a string or sequence.

    Attributes:
        x: Inputs, or the number of the one that is 1.
        target: What the outputs should be where something is due.
        flags: Of each step, a sum of DUE, COUNTS, BEGINS, ENDS.
    """

    x: Float[np.ndarray, "steps inputs"] | Int[np.ndarray, " steps"]
    target: Float[np.ndarray, "steps outputs"]
    flags: UInt8[np.ndarray, " steps"]


class Course(ctypes.Structure):
    """How far a net has come along its streams, and what they are judged by.

    Args:
        rate: Learning rate at the start of a stream; 0 does not learn.
        decay: Factor on it after every step.
        wrong: Error of an output from which on it is a mistake, with which a stream ends.
        whole: Length at which a stream ends without.
        good: Length from which on the net stops at a stream's end.
        limit: Streams after which it stops.
        clip: Norm that the gradient of a step is cut to where it is longer (Pascanu et al. 2013).
    """

    at: int
    length: int
    streams: int
    _fields_: Sequence[tuple[str, type]] = (
        *((name, ctypes.c_int64) for name in ("at", "length", "streams", "whole", "good", "limit")),
        *((name, ctypes.c_double) for name in ("rate", "first_rate", "decay", "wrong", "clip")),
    )

    def __init__(
        self,
        rate: float = 0.0,
        *,
        decay: float = 1.0,
        wrong: float = inf,
        whole: int = NEVER,
        good: int = NEVER,
        limit: int = NEVER,
        clip: float = inf,
    ) -> None:
        super().__init__(0, 0, 0, whole, good, limit, rate, rate, decay, wrong, clip)
