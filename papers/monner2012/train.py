"""The paper's training: one sequence after another, weights change at every prompt."""

import time
from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool

from lstmkit.nn.graph import Graph
from papers.monner2012.graph import Compiled
from papers.monner2012.task import draw
from papers.records import Record

RATE = 0.1
# weights start uniform within plus and minus this; within 0.1 in the paper
SCALE = 0.5
# a net has learnt the task when it gets this share of fresh sequences right without learning ...
SHARE, TESTED = 0.95, 1000
# ... and is tested when it got the same share of so many training sequences right ...
LATEST = 1000
# ... and whenever its progress is kept
KEPT = 50_000
# training sequences between two looks at all that
BLOCK = 100


class Learner:
    """How far a net has come, but for its weights.

    Args:
        number: The seed of its weights and sequences.
        record: Where it stopped; None begins.
    """

    def __init__(self, number: int, record: Record | None) -> None:
        self.number, self.random = number, np.random.default_rng((2012, number))
        self.count, self.seconds = 0, 0.0
        self.curve: list[int] = []
        self.latest = np.zeros(LATEST, dtype=bool)
        if record:
            self.count, self.seconds = record["sequences"], record["seconds"]
            self.curve, self.latest = record["curve"], np.array(record["latest"], dtype=bool)
            self.random.bit_generator.state = record["random"]

    def add(self, right: Bool[np.ndarray, " sequences"], seconds: float) -> None:
        """Notes which of a block of sequences were right, and how long they took."""
        self.latest = np.concatenate([self.latest[len(right) :], right])
        self.count, self.seconds = self.count + len(right), self.seconds + seconds
        if self.count % LATEST == 0:
            self.curve.append(int(self.latest.sum()))

    def record(self) -> Record:
        """Returns what a learner goes on from."""
        return {
            "sequences": self.count,
            "seconds": self.seconds,
            "curve": self.curve,
            "latest": self.latest.astype(int).tolist(),
            "random": self.random.bit_generator.state,
        }


def train(
    graph: Graph,
    number: int,
    record: Record | None,
    *,
    distractors: int,
    limit: int,
    scale: float = SCALE,
) -> Iterator[Record]:
    """Trains a net until it has learnt the task.

    Args:
        graph: Its network.
        number: The seed of its weights and sequences.
        record: Where it stopped; its way does not depend on that. None begins.
        distractors: Distractors in a sequence.
        limit: Sequences after which it has failed.
        scale: Weights start within plus and minus this.

    Yields:
        Every 50,000 sequences and when it is done: whether it has learnt the task, after how many
        training sequences, how many of 1,000 fresh sequences it gets right, how many of every
        1,000 on the way, the processor's seconds, and what it goes on from.
    """
    learner, network = Learner(number, record), Compiled(graph, number, scale)
    if record:
        network.values[:] = record["values"]
    solved = False
    while not solved and learner.count < limit:
        began = time.process_time()
        right = network.present(draw(learner.random, BLOCK, distractors), RATE)
        learner.add(right, time.process_time() - began)
        due = learner.count % KEPT == 0 or learner.count >= limit
        if due or learner.latest.mean() >= SHARE:
            # its own chance, so that what the net sees afterwards does not depend on being tested
            chance = np.random.default_rng((number, learner.count))
            right = network.present(draw(chance, TESTED, distractors))
            solved = bool(right.sum() >= SHARE * TESTED)
            if due or solved:
                values = network.values.tolist()
                found = {"solved": solved, "right": int(right.sum()), "values": values}
                yield learner.record() | found
