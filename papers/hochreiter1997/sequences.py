"""The paper's sequences whose answer is due at the end, as functions that draw many."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from papers.stretch import BEGINS, DUE, ENDS, Stretch


@dataclass(frozen=True, slots=True)
class Sequences:
    """Sequences one after another.

    Attributes:
        x: Inputs, or the number of the one that is 1.
        lengths: Steps of each.
        answers: What is due at the last step of each.
    """

    x: Float[np.ndarray, "steps inputs"] | Int[np.ndarray, " steps"]
    lengths: Int[np.ndarray, " sequences"]
    answers: Float[np.ndarray, "sequences outputs"]

    @property
    def ends(self) -> Int[np.ndarray, " sequences"]:
        """Where the last step of each is."""
        return np.asarray(np.cumsum(self.lengths) - 1)

    def stretch(
        self, taught: Float[np.ndarray, "sequences outputs"] | None = None, at_end: int = DUE + ENDS
    ) -> Stretch:
        """Returns them as a stretch.

        Args:
            taught: What is due instead of the answers.
            at_end: Flags of last steps.
        """
        ends = self.ends
        flags = np.zeros(len(self.x), dtype=np.uint8)
        flags[ends] = at_end
        flags[ends - self.lengths + 1] |= BEGINS
        target = np.zeros((len(self.x), self.answers.shape[1]))
        target[ends] = self.answers if taught is None else taught
        return Stretch(self.x, target, flags)

    def each(self, inputs: int) -> Iterator[Float[np.ndarray, "steps inputs"]]:
        """Yields the inputs of one after another."""
        for end, length in zip(self.ends, self.lengths, strict=True):
            x = self.x[end - length + 1 : end + 1]
            yield np.eye(inputs)[x] if x.ndim == 1 else x


# draws so many sequences
Draw = Callable[[np.random.Generator, int], Sequences]


def marked(length: int, *, multiply: bool) -> Draw:
    """Experiments 4 and 5: two numbers are marked, their sum or product is due at the end."""

    def draw(random: np.random.Generator, count: int) -> Sequences:
        lengths = random.integers(length, length + length // 10 + 1, count)
        ends = np.cumsum(lengths) - 1
        starts = ends - lengths + 1
        x = np.zeros((ends[-1] + 1, 2))
        x[:, 0] = random.uniform(0.0 if multiply else -1.0, 1.0, len(x))
        x[starts, 1] = x[ends, 1] = -1.0
        first, second = random.integers(0, 10, count), random.integers(0, length // 2 - 2, count)
        # not the same step twice
        second += second >= first
        values = np.full((2, count), 1.0 if multiply else 0.0)
        # a marked first step counts as neutral and keeps its own marker
        for value, place in zip(values, (first, second), strict=True):
            at = starts[place > 0] + place[place > 0]
            value[place > 0], x[at, 1] = x[at, 0], 1.0
        answers = values.prod(0) if multiply else 0.5 + values.sum(0) / 4.0
        return Sequences(x, lengths, answers[:, None])

    return draw


def ordered(symbols: int) -> Draw:
    """Experiment 6: the order of two or three widely separated symbols X and Y is due."""
    places = ((10, 20), (50, 60)) if symbols == 2 else ((10, 20), (33, 43), (66, 76))

    def draw(random: np.random.Generator, count: int) -> Sequences:
        lengths, rows = random.integers(100, 111, count), np.arange(count)
        # E, B, a, b, c, d, X, Y
        seen = random.integers(2, 6, (count, 110))
        seen[:, 0], seen[rows, lengths - 1] = 0, 1
        answers = np.zeros(count, dtype=int)
        for low, high in places:
            which = random.integers(0, 2, count)
            seen[rows, random.integers(low, high + 1, count)] = 6 + which
            answers = 2 * answers + which
        x = seen[np.arange(110) < lengths[:, None]]
        return Sequences(x, lengths, np.eye(2**symbols)[answers])

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
        A function that draws sequences.
    """

    def draw(random: np.random.Generator, count: int) -> Sequences:
        lengths = random.integers(length, length + length // 10 + 1, count)
        starts = np.cumsum(lengths) - lengths
        x = random.normal(0.0, np.sqrt(0.2), (int(lengths.sum()), 1))
        sign = 2.0 * random.integers(0, 2, count) - 1.0
        for step in range(informative):
            x[starts + step, 0] = sign + x[starts + step, 0] * noisy
        return Sequences(x, lengths, 0.5 + sign[:, None] * (0.3 if soft else 0.5))

    return draw


def lags(lag: int, distractors: int) -> Draw:
    """Experiment 2c: x or y at the second step is due after a lag full of distractors."""

    def draw(random: np.random.Generator, count: int) -> Sequences:
        # b, x or y, distractors, e, and nothing more is needed to answer
        lengths = 3 + lag + random.geometric(0.1, count) - 1
        first, ends = random.integers(0, 2, count), np.cumsum(lengths) - 1
        starts = ends - lengths + 1
        x = 4 + random.integers(0, distractors, int(lengths.sum()))
        x[starts], x[starts + 1], x[ends] = 2, first, 3
        return Sequences(x, lengths, np.eye(2)[first])

    return draw
