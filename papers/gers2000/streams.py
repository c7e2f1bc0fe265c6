"""The paper's endless streams, one for each net of a batch."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Float

from papers.reber import EMBEDDED


@dataclass(frozen=True, slots=True)
class Step:
    """One step of all streams.

    Attributes:
        x: Inputs.
        target: What the outputs should be.
        judged: Where there is a target at all.
        ends: Where a string or sequence ends with this step.
    """

    x: Float[np.ndarray, "nets inputs"]
    target: Float[np.ndarray, "nets outputs"]
    judged: Bool[np.ndarray, " nets"]
    ends: Bool[np.ndarray, " nets"]


class Streams(Protocol):
    """What a task's streams can do."""

    def next(self) -> Step:
        """Goes on by a step."""

    def restart(self, which: Bool[np.ndarray, " nets"]) -> None:
        """Begins some streams anew."""


class Reber:
    """Strings of the embedded Reber grammar one after another; all that may come next is due.

    Args:
        nets: How many streams.
        random: Where they come from.
    """

    def __init__(self, nets: int, random: np.random.Generator) -> None:
        self.state, self.random = np.zeros(nets, dtype=int), random
        self.always, self.eye = np.ones(nets, dtype=bool), np.eye(7)

    def next(self) -> Step:
        """Goes on by a symbol."""
        way = self.random.integers(0, 2, len(self.state))
        x = self.eye[EMBEDDED.symbol[self.state, way]]
        self.state = EMBEDDED.leads[self.state, way]
        legal = EMBEDDED.legal[self.state].astype(float)
        return Step(x, legal, self.always, self.state == 0)

    def restart(self, which: Bool[np.ndarray, " nets"]) -> None:
        """Begins with the first symbol of a string."""
        self.state[which] = 0


class Order:
    """Noisy temporal order (experiment 6b of 1997) one sequence after another.

    A sequence of 100 to 110 symbols has three X or Y, at steps 10 to 20, 33 to 43 and 66 to 76;
    with its last symbol the one of eight classes is due that says which they were.

    Args:
        nets: How many streams.
        random: Where they come from.
    """

    def __init__(self, nets: int, random: np.random.Generator) -> None:
        self.random, self.eye, self.classes = random, np.eye(8), np.eye(8)
        self.symbols = np.zeros((nets, 110), dtype=int)
        self.at, self.length = np.zeros(nets, dtype=int), np.zeros(nets, dtype=int)
        self.answer, self.rows = np.zeros(nets, dtype=int), np.arange(nets)
        self.restart(np.ones(nets, dtype=bool))

    def next(self) -> Step:
        """Goes on by a symbol."""
        x = self.eye[self.symbols[self.rows, self.at]]
        self.at += 1
        ends = self.at == self.length
        step = Step(x, self.classes[self.answer], ends, ends)
        if ends.any():
            self.restart(ends)
        return step

    def restart(self, which: Bool[np.ndarray, " nets"]) -> None:
        """Draws new sequences."""
        count, random = int(which.sum()), self.random
        # E, B, a, b, c, d, X, Y
        symbols = random.integers(2, 6, (count, 110))
        length, rows = random.integers(100, 111, count), np.arange(count)
        symbols[:, 0], symbols[rows, length - 1] = 0, 1
        kinds = random.integers(0, 2, (count, 3))
        for kind, (low, high) in zip(kinds.T, ((10, 20), (33, 43), (66, 76)), strict=True):
            symbols[rows, random.integers(low, high + 1, count)] = 6 + kind
        self.symbols[which], self.length[which], self.at[which] = symbols, length, 0
        self.answer[which] = kinds @ [4, 2, 1]
