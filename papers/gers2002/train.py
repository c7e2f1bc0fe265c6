"""The paper's training: streams until the first mistake or a hundred spikes."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from papers.gers2002.tasks import Task
from papers.online import Nets

TRAINED, TESTED = 100, 1000
# shorter training streams are not followed by a test; the paper tests after every one
SHORT = 1


class Streams:
    """A stream for each net.

    Args:
        task: What comes and what is due.
        nets: How many.
        random: Where intervals come from.

    Attributes:
        spikes: How many intervals each stream has behind it, at each end of one the step's own too.
    """

    def __init__(self, task: Task, nets: int, random: np.random.Generator) -> None:
        self.task, self.random = task, random
        self.at, self.spikes = np.zeros(nets, dtype=int), np.zeros(nets, dtype=int)
        self.interval, self.longer = np.zeros(nets, dtype=int), np.zeros(nets, dtype=int)
        self.restart(np.ones(nets, dtype=bool))

    def restart(self, which: Bool[np.ndarray, " nets"]) -> None:
        """Begins some streams anew."""
        self.at[which], self.spikes[which] = 0, 0
        self._draw(which)

    def next(self) -> tuple[Float[np.ndarray, "nets 1"], Float[np.ndarray, "nets 1"]]:
        """Goes on by a step; returns inputs and targets."""
        self.at += 1
        over = self.at == self.interval
        if self.task.kind == "measure":
            x, target = over.astype(float), np.where(over, self.longer, 0.0)
        else:
            x = np.zeros(len(over))
            target = self.task.wave(self.at % self.interval, self.task.period)
        if over.any():
            self.at[over] = 0
            self.spikes += over
            self._draw(over)
        return x[:, None], target[:, None]

    def _draw(self, which: Bool[np.ndarray, " nets"]) -> None:
        if self.task.kind == "measure":
            self.longer[which] = self.random.integers(0, self.task.extra, int(which.sum()))
        self.interval[which] = self.task.period + self.longer[which]


def train(task: Task, seeds: Sequence[int], seconds: float = float("inf")) -> list[dict[str, Any]]:
    """Trains nets side by side, each until it makes no mistake along a long stream.

    Args:
        task: What to learn.
        seeds: One for each net, of its weights.
        seconds: When to give up.

    Returns:
        For each net whether it succeeded, after how many training streams, how many spikes its best
        stream had, and for 60 steps what it puts out at rest.
    """
    began, count = time.process_time(), len(seeds)
    biases = {kind: (start,) for kind, start in zip("ifo", task.gates, strict=True)}
    nets = Nets(task.shape, list(seeds), spread=0.1, biases=biases, momentum=task.momentum)
    random = np.random.default_rng((2002, *seeds))
    streams = Streams(task, count, random)
    trained, best = np.zeros(count, dtype=int), np.zeros(count, dtype=int)
    solved, steps = np.zeros(count, dtype=bool), 0
    kept: dict[int, Nets] = {}
    while not (solved | (trained >= task.limit)).all():
        x, target = streams.next()
        error = target - nets.step(x)
        nets.learn(error, task.rate)
        mistaken = np.abs(error[:, 0]) >= task.wrong
        over = mistaken | (streams.spikes >= TRAINED)
        steps += 1
        if over.any():
            trained += over & ~solved
            lasted = streams.spikes - (mistaken & (streams.at == 0))
            best = np.where(over & ~solved, np.maximum(best, lasted), best)
            for place in np.flatnonzero(over & (lasted >= SHORT) & ~solved):
                solved[place] = evaluate(task, nets, int(place), random) >= TESTED
                if solved[place]:
                    kept[int(place)] = nets.select(np.array([place]))
            nets.reset(over)
            streams.restart(over)
        if steps % 1000 == 0 and time.process_time() - began > seconds:
            break
    spent = (time.process_time() - began) / count
    results = []
    for place in range(count):
        net = kept.get(place) or nets.select(np.array([place]))
        results.append(
            {
                "solved": bool(solved[place]),
                "streams": int(trained[place]),
                "spikes": int(best[place]),
                "seconds": spent,
                "outputs": outputs(task, net),
            }
        )
    return results


def evaluate(task: Task, nets: Nets, place: int, random: np.random.Generator) -> int:
    """Returns how many spikes a net at rest lasts, up to a thousand."""
    net, streams = nets.select(np.array([place])), Streams(task, 1, random)
    while streams.spikes[0] < TESTED:
        x, target = streams.next()
        if abs(float((target - net.step(x, tracing=False))[0, 0])) >= task.wrong:
            return int(streams.spikes[0] - (streams.at[0] == 0))
    return TESTED


def outputs(task: Task, net: Nets, steps: int = 60) -> dict[str, list[float]]:
    """Returns input, target, output, and state of a net at rest."""
    streams = Streams(task, 1, np.random.default_rng(0))
    net.reset(np.array([True]))
    found: dict[str, list[float]] = {"input": [], "target": [], "output": [], "state": []}
    for _ in range(steps):
        x, target = streams.next()
        y = net.step(x, tracing=False)
        for name, value in zip(found, (x, target, y, net.s), strict=True):
            found[name].append(round(float(value[0, 0]), 4))
    return found
