"""The paper's training: streams until the first mistake or a hundred spikes."""

import time
from math import inf
from typing import Any

import numpy as np

from papers.gers2002.tasks import Task
from papers.online import Nets
from papers.stretch import BEGINS, COUNTS, DUE, Course, Stretch

TRAINED, TESTED = 100, 1000
# test streams of intervals that are drawn; all others are alike
STREAMS = 30
# intervals of a stretch
INTERVALS = 250


def draw(task: Task, random: np.random.Generator) -> Stretch:
    """Draws intervals one after another; a spike, if there are any, is the last step of one.

    Args:
        task: What comes and what is due.
        random: Where the intervals' lengths come from.
    """
    longer = random.integers(0, task.extra, INTERVALS)
    length = task.period + longer
    ends = np.cumsum(length) - 1
    x, target = np.zeros((ends[-1] + 1, 1)), np.zeros((ends[-1] + 1, 1))
    if task.kind == "measure":
        x[ends, 0], target[ends, 0] = 1.0, longer
    else:
        target[:, 0] = task.wave((1 + np.arange(len(x))) % task.period, task.period)
    flags = np.full(len(x), DUE, dtype=np.uint8)
    flags[ends] += COUNTS
    flags[ends - length + 1] += BEGINS
    return Stretch(x, target, flags)


def train(task: Task, seed: int, seconds: float = inf) -> dict[str, Any]:
    """Trains a net until it makes no mistake along a long stream.

    Args:
        task: What to learn.
        seed: Of its weights and streams.
        seconds: When to give up.

    Returns:
        Whether it succeeded, after how many training streams, how many spikes its best stream had,
        and for 60 steps what it puts out at rest.
    """
    began, random = time.process_time(), np.random.default_rng((2002, seed))
    biases = {kind: (start,) for kind, start in zip("ifo", task.gates, strict=True)}
    net = Nets(task.shape, [seed], spread=0.1, biases=biases, momentum=task.momentum)
    course = Course(
        task.rate,
        wrong=task.wrong,
        whole=TRAINED,
        good=task.short,
        limit=task.limit,
        clip=task.clip,
    )
    best, solved = 0, False
    while not solved and course.streams < task.limit and time.process_time() - began < seconds:
        stretch, course.at = draw(task, random), 0
        while not solved and course.streams < task.limit and net.follow(0, stretch, course):
            best = max(best, course.length)
            solved = course.length >= task.short and evaluate(task, net, random) >= TESTED
            course.length = 0
    return {
        "solved": solved,
        "streams": course.streams,
        "spikes": best,
        "seconds": time.process_time() - began,
        "outputs": outputs(task, net),
    }


def evaluate(task: Task, net: Nets, random: np.random.Generator) -> int:
    """Returns how many spikes a net at rest lasts, up to 1,000, in the worst of its tests."""
    shortest = TESTED
    for _ in range(STREAMS if task.kind == "measure" else 1):
        copy, course = net.select(np.array([0])), Course(wrong=task.wrong, whole=TESTED, limit=1)
        while not course.streams:
            course.at = 0
            copy.follow(0, draw(task, random), course)
        shortest = min(shortest, course.length)
    return shortest


def outputs(task: Task, net: Nets, steps: int = 60) -> dict[str, list[float]]:
    """Returns input, target, output, and state of a net at rest."""
    stretch, copy = draw(task, np.random.default_rng(0)), net.select(np.array([0]))
    found: dict[str, list[float]] = {"input": [], "target": [], "output": [], "state": []}
    for x, target in zip(stretch.x[:steps], stretch.target, strict=False):
        y = copy.step(x[None], tracing=False)
        for name, value in zip(found, (x, target, y, copy.s), strict=True):
            found[name].append(round(float(value.item()), 4))
    return found
