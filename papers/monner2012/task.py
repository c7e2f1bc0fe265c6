"""Distracted sequence recall: two targets among many distractors, to be named when prompted."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

TARGETS, DISTRACTORS, PROMPTS = 4, 4, 2
# a symbol is one input that is 1; targets come first, then distractors, then prompts
SYMBOLS = TARGETS + DISTRACTORS + PROMPTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Sequences:
    """Sequences of one length.

    Attributes:
        symbols: The symbol at every step; the last two are the prompts.
        answers: The target that is due at each prompt: the first that was shown, then the second.
    """

    symbols: Int[np.ndarray, "sequences steps"]
    answers: Int[np.ndarray, "sequences 2"]


def draw(random: np.random.Generator, count: int, distractors: int) -> Sequences:
    """Draws sequences.

    Args:
        random: Where chance comes from.
        count: How many.
        distractors: How many stand in each; 20 in the paper.

    Returns:
        Each has two targets, which may be the same symbol, at any two steps before the prompts.
    """
    steps = distractors + PROMPTS
    symbols = random.integers(TARGETS, TARGETS + DISTRACTORS, (count, steps + PROMPTS))
    symbols[:, steps:] = TARGETS + DISTRACTORS + np.arange(PROMPTS)
    places = random.random((count, steps)).argsort(axis=1)[:, :PROMPTS]
    answers = random.integers(0, TARGETS, (count, PROMPTS))
    np.put_along_axis(symbols, np.sort(places, axis=1), answers, axis=1)
    return Sequences(symbols=symbols, answers=answers)
