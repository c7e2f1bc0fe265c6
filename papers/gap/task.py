"""The task: a sign, a gap of noise, a question whose answer is the sign.

A sequence is one of two signs, `gap` symbols that are each one of two by chance, a question mark,
and the answer, which repeats the sign. Half of all guesses are right.
"""

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

SIGNS, QUESTION, SYMBOLS = 2, 4, 5
JUDGED, RIGHT = 300, 0.99
TEST_SEED = 2000


def draw(
    gap: int, count: int, random: np.random.Generator
) -> tuple[Int[ndarray, "count length"], Int[ndarray, " count"]]:
    """Returns sequences (count, gap + 2) without their answers, and the answers.

    Args:
        gap: Symbols between sign and question.
        count: Sequences.
        random: Draws.
    """
    answers = random.integers(SIGNS, size=count)
    fillers = SIGNS + random.integers(2, size=(count, gap))
    question = np.full((count, 1), QUESTION)
    return np.concatenate([answers[:, None], fillers, question], axis=1), answers


def held_out(gap: int) -> tuple[Int[ndarray, "count length"], Int[ndarray, " count"]]:
    """Returns 300 sequences on which everybody is judged; 99 % of them right is solved."""
    return draw(gap, JUDGED, np.random.default_rng((TEST_SEED, gap)))


def one_hot(sequences: Int[ndarray, "count length"]) -> Float[ndarray, "count length 5"]:
    """Returns an input for each symbol."""
    return np.eye(SYMBOLS, dtype=np.float32)[sequences]
