"""The paper's training: one sequence after another, weights change at every prompt."""

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from lstmkit.nn.graph import Graph, GraphNetwork
from papers.monner2012.task import PROMPTS, SYMBOLS, TARGETS, Sequences, draw
from papers.records import Record

RATE = 0.1
# a net has learnt the task when it gets this share of fresh sequences right without learning ...
SHARE, TESTED = 0.95, 1000
# ... and is tested when it got the same share of so many training sequences right ...
LATEST = 1000
# ... and whenever its progress is kept
KEPT = 10_000
# training sequences between two looks at all that
BLOCK = 100
INPUTS, OUTPUTS = np.eye(SYMBOLS), np.eye(TARGETS)


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
    graph: Graph, nets: Mapping[int, Record | None], *, distractors: int, limit: int
) -> Iterator[tuple[int, Record]]:
    """Trains nets side by side, each on sequences of its own, until each has learnt the task.

    Args:
        graph: Their network.
        nets: Their numbers, and where they stopped; a net's way does not depend on which others are
            trained with it, nor on where it stopped.
        distractors: Distractors in a sequence.
        limit: Sequences after which a net has failed.

    Yields:
        The number of a net and its record, every 10,000 sequences and when it is done: whether it
        has learnt the task, after how many training sequences, how many of 1,000 fresh sequences it
        gets right, how many of every 1,000 on the way, its share of the processor's seconds, and
        what it goes on from.
    """
    learners = [Learner(number, record) for number, record in nets.items()]
    network = GraphNetwork(graph, nets=max(nets) + 1).select(np.array(list(nets)))
    for place, record in enumerate(nets.values()):
        if record:
            network.weights[place], network.biases[place] = record["weights"], record["biases"]
    while learners:
        began = time.process_time()
        found = _block(network, [draw(one.random, BLOCK, distractors) for one in learners])
        seconds = (time.process_time() - began) / len(learners)
        going_on = []
        for place, learner in enumerate(learners):
            learner.add(found[place], seconds)
            due = learner.count % KEPT == 0 or learner.count >= limit
            if due or learner.latest.mean() >= SHARE:
                right = evaluate(network, place, learner, distractors)
                solved = right >= SHARE * TESTED
                if due or solved:
                    weights, biases = network.weights[place], network.biases[place]
                    yield (
                        learner.number,
                        learner.record()
                        | {"solved": solved, "right": right}
                        | {"weights": weights.tolist(), "biases": biases.tolist()},
                    )
                if solved or learner.count >= limit:
                    continue
            going_on.append(place)
        if len(going_on) < len(learners):
            learners = [learners[place] for place in going_on]
            network = network.select(np.array(going_on, dtype=int))


def evaluate(network: GraphNetwork, place: int, learner: Learner, distractors: int) -> int:
    """Returns how many of 1,000 fresh sequences a net gets right while it does not learn.

    Args:
        network: It and others.
        place: Its place among them.
        learner: How far it has come.
        distractors: Distractors in a sequence.
    """
    # its own chance, so that what the net sees afterwards does not depend on being tested
    fresh = draw(np.random.default_rng((learner.number, learner.count)), TESTED, distractors)
    copies = network.select(np.full(TESTED, place))
    return int(present(copies, fresh, learning=False).sum())


def present(
    network: GraphNetwork, sequences: Sequences, *, learning: bool
) -> Bool[np.ndarray, " nets"]:
    """Shows every net a sequence of its own.

    Args:
        network: The nets.
        sequences: One for each.
        learning: Whether weights change at every prompt.

    Returns:
        Which nets were right: at both prompts each output was on its side of 0.5.
    """
    network.reset()
    symbols, answers = sequences.symbols, sequences.answers
    right = np.ones(len(symbols), dtype=bool)
    first = symbols.shape[1] - PROMPTS
    for step in range(symbols.shape[1]):
        y = network.step(INPUTS[symbols[:, step]], learning=learning)
        if step >= first:
            targets = OUTPUTS[answers[:, step - first]]
            right &= ((y > 0.5) == (targets > 0.5)).all(axis=1)
            if learning:
                network.learn(targets, RATE)
    return right


def _block(network: GraphNetwork, drawn: Sequence[Sequences]) -> Bool[np.ndarray, "nets sequences"]:
    symbols = np.stack([one.symbols for one in drawn], axis=1)
    answers = np.stack([one.answers for one in drawn], axis=1)
    pairs = zip(symbols, answers, strict=True)
    return np.stack(
        [present(network, Sequences(symbols=s, answers=a), learning=True) for s, a in pairs], axis=1
    )
