"""What is timed: one shape in one mode, its arithmetic, and the numbers that go in."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

Mode = Literal["inference", "training"]
MODES: tuple[Mode, ...] = ("inference", "training")
STEPS = 100


@dataclass(frozen=True, slots=True)
class Point:
    """One row of a table.

    Attributes:
        question: The table it belongs to.
        mode: `inference` is a forward pass without gradient; `training` a forward pass and the
            backward pass of the sum of the outputs, to weights and input.
        threads: Threads that every contender may use.
        batch: Sequences, B.
        hidden: Units, H.
        input: Features, I.
        steps: Steps, T.
        cell: Name of the cell, or a name for a text.
    """

    question: str
    mode: Mode
    threads: int
    batch: int
    hidden: int
    input: int
    steps: int = STEPS
    cell: str = "lstm"

    def key(self) -> dict[str, Any]:
        """Returns what identifies the point in a file of results."""
        return asdict(self)

    def __str__(self) -> str:
        cell = "" if self.cell == "lstm" else f"{self.cell} "
        return (
            f"{cell}{self.mode} I{self.input} H{self.hidden} B{self.batch}, {self.threads} threads"
        )


def flops(point: Point, learned: int | None = None) -> float:
    r"""Counts the arithmetic of the matrix products of one call, nothing else.

    A forward pass takes :math:`2 T B n` operations for n learned numbers in maps (for the plain
    cell :math:`n = 4 H (I + H)`); the backward pass takes twice that.

    Args:
        point: The shape and the mode.
        learned: Learned numbers in maps, n; None for the plain cell.

    Returns:
        Multiplications and additions.
    """
    n = 4 * point.hidden * (point.input + point.hidden) if learned is None else learned
    return 2.0 * n * point.batch * point.steps * (3 if point.mode == "training" else 1)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Input and weights in torch's layout: time first, gates i, f, g, o below one another.

    Attributes:
        x: Input (T, B, I).
        W: Map of the input (4H, I).
        U: Map of the output before (4H, H).
        b: Bias (4H,).
    """

    x: np.ndarray
    W: np.ndarray
    U: np.ndarray
    b: np.ndarray


def numbers(point: Point) -> Numbers:
    """Draws input and weights: normal, and uniform as torch starts a layer; always the same."""
    draw = np.random.default_rng(0)
    bound = point.hidden**-0.5
    rows = 4 * point.hidden
    return Numbers(
        x=draw.standard_normal((point.steps, point.batch, point.input), dtype=np.float32),
        W=draw.uniform(-bound, bound, (rows, point.input)).astype(np.float32),
        U=draw.uniform(-bound, bound, (rows, point.hidden)).astype(np.float32),
        b=draw.uniform(-bound, bound, rows).astype(np.float32),
    )
