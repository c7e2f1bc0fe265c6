"""Experiments 1, 2a, 2b: the next symbol is due at every step, weights change at every step."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from papers.hochreiter1997.symbols import Material, Symbols, lagged, reber
from papers.online import Nets, Shape

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


def train(task: Stepwise, seed: int, seconds: float = float("inf")) -> dict[str, Any]:
    """Trains one net until it gets all test strings right.

    Args:
        task: What to learn.
        seed: Of weights and strings.
        seconds: When to give up.

    Returns:
        Whether it succeeded, after how many training strings, and seconds.
    """
    began, random = time.perf_counter(), np.random.default_rng(seed)
    net = Nets(task.shape, [seed], spread=0.2, biases=task.biases)
    material, cells = task.material(random), task.shape.blocks * task.shape.cells
    count, row, growing, errors = 0, 0, task.late, [np.inf]
    solved = False
    while not solved and count < task.limit and time.perf_counter() - began < seconds:
        if count % WINDOW == 0:
            if growing and count > WINDOW and errors[-1] > FALL * errors[-2]:
                growing = False
                net.output[:, :, :cells] = random.uniform(-0.2, 0.2, net.output[:, :, :cells].shape)
            errors.append(0.0)
        right, error = _present(net, material.draw(), material, task.rate, without=cells * growing)
        count, row, errors[-1] = count + 1, (row + 1) * right, errors[-1] + error
        if row >= ROW:
            row, solved = 0, evaluate(net, material) == 0
    return {"solved": solved, "sequences": count, "seconds": time.perf_counter() - began}


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


def _present(
    net: Nets, string: Symbols, material: Material, rate: float, *, without: int
) -> tuple[bool, float]:
    """Trains on a string; returns whether all of it was right, and the summed squared error."""
    net.reset(np.array([True]))
    inputs, targets = np.eye(net.shape.inputs)[string.seen], np.eye(net.shape.outputs)
    right, total = True, 0.0
    for step, follows in enumerate(string.follows):
        outputs = net.step(inputs[step : step + 1])
        error = targets[follows] - outputs
        if right and string.judged[step]:
            right = bool(material.right(outputs, string.legal[step : step + 1])[0])
        total += float((error * error).sum())
        net.learn(error, rate)
        if without:
            net.output[:, :, :without] = 0.0
    return right, total


def _reber(
    blocks: int, cells: int, rate: float, published: str, *, entropy: bool = False
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
        squash_state="wide",
        entropy=entropy,
    )
    return Stepwise(
        name=f"1 embedded Reber, {blocks} blocks of {cells}, rate {rate}"
        + ", cross-entropy" * entropy,
        shape=shape,
        weights={4: 264, 3: 276}[blocks],
        rate=rate,
        biases={"o": (-1.0, -2.0, -3.0, -4.0)[:blocks]},
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
    _lagged("a", 20, "-"),
    _lagged("a", 100, "100 %, 5,040 sequences"),
    _lagged("b", 100, "100 %, 5,680 sequences"),
)
