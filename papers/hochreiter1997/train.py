"""The paper's training: one sequence, one truncated gradient, one step of plain descent."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from papers.hochreiter1997.tasks import Task
from papers.online import Nets

TESTED, BATCH = 2560, 256
# sequences between two proofs, and between two looks at the clock
EVERY = 1000

Batch = Float[np.ndarray, "rows time inputs"]
Steps = Int[np.ndarray, " rows"]
# gives the outputs (rows, outputs) after the last step of each sequence
Answer = Callable[[Batch, Steps], np.ndarray]


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
        self.latest, self.every = Latest(task.latest), Latest(EVERY)
        self.curve: list[float] = []
        self.count, self.solved = 0, False

    def draw(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draws a sequence; returns it, its target, and the target that is taught."""
        x, target = self.task.draw(self.random)
        noise = np.sqrt(self.task.noise) * self.random.standard_normal(len(target))
        return x, target, target + noise

    def note(self, error: float, worst: float, answer: Answer) -> None:
        """Notes by how much the outputs missed the target of a sequence.

        Args:
            error: Mean absolute error.
            worst: Largest absolute error.
            answer: The net at rest, for the proof that some tasks ask for.
        """
        task, latest = self.task, self.latest
        self.count += 1
        for window in (latest, self.every):
            window.add(error, worst > task.right)
        if self.count % EVERY == 0:
            self.curve.append(self.every.error)
        if latest.full and latest.wrong <= task.wrong and latest.error < task.error:
            due = not task.proof or self.count % EVERY == 0
            self.solved = due and self._proved(answer)

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
            their mean absolute error, seconds, and the mean error of every 1,000 training
            sequences.
        """
        fresh = np.random.default_rng(1_000_000 + self.seed)
        wrong, error = evaluate(answer, self.task, fresh, TESTED)
        return {
            "solved": self.solved,
            "sequences": self.count,
            "wrong": wrong,
            "error": error,
            "seconds": seconds,
            "curve": self.curve,
        }

    def _proved(self, answer: Answer) -> bool:
        proof = self.task.proof
        return not proof or evaluate(answer, self.task, self.random, proof)[0] == 0


def train(
    task: Task, seeds: Sequence[int], seconds: float = float("inf")
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Trains the paper's nets with the paper's rule, side by side, each until its criterion holds.

    Args:
        task: What to learn.
        seeds: Of weights and sequences, one for each net.
        seconds: When to give up.

    Yields:
        A seed, and for its net what `Learner.record` says, with its share of the seconds.
    """
    learners = [Learner(task, seed) for seed in seeds]
    nets = Nets(task.shape, list(seeds), spread=task.spread, biases=task.biases)
    began = last = time.process_time()
    share = 0.0
    while learners:
        xs, targets, taught = zip(*(one.draw() for one in learners), strict=True)
        outputs = nets.run(*padded(xs))
        nets.learn(np.stack(taught) - outputs, task.rate)
        nets.reset(np.ones(len(learners), dtype=bool))
        missed, now = np.abs(np.stack(targets) - outputs), time.process_time()
        share, last = share + (now - last) / len(learners), now
        going_on = []
        told = zip(learners, missed.mean(1).tolist(), missed.max(1).tolist(), strict=True)
        for place, (learner, error, worst) in enumerate(told):
            answer = at_rest(nets, place)
            learner.note(error, worst, answer)
            late = learner.count % EVERY == 0 and now - began > seconds
            if learner.over or late:
                yield learner.seed, learner.record(answer, share)
            else:
                going_on.append(place)
        if len(going_on) < len(learners):
            learners = [learners[place] for place in going_on]
            nets = nets.select(np.array(going_on, dtype=int))


def at_rest(nets: Nets, place: int) -> Answer:
    """Returns what one of the nets answers while it does not learn."""

    def answer(x: Batch, steps: Steps) -> np.ndarray:
        return nets.select(np.full(len(x), place)).run(x, steps, tracing=False)

    return answer


class Latest:
    """Errors of the latest sequences.

    Args:
        size: How many.
    """

    def __init__(self, size: int) -> None:
        self.found: deque[tuple[float, bool]] = deque(maxlen=size)
        self.total, self.wrong = 0.0, 0

    def add(self, error: float, wrong: bool) -> None:  # noqa: FBT001
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
    answer: Answer, task: Task, random: np.random.Generator, count: int
) -> tuple[int, float]:
    """Tries a net at rest on fresh sequences.

    Args:
        answer: The net.
        task: Gives the sequences.
        random: Where they come from.
        count: How many.

    Returns:
        How many it got wrong, and the mean absolute error.
    """
    wrong, total = 0, 0.0
    for first in range(0, count, BATCH):
        drawn = [task.draw(random) for _ in range(min(BATCH, count - first))]
        outputs = answer(*padded([x for x, _ in drawn]))
        missed = np.abs(outputs - np.stack([target for _, target in drawn]))
        wrong += int((missed.max(1) > task.right).sum())
        total += float(missed.mean(1).sum())
    return wrong, total / count


def padded(sequences: Sequence[np.ndarray]) -> tuple[Batch, Steps]:
    """Puts sequences (time, inputs) into one array; returns it and how long each is."""
    steps = np.array([len(x) for x in sequences])
    together = np.zeros((len(sequences), steps.max(), sequences[0].shape[1]))
    for row, x in zip(together, sequences, strict=True):
        row[: len(x)] = x
    return together, steps
