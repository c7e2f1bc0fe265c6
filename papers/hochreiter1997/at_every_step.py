"""Experiments 1, 2a, 2b: the next symbol is due at every step, weights change at every step."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from papers.hochreiter1997.symbols import Material, lagged, reber
from papers.online import Nets
from papers.shape import Shape

# a net is tested when it got so many strings in a row right
ROW = 20
# the memory cell is added when errors of so many strings are not 5 % below those of as many before
WINDOW, FALL = 50, 0.95
# test strings that run side by side
ROWS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Stepwise:
    """A task.

    Attributes:
        name: Experiment and setting.
        shape: The net's shape.
        weights: How many weights the paper counts.
        rate: Learning rate.
        biases: Start of the gates' biases, by the kind of gate.
        material: What is learned.
        published: In the paper.
        limit: Strings after which a net counts as failed.
        late: Whether the memory cell is added when the error has stopped falling; until then the
            net is its connections from inputs to outputs.
    """

    name: str
    shape: Shape
    weights: int
    rate: float
    biases: dict[str, tuple[float, ...]]
    material: Callable[[np.random.Generator], Material]
    published: str
    limit: int
    late: bool = False


class Pupil:
    """How far one of the nets has come.

    Args:
        task: What it learns.
        seed: Of its strings.

    Attributes:
        string: What it reads.
        at: Where in the string it is.
        count: Strings that it has read.
        growing: Whether its memory cell is still to be added.
    """

    def __init__(self, task: Stepwise, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.material = task.material(self.random)
        self.string, self.at, self.count = self.material.draw(), 0, 0
        self.growing, self.errors = task.late, [np.inf, 0.0]
        self.row, self.right = 0, True

    def note(self, right: bool, error: float) -> bool:  # noqa: FBT001
        """Notes the outcome of a step; returns whether the string ends with it."""
        self.right &= right or not self.string.judged[self.at]
        self.errors[-1] += error
        self.at += 1
        return self.at == len(self.string.seen)

    def turn(self) -> bool:
        """Goes on to the next string; returns whether now is the time to add the memory cell."""
        self.count, self.row = self.count + 1, (self.row + 1) * self.right
        self.string, self.at, self.right = self.material.draw(), 0, True
        due = False
        if self.count % WINDOW == 0:
            due = self.growing and self.errors[-1] > FALL * self.errors[-2]
            self.growing &= not due
            self.errors.append(0.0)
        return due


def train(
    task: Stepwise, seeds: Sequence[int], seconds: float = float("inf")
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Trains nets side by side, each until it gets all test strings right.

    Args:
        task: What to learn.
        seeds: Of weights and strings, one for each net.
        seconds: When to give up.

    Yields:
        A seed, and for its net whether it succeeded, after how many training strings, and its share
        of the seconds.
    """
    began, cells = time.process_time(), task.shape.blocks * task.shape.cells
    nets = Nets(task.shape, list(seeds), spread=0.2, biases=task.biases)
    pupils = [Pupil(task, seed) for seed in seeds]
    inputs, targets = np.eye(task.shape.inputs), np.eye(task.shape.outputs)
    solved, done = np.zeros(len(seeds), dtype=bool), np.zeros(len(seeds), dtype=bool)
    while not done.all():
        outputs = nets.step(inputs[[one.string.seen[one.at] for one in pupils]])
        error = targets[[one.string.follows[one.at] for one in pupils]] - outputs
        legal = np.stack([one.string.legal[one.at] for one in pupils])
        right, lost = pupils[0].material.right(outputs, legal), (error * error).sum(1)
        nets.learn(error, task.rate * ~done)
        if growing := [place for place, one in enumerate(pupils) if one.growing]:
            nets.output[growing, :, :cells] = 0.0
        told = zip(pupils, right.tolist(), lost.tolist(), strict=True)
        over = np.array([one.note(*each) for one, *each in told])
        for place in np.flatnonzero(over & ~done):
            pupil = pupils[place]
            if pupil.turn():
                shape = nets.output[place, :, :cells].shape
                nets.output[place, :, :cells] = pupil.random.uniform(-0.2, 0.2, shape)
            if pupil.row >= ROW:
                pupil.row = 0
                solved[place] = evaluate(nets.select(np.array([place])), pupil.material) == 0
            late = time.process_time() - began > seconds
            if solved[place] or pupil.count >= task.limit or late:
                done[place] = True
                spent = (time.process_time() - began) / len(seeds)
                result = {"solved": bool(solved[place]), "sequences": pupil.count}
                yield seeds[place], result | {"seconds": spent}
        for place in np.flatnonzero(over & done):
            pupils[place].at = 0
        nets.reset(over)


