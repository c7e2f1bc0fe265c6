"""The paper's training: one sequence, one truncated gradient, one step of plain descent."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from papers.hochreiter1997.net import Blocks
from papers.hochreiter1997.sequences import Draw
from papers.hochreiter1997.tasks import Task

TESTED, BATCH = 2560, 256
# sequences between two proofs, and between two looks at the clock
EVERY = 1000

Descend = Callable[[list[nn.Parameter], tuple[Tensor, ...]], None]


def train(task: Task, seed: int, seconds: float = float("inf")) -> dict[str, Any]:
    """Trains one of the paper's nets with the paper's rule until its criterion holds.

    Args:
        task: What to learn.
        seed: Of weights and sequences.
        seconds: When to give up.

    Returns:
        As `until_solved`.
    """

    def descend(parameters: list[nn.Parameter], gradients: tuple[Tensor, ...]) -> None:
        torch._foreach_add_(parameters, gradients, alpha=-task.rate)

    return until_solved(Blocks(task.net, seed), task, seed, descend, seconds)


def until_solved(
    net: nn.Module, task: Task, seed: int, descend: Descend, seconds: float = float("inf")
) -> dict[str, Any]:
    """Trains a net sequence by sequence and tests it.

    Args:
        net: Gives the outputs of the last step.
        task: What to learn.
        seed: Of the sequences.
        descend: Changes parameters by their gradients.
        seconds: When to give up.

    Returns:
        Whether it succeeded, after how many sequences, wrong answers of 2,560 test sequences,
        their mean absolute error, seconds, and the mean error of every 1,000 training sequences.
    """
    began, random = time.perf_counter(), np.random.default_rng(seed)
    parameters = [p for p in net.parameters() if p.requires_grad]
    latest, curve = Latest(task.latest), Latest(EVERY)
    means: list[float] = []
    count, solved, spread = 0, False, float(np.sqrt(task.noise))
    while not solved and count < task.limit:
        x, target = task.draw(random)
        noise = spread * torch.from_numpy(random.standard_normal(len(target)).astype(np.float32))
        outputs = net(x[None])[0]
        gradients = torch.autograd.grad(0.5 * (outputs - target - noise).square().sum(), parameters)
        with torch.no_grad():
            descend(parameters, gradients)
        missed = (outputs.detach() - target).abs()
        count += 1
        for window in (latest, curve):
            window.add(float(missed.mean()), bool(missed.max() > task.right))
        if count % EVERY == 0:
            means.append(curve.error)
            if time.perf_counter() - began > seconds:
                break
        if latest.full and latest.wrong <= task.wrong and latest.error < task.error:
            solved = not task.proof or (count % EVERY == 0 and _proved(net, task, random))
    fresh = np.random.default_rng(1_000_000 + seed)
    wrong, error = evaluate(net, task.draw, task.right, fresh, TESTED)
    return {
        "solved": solved,
        "sequences": count,
        "wrong": wrong,
        "error": error,
        "seconds": time.perf_counter() - began,
        "curve": means,
    }


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


def _proved(net: nn.Module, task: Task, random: np.random.Generator) -> bool:
    return evaluate(net, task.draw, task.right, random, task.proof)[0] == 0


@torch.no_grad()
def evaluate(
    net: nn.Module, draw: Draw, right: float, random: np.random.Generator, count: int
) -> tuple[int, float]:
    """Tries a net at rest on fresh sequences.

    Args:
        net: The net.
        draw: Draws a sequence.
        right: Largest absolute error that counts as right.
        random: Where the sequences come from.
        count: How many.

    Returns:
        How many it got wrong, and the mean absolute error.
    """
    wrong, total = 0, 0.0
    for first in range(0, count, BATCH):
        drawn = [draw(random) for _ in range(min(BATCH, count - first))]
        x = pad_sequence([one for one, _ in drawn], batch_first=True)
        lengths = torch.tensor([len(one) for one, _ in drawn])
        missed = (net(x, lengths) - torch.stack([target for _, target in drawn])).abs()
        wrong += int((missed.amax(1) > right).sum())
        total += float(missed.mean(1).sum())
    return wrong, total / count
