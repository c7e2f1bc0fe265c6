"""The paper's training: streams, mostly until the first mistake, and ten test streams."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any

import numpy as np

from papers.gers2000.streams import order, reber
from papers.online import Nets
from papers.shape import Shape
from papers.stretch import ENDS, Course, Stretch

TESTS = 10
# steps of a test stream of which a picture is made
DRAWN = 1500


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A task with a kind of net.

    Attributes:
        name: Of both.
        shape: The nets' shape.
        biases: Start of the gates' biases, by the kind of gate.
        draw: Gives a stretch of its streams.
        rate: Learning rate.
        decay: Factor on the rate after every step of a stream.
        wrong: Error of an output from which on it is a mistake.
        forgiving: Whether a training stream goes on after mistakes; else the first one ends it.
        length: Steps (or sequences) of the longest stream.
        good: Length of a training stream from which on the net is tested, if it is half as long as
            its longest before, and mean length of the test streams of a good net.
        limit: Training streams after which a net counts as failed.
        minutes: Of one core, after which a net is as it is.
        published: In the paper.
    """

    name: str
    shape: Shape
    biases: dict[str, tuple[float, ...]]
    draw: Callable[[np.random.Generator], Stretch]
    rate: float
    decay: float = 1.0
    wrong: float = 0.49
    forgiving: bool = False
    length: int = 100_000
    good: int = 1000
    limit: int = 30_000
    minutes: float = 0.3
    published: str


def train(task: Task, seed: int, seconds: float = inf) -> dict[str, Any]:
    """Trains a net until its ten test streams are perfect.

    Args:
        task: What to learn.
        seed: Of its weights and streams.
        seconds: When to give up.

    Returns:
        Whether it is perfect, after how many training streams, the best mean
        length of its test streams, and how large its states grew along a stream after training.
    """
    began, random = time.process_time(), np.random.default_rng((2000, seed))
    net = Nets(task.shape, [seed], spread=0.2, biases=task.biases)
    course = Course(
        task.rate, decay=task.decay, wrong=inf if task.forgiving else task.wrong,
        whole=task.length, good=task.good, limit=task.limit,
    )  # fmt: skip
    best, perfect = 0.0, False
    while not perfect and course.streams < task.limit and time.process_time() - began < seconds:
        stretch, course.at = task.draw(random), 0
        while not perfect and course.streams < task.limit:
            if not net.follow(0, stretch, course):
                break
            if course.length >= course.good:
                mean = float(evaluate(task, net, random).mean())
                best, perfect = max(best, mean), mean >= task.length
                course.good = max(course.good, course.length // 2)
            course.length = 0
    return {
        "solved": perfect,
        "streams": course.streams,
        "length": best,
        "seconds": time.process_time() - began,
        "states": states(task, net, random),
    }


def evaluate(task: Task, net: Nets, random: np.random.Generator) -> np.ndarray:
    """Returns how far a net at rest gets in each of ten streams before its first mistake."""
    lengths = np.zeros(TESTS)
    for stream in range(TESTS):
        copy = net.select(np.array([0]))
        course = Course(wrong=task.wrong, whole=task.length, limit=1)
        while not course.streams:
            course.at = 0
            copy.follow(0, task.draw(random), course)
        lengths[stream] = course.length
    return lengths


def states(task: Task, net: Nets, random: np.random.Generator) -> list[float]:
    """Returns the largest absolute state of a net at every tenth step of a stream."""
    copy, found = net.select(np.array([0])), []
    while len(found) < DRAWN:
        stretch = task.draw(random)
        for symbol, flag in zip(stretch.x[:DRAWN], stretch.flags, strict=False):
            copy.step(np.eye(task.shape.inputs)[symbol][None], tracing=False)
            if flag & ENDS:
                copy.reset(np.array([True]))
            found.append(round(float(np.abs(copy.s).max()), 2))
    return found[:DRAWN:10]


BLOCKS = {"i": (-0.5, -1.0, -1.5, -2.0), "o": (-0.5, -1.0, -1.5, -2.0), "f": (0.5, 1.0, 1.5, 2.0)}


def _reber(
    kind: str, published: str, *, forget: bool, decay: float = 1.0, told: bool = False
) -> Task:
    shape = Shape(
        inputs=7,
        outputs=7,
        blocks=4,
        cells=2,
        forget=forget,
        shortcut=True,
        biased=("gates", "outputs"),
        squash_state="centred",
    )
    return Task(
        name=f"continual embedded Reber, {kind}",
        shape=shape,
        biases=BLOCKS,
        draw=partial(reber, told=told),
        rate=0.5,
        decay=decay,
        # what decays learns slowly, and its streams grow long
        minutes=7.0 if decay < 1.0 else 0.3,
        published=published,
    )


def _order(kind: str, published: str, *, forget: bool, decay: float = 1.0) -> Task:
    shape = Shape(
        inputs=8,
        outputs=8,
        blocks=3,
        cells=2,
        forget=forget,
        biased=("cells", "gates", "outputs"),
        squash_state="centred",
    )
    return Task(
        name=f"continual temporal order, {kind}",
        shape=shape,
        biases={"i": (-2.0, -4.0, -6.0), "f": (5.0, 5.0, 5.0)},
        draw=order,
        rate=0.1,
        decay=decay,
        forgiving=True,
        length=100,
        good=100,
        limit=100_000,
        minutes=0.3 if forget else 0.1,
        published=published,
    )


TASKS = (
    _reber("standard", "0 % perfect, 1 % good", forget=False),
    _reber("forget", "18 % perfect (18,889 streams), 29 % good", forget=True),
    _reber(
        "forget and decay",
        "62 % perfect (14,087 streams), 6 % good",
        forget=True,
        decay=0.99,
    ),
    _reber(
        "standard, told of ends",
        "74 % perfect (7,441 streams), 0 % good",
        forget=False,
        told=True,
    ),
    _order("standard", "0 % (as remembered)", forget=False),
    _order("forget", "24 %, 18,077 streams (as remembered)", forget=True),
    # the paper's decay of 0.9 comes once a sequence
    _order(
        "forget and decay",
        "37 %, 22,654 streams (as remembered)",
        forget=True,
        decay=0.9 ** (1 / 105),
    ),
)
QUICK = replace(TASKS[1], name="continual embedded Reber, forget, 400 streams", limit=400)