def evaluate(net: Nets, material: Material) -> int:
    """Returns how many test strings a net at rest gets wrong."""
    wrong = 0
    for first in range(0, len(material.test), ROWS):
        strings = material.test[first : first + ROWS]
        copies = net.select(np.zeros(len(strings), dtype=int))
        failed = np.zeros(len(strings), dtype=bool)
        for step in range(max(len(one.seen) for one in strings)):
            # a string that has ended is judged no more
            at = [min(step, len(one.seen) - 1) for one in strings]
            going_on = [step < len(one.seen) for one in strings]
            seen = [one.seen[n] for one, n in zip(strings, at, strict=True)]
            legal = np.stack([one.legal[n] for one, n in zip(strings, at, strict=True)])
            judged = [one.judged[n] for one, n in zip(strings, at, strict=True)]
            outputs = copies.step(np.eye(net.shape.inputs)[seen], tracing=False)
            failed |= ~material.right(outputs, legal) & judged & going_on
        wrong += int(failed.sum())
    return wrong


def _reber(
    blocks: int,
    cells: int,
    rate: float,
    published: str,
    *,
    entropy: bool = False,
    shut: bool = False,
    narrow: bool = False,
) -> Stepwise:
    shape = Shape(
        inputs=7,
        outputs=7,
        blocks=blocks,
        cells=cells,
        recurrence="all",
        forget=False,
        # with h between -1 and 1, as in the paper's equations, nets learn the grammar or what to
        # remember, and not both
        squash_in="wide",
        squash_state="centred" if narrow else "wide",
        entropy=entropy,
    )
    return Stepwise(
        name=f"1 embedded Reber, {blocks} blocks of {cells}, rate {rate}"
        + ", cross-entropy" * entropy
        + ", input gates half shut" * shut
        + ", h in [-1, 1]" * narrow,
        shape=shape,
        weights={4: 264, 3: 276}[blocks],
        rate=rate,
        biases={"o": (-1.0, -2.0, -3.0, -4.0)[:blocks]}
        | ({"i": (-0.5, -1.0, -1.5, -2.0)[:blocks]} if shut else {}),
        material=reber,
        published=published,
        limit=30_000,
    )


def _lagged(part: str, lag: int, published: str) -> Stepwise:
    shape = Shape(
        inputs=lag + 1,
        outputs=lag + 1,
        blocks=1,
        recurrence="none",
        forget=False,
        output_gate=False,
        shortcut=True,
        biased=(),
        squash_in="logistic",
    )
    return Stepwise(
        name=f"2{part} lag {lag}",
        shape=shape,
        weights=(lag + 1) ** 2 + 3 * (lag + 1),
        rate=1.0,
        biases={},
        material=lagged(lag, 640, regular=part == "a"),
        published=published,
        limit=50_000,
        late=True,
    )


TASKS = (
    _reber(4, 1, 0.1, "100 %, 39,740 sequences"),
    _reber(4, 1, 0.5, "97 %, 9,500 sequences"),
    _reber(3, 2, 0.1, "100 %, 21,730 sequences"),
    _reber(3, 2, 0.2, "97 %, 14,060 sequences"),
    _reber(3, 2, 0.5, "100 %, 8,440 sequences"),
    _reber(3, 2, 0.1, "-", entropy=True),
    _reber(3, 2, 0.1, "-", entropy=True, shut=True),
    _reber(3, 2, 0.1, "100 %, 21,730 sequences", narrow=True),
    _lagged("a", 20, "-"),
    _lagged("a", 100, "100 %, 5,040 sequences"),
    _lagged("b", 100, "100 %, 5,680 sequences"),
)
