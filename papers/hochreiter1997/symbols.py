"""Strings of experiments 1, 2a and 2b, in which every next symbol is to be predicted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from papers.reber import embedded

Outputs = Float[np.ndarray, "rows symbols"]


@dataclass(frozen=True, slots=True)
class Symbols:
    """A string.

    Attributes:
        seen: Its symbols but the last.
        follows: The symbol after each.
        legal: Which symbols could come after each.
        judged: Where predictions must be right.
    """

    seen: Int[np.ndarray, " steps"]
    follows: Int[np.ndarray, " steps"]
    legal: Bool[np.ndarray, "steps symbols"]
    judged: Bool[np.ndarray, " steps"]


@dataclass(frozen=True, slots=True)
class Material:
    """What one net learns from.

    Attributes:
        draw: Draws a training string.
        test: Strings that it must all get right in the end.
        right: Which outputs are right, given what could come.
    """

    draw: Callable[[], Symbols]
    test: Sequence[Symbols]
    right: Callable[[Outputs, Bool[np.ndarray, "rows symbols"]], Bool[np.ndarray, " rows"]]


def reber(random: np.random.Generator) -> Material:
    """Experiment 1: 256 strings of the embedded Reber grammar to learn from, 256 to be tested on.

    A prediction is right if all symbols that could come have larger outputs than all others.
    """
    strings = []
    for _ in range(512):
        one = embedded(random)
        steps = len(one.symbols) - 1
        strings.append(
            Symbols(one.symbols[:-1], one.symbols[1:], one.legal[:-1], np.ones(steps, dtype=bool))
        )

    def right(outputs: Outputs, legal: np.ndarray) -> np.ndarray:
        lowest = np.where(legal, outputs, np.inf).min(1)
        return np.asarray(lowest > np.where(legal, -np.inf, outputs).max(1))

    return Material(lambda: strings[int(random.integers(256))], strings, right)


def lagged(lag: int, tested: int, *, regular: bool) -> Callable[[np.random.Generator], Material]:
    """Experiments 2a and 2b: the first symbol, x or y, comes again after a lag.

    Args:
        lag: Steps from one to the other.
        tested: Strings of the test; there are only two different ones if regular.
        regular: Whether a_1 a_2 ... stands between (2a), or any of them in any order (2b).

    Returns:
        A function that gives the material. A prediction is right if no output is off by 0.25; all
        but the first are judged where all are predictable, else the last alone.
    """

    def material(random: np.random.Generator) -> Material:
        def string(first: int) -> Symbols:
            between = np.arange(lag - 1) if regular else random.integers(0, lag - 1, lag - 1)
            symbols = np.concatenate([[lag - 1 + first], between, [lag - 1 + first]])
            judged = np.arange(lag) >= (1 if regular else lag - 1)
            return Symbols(symbols[:-1], symbols[1:], np.eye(lag + 1)[symbols[1:]] > 0, judged)

        def right(outputs: Outputs, legal: np.ndarray) -> np.ndarray:
            return np.asarray(np.abs(outputs - legal).max(1) < 0.25)

        return Material(
            lambda: string(int(random.integers(2))),
            [string(0), string(1)] if regular else [string(n % 2) for n in range(tested)],
            right,
        )

    return material
