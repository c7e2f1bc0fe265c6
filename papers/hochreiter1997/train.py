"""The paper's training: one sequence, one truncated gradient, one step of plain descent."""

import time
from collections import deque
from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from papers.hochreiter1997.sequences import Sequences
from papers.hochreiter1997.tasks import Task
from papers.online import Nets
from papers.stretch import Course, Stretch

TESTED = 2560
# sequences between two trials on fresh ones, and between two looks at the clock
EVERY = 1000
# sequences that are drawn at once
BLOCK = 100

# gives the outputs (sequences, outputs) after the last step of each
Answer = Callable[[Sequences], np.ndarray]


class Learner:
    """How far one net has come, but for its weights.

    Args:
        task: What it learns.
        seed: Of its sequences.

    Attributes:
        count: Sequences that it has seen.
        solved: Whether it has solved the task.
    """

    def __init__(self, task: Task, seed: int) -> None:
        self.task, self.seed, self.random = task, seed, np.random.default_rng(seed)
        self.latest = Latest(task.latest)
        self.count, self.solved = 0, False

    def draw(self) -> tuple[Sequences, np.ndarray]:
        """Draws sequences; returns them, and the targets that are taught."""
        drawn = self.task.draw(self.random, BLOCK)
        noise = self.random.standard_normal(drawn.answers.shape)
        return drawn, drawn.answers + np.sqrt(self.task.noise) * noise

    def note(self, error: float, worst: float, answer: Answer) -> None:
        """Notes by how much the outputs missed the target of a sequence.

        Args:
            error: Mean absolute error.
            worst: Largest absolute error.
            answer: The net at rest, for the fresh sequences that some tasks ask for.
        """
        task, latest = self.task, self.latest
        self.count += 1
        latest.add(error, wrong=worst > task.right)
        if not task.fresh:
            enough = latest.wrong <= task.wrong and latest.error < task.error
            self.solved = latest.full and bool(enough)
        elif self.count % EVERY == 0:
            wrong, mean = evaluate(answer, task, self.random, task.fresh, most=task.wrong)
            self.solved = wrong <= task.wrong and mean < task.error

    @property
    def over(self) -> bool:
        """Whether it has solved the task, or seen as many sequences as it may."""
        return self.solved or self.count >= self.task.limit

    def record(self, answer: Answer, seconds: float) -> dict[str, Any]:
        """Tests the net.

        Args:
            answer: The net at rest.
            seconds: That it took.

        Returns:
            Whether it succeeded, after how many sequences, wrong answers of 2,560 test sequences,
            their mean absolute error, and seconds.
        """
        fresh = np.random.default_rng(1_000_000 + self.seed)
        wrong, error = evaluate(answer, self.task, fresh, TESTED)
        return {
            "solved": self.solved,
            "sequences": self.count,
            "wrong": wrong,
            "error": error,
            "seconds": seconds,
        }


def train(task: Task, seed: int, seconds: float = inf) -> dict[str, Any]:
    """Trains one of the paper's nets with the paper's rule until its criterion holds.

    Args:
        task: What to learn.
        seed: Of weights and sequences.
        seconds: When to give up.

    Returns:
        What `Learner.record` says.
    """
    began, learner = time.process_time(), Learner(task, seed)
    net = Nets(task.shape, [seed], spread=task.spread, biases=task.biases)
    course = Course(task.rate, clip=task.clip)
    while not learner.over and time.process_time() - began < seconds:
        before, (drawn, taught) = net.select(np.array([0])), learner.draw()
        stretch = drawn.stretch(taught)
        missed = np.abs(drawn.answers - _led(net, stretch, course)[drawn.ends])
        for place, each in enumerate(zip(missed.mean(1), missed.max(1), strict=True)):
            learner.note(*each, at_rest(net))
            if learner.over:
                # what came after does not count
                net, end = before, drawn.ends[place] + 1
                parts = (stretch.x[:end], stretch.target[:end], stretch.flags[:end])
                _led(net, Stretch(*parts), course)
                break
    return learner.record(at_rest(net), time.process_time() - began)


def _led(net: Nets, stretch: Stretch, course: Course) -> np.ndarray:
    """Leads a net along a stretch; returns its outputs, 0 where nothing is due."""
    outputs = np.zeros_like(stretch.target)
    course.at = 0
    net.follow(0, stretch, course, outputs)
    return outputs


def at_rest(net: Nets) -> Answer:
    """Returns what a net answers while it does not learn."""

    def answer(drawn: Sequences) -> np.ndarray:
        copy = net.select(np.array([0]))
        return np.asarray(_led(copy, drawn.stretch(), Course())[drawn.ends])

    return answer


class Latest:
    """Errors of the latest sequences.

    Args:
        size: How many.
    """

    def __init__(self, size: int) -> None:
        self.found: deque[tuple[float, bool]] = deque(maxlen=size)
        self.total, self.wrong = 0.0, 0

    def add(self, error: float, *, wrong: bool) -> None:
        """Adds one, and forgets the oldest where there are enough."""
        if self.full:
            old_error, old_wrong = self.found[0]
            self.total, self.wrong = self.total - old_error, self.wrong - old_wrong
        self.found.append((error, wrong))
        self.total, self.wrong = self.total + error, self.wrong + wrong

    @property
    def full(self) -> bool:
        """Whether there are as many as count."""
        return len(self.found) == self.found.maxlen

    @property
    def error(self) -> float:
        """Mean error."""
        return self.total / max(1, len(self.found))


def evaluate(
    answer: Answer, task: Task, random: np.random.Generator, count: int, most: int = TESTED
) -> tuple[int, float]:
    """Tries a net at rest on fresh sequences.

    Args:
        answer: The net.
        task: Gives the sequences.
        random: Where they come from.
        count: How many.
        most: Wrong ones after which the rest need not be tried.

    Returns:
        How many it got wrong, and the mean absolute error.
    """
    wrong, total, tried = 0, 0.0, 0
    while tried < count and wrong <= most:
        drawn = task.draw(random, min(BLOCK, count - tried))
        missed = np.abs(answer(drawn) - drawn.answers)
        wrong += int((missed.max(1) > task.right).sum())
        total += float(missed.mean(1).sum())
        tried += len(missed)
    return wrong, total / tried
