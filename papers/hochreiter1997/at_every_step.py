"""Experiments 1, 2a, 2b: the next symbol is due at every step, weights change at every step."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import numpy as np
from jaxtyping import Bool

from papers.hochreiter1997.symbols import Material, Symbols, lagged, reber
from papers.online import Nets
from papers.shape import Shape
from papers.stretch import BEGINS, DUE, ENDS, Course, Stretch

# a net is tested when it got so many strings in a row right
ROW = 20
# the memory cell is added when what so many strings get wrong is no less than as many before
WINDOW = 50
# the weight by which an input shuts the gate of a cell that is not there yet
SHUT = -1e9
NAMES = ("seen", "follows")


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
        published: Mean number of training strings in the paper; None where the task is ours.
        percent: Of its nets that succeeded.
        limit: Strings after which a net counts as failed.
        late: Whether the memory cell is added when the error of what is still wrong has stopped
            falling; until then the net is its connections from inputs to outputs.
        sparing: Whether errors are due where predictions are judged alone.
    """

    name: str
    shape: Shape
    weights: int
    rate: float
    biases: dict[str, tuple[float, ...]]
    material: Callable[[np.random.Generator], Material]
    published: int | None
    percent: int = 100
    limit: int
    late: bool = False
    sparing: bool = False


def train(task: Stepwise, seed: int, seconds: float = inf) -> dict[str, Any]:
    """Trains a net until it gets all test strings right.

    Args:
        task: What to learn.
        seed: Of weights and strings.
        seconds: When to give up.

    Returns:
        Whether it succeeded, after how many training strings, and the seconds.
    """
    began, random = time.process_time(), np.random.default_rng(seed)
    net = Nets(task.shape, [seed], spread=0.2, biases=task.biases)
    material, cells = task.material(random), task.shape.blocks * task.shape.cells
    hidden, growing, lead = net.hidden.copy(), task.late, partial(present, sparing=task.sparing)
    if growing:
        net.hidden[:, cells:, : task.shape.inputs], net.output[:, :, :cells] = SHUT, 0.0
    count, row, lost, solved = 0, 0, inf, False
    while not solved and count < task.limit and time.process_time() - began < seconds:
        strings, before = [material.draw() for _ in range(WINDOW)], net.select(np.array([0]))
        right, error = lead(net, strings, material, task.rate)
        for place, each in enumerate(right):
            count, row = count + 1, (row + 1) * bool(each)
            if row >= ROW:
                row = 0
                # as it was after this string
                tried = before.select(np.array([0]))
                lead(tried, strings[: place + 1], material, task.rate)
                solved = bool(lead(tried, material.test, material)[0].all())
            if solved:
                break
        if growing and error >= lost:
            net.hidden[...], growing = hidden, False
            net.output[:, :, :cells] = random.uniform(-0.2, 0.2, net.output[:, :, :cells].shape)
        lost = error
    return {"solved": solved, "sequences": count, "seconds": time.process_time() - began}


def present(
    net: Nets,
    strings: Sequence[Symbols],
    material: Material,
    rate: float = 0.0,
    *,
    sparing: bool = False,
) -> tuple[Bool[np.ndarray, " strings"], float]:
    """Shows strings to a net, which learns at every symbol.

    Args:
        net: A single net.
        strings: One after another.
        material: Where they come from.
        rate: Of learning; 0 tests.
        sparing: Whether errors are due where predictions are judged alone.

    Returns:
        Which strings it got right, and the sum of the squared errors of what it got wrong.
    """
    lengths = np.array([len(one.seen) for one in strings])
    starts = np.cumsum(lengths) - lengths
    judged = np.concatenate([one.judged for one in strings])
    due = judged if sparing else np.ones_like(judged)
    flags = np.where(due, DUE, 0).astype(np.uint8)
    flags[starts] += BEGINS
    flags[starts + lengths - 1] += ENDS
    seen, follows = (np.concatenate([getattr(one, n) for one in strings]) for n in NAMES)
    target = np.eye(net.shape.outputs)[follows]
    outputs = np.zeros_like(target)
    net.follow(0, Stretch(seen, target, flags), Course(rate), outputs)
    right = material.right(outputs, np.concatenate([one.legal for one in strings]))
    right |= ~judged
    missed = (target - outputs)[~right]
    return np.logical_and.reduceat(right, starts), float(np.square(missed).sum())


def _reber(
    blocks: int,
    cells: int,
    rate: float,
    published: int | None = None,
    percent: int = 100,
    *,
    entropy: bool = False,
    wide: bool = False,
) -> Stepwise:
    shape = Shape(
        inputs=7,
        outputs=7,
        blocks=blocks,
        cells=cells,
        recurrence="all",
        forget=False,
        squash_in="wide",
        # the caption of the paper's table 10 gives h the range that its text gives to g
        squash_state="wide" if wide else "centred",
        entropy=entropy,
    )
    return Stepwise(
        name=f"1 embedded Reber, {blocks} blocks of {cells}, rate {rate}"
        + ", cross-entropy" * entropy
        + ", h in [-2, 2]" * wide,
        shape=shape,
        weights={4: 264, 3: 276}[blocks],
        rate=rate,
        biases={"o": (-1.0, -2.0, -3.0, -4.0)[:blocks]},
        material=reber,
        published=published,
        percent=percent,
        limit=200_000,
    )


def _lagged(
    part: str,
    lag: int,
    published: int | None = None,
    *,
    centred: bool = False,
    sparing: bool = False,
    entropy: bool = False,
    late: bool = True,
) -> Stepwise:
    shape = Shape(
        inputs=lag + 1,
        outputs=lag + 1,
        blocks=1,
        recurrence="none",
        forget=False,
        output_gate=False,
        shortcut=True,
        biased=(),
        # between 0 and 1 in the paper
        squash_in="centred" if centred else "logistic",
        entropy=entropy,
    )
    return Stepwise(
        name=f"2{part} lag {lag}"
        + ", g in [-1, 1]" * centred
        + ", errors due at the end alone" * sparing
        + ", cross-entropy" * entropy
        + ", the cell there from the start" * (not late),
        shape=shape,
        weights=(lag + 1) ** 2 + 3 * (lag + 1),
        rate=1.0,
        biases={},
        material=lagged(lag, 640, regular=part == "a"),
        published=published,
        limit=100_000,
        late=late,
        sparing=sparing,
    )


TASKS = (
    _reber(4, 1, 0.1, 39_740),
    _reber(4, 1, 0.5, 9_500, 97),
    _reber(3, 2, 0.1, 21_730),
    _reber(3, 2, 0.2, 14_060, 97),
    _reber(3, 2, 0.5, 8_440),
    _reber(4, 1, 0.1, wide=True),
    _reber(3, 2, 0.2, wide=True),
    _reber(3, 2, 0.5, wide=True),
    _reber(3, 2, 0.1, entropy=True, wide=True),
    _lagged("a", 20),
    _lagged("a", 20, centred=True),
    _lagged("a", 100, 5_040),
    _lagged("a", 100, centred=True),
    _lagged("a", 100, 5_040, entropy=True, late=False),
    _lagged("b", 100, 5_680),
    _lagged("b", 100, 5_680, sparing=True, entropy=True),
)
