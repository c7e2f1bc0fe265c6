"""The paper's sequences whose answer is due at the end, as functions that draw one."""

from collections.abc import Callable

import numpy as np

# a sequence (time, inputs), and the target of its last step
Draw = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


def marked(length: int, *, multiply: bool) -> Draw:
    """Experiments 4 and 5: two numbers are marked, their sum or product is due at the end."""

    def draw(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        steps = int(random.integers(length, length + length // 10 + 1))
        x = np.zeros((steps, 2))
        x[:, 0] = random.uniform(0.0 if multiply else -1.0, 1.0, steps)
        x[0, 1] = x[-1, 1] = -1.0
        first = int(random.integers(0, 10))
        second = first
        while second == first:
            second = int(random.integers(0, length // 2 - 1))
        neutral = 1.0 if multiply else 0.0
        values = [neutral if at == 0 else float(x[at, 0]) for at in (first, second)]
        # a marked first step counts as neutral and keeps its own marker
        for at in (first, second):
            if at != 0:
                x[at, 1] = 1.0
        product = values[0] * values[1]
        target = product if multiply else 0.5 + sum(values) / 4.0
        return x, np.array([target])

    return draw


def ordered(symbols: int) -> Draw:
    """Experiment 6: the order of two or three widely separated symbols X and Y is due."""
    places = ((10, 20), (50, 60)) if symbols == 2 else ((10, 20), (33, 43), (66, 76))

    def draw(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        steps = int(random.integers(100, 111))
        # E, B, a, b, c, d, X, Y
        seen = random.integers(2, 6, steps)
        seen[0], seen[-1] = 0, 1
        answer = 0
        for low, high in places:
            which = int(random.integers(0, 2))
            seen[int(random.integers(low, high + 1))] = 6 + which
            answer = 2 * answer + which
        return np.eye(8)[seen], np.eye(2**symbols)[answer]

    return draw


def two_sequences(
    length: int, informative: int, *, noisy: bool = False, soft: bool = False
) -> Draw:
    """Experiment 3: the class stands in the first elements, Gaussian noise in all others.

    Args:
        length: Shortest length.
        informative: Elements that tell the class.
        noisy: Whether noise lies on those too (3b and 3c).
        soft: Whether the targets are 0.2 and 0.8 (3c) instead of 0 and 1.

    Returns:
        A function that draws a sequence.
    """

    def draw(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        steps = int(random.integers(length, length + length // 10 + 1))
        x = random.normal(0.0, np.sqrt(0.2), (steps, 1))
        positive = bool(random.integers(0, 2))
        sign = 1.0 if positive else -1.0
        x[:informative] = sign + x[:informative] * noisy
        target = 0.5 + sign * (0.3 if soft else 0.5)
        return x, np.array([target])

    return draw


def lags(lag: int, distractors: int) -> Draw:
    """Experiment 2c: x or y at the second step is due after a lag full of distractors."""
    symbols = np.eye(distractors + 4)

    def draw(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        more = int(random.geometric(0.1)) - 1
        first = int(random.integers(0, 2))
        # b, x or y, distractors, e, and nothing more is needed to answer
        middle = 4 + random.integers(0, distractors, lag + more)
        seen = np.concatenate([[2], [first], middle, [3]])
        return symbols[seen], np.eye(2)[first]

    return draw
