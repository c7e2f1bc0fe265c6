"""What a client's program must offer, and what comes of running it both ways."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from benchmarks.speed.interleave import Timing, compare
from lstmkit import accelerate
from lstmkit.compat.torch import LSTM, LSTMCell

SEED, WORKS = 0, 3


class Trial(Protocol):
    """A program at work."""

    @property
    def model(self) -> nn.Module:
        """What holds the LSTMs."""

    def work(self) -> list[float]:
        """Trains some more; returns losses."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a program has learned.

    Attributes:
        losses: All losses on the way.
        parameters: All parameters at the end, one after another.
    """

    losses: torch.Tensor
    parameters: torch.Tensor

    def differs(self, other: "Learned") -> tuple[float, float]:
        """Returns the largest difference of losses, over the largest loss, and of parameters."""
        apart = (self.losses - other.losses).abs().max() / other.losses.abs().max()
        return float(apart), float((self.parameters - other.parameters).abs().max())


def learn(
    client: ModuleType,
    *,
    ours: bool,
    around: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> tuple[Trial, Learned]:
    """Runs a client's program from its seed.

    Args:
        client: A module of this folder with `Trial`.
        ours: With lstmkit's LSTM in the place of torch's.
        around: Something to run it in.

    Returns:
        The program and what it has learned.

    Raises:
        RuntimeError: The program holds no LSTM.
    """
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    with around():
        trial: Trial = client.Trial(SEED)
        if ours:
            accelerate(trial.model)
            if not any(isinstance(part, LSTM | LSTMCell) for part in trial.model.modules()):
                raise RuntimeError(f"{client.NAME}: expected an LSTM in the model, found none.")
        losses = torch.tensor([trial.work() for _ in range(WORKS)], dtype=torch.float64)
    parameters = torch.cat([p.detach().flatten() for p in trial.model.parameters()])
    return trial, Learned(losses, parameters)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one client.

    Attributes:
        apart: Largest differences of losses and parameters between lstmkit and torch.
        control: The same between torch's two implementations, with and without oneDNN: what
            rounding alone does to this program.
        timing: Times of one `work` in alternating rounds, lstmkit's first.
    """

    apart: tuple[float, float]
    control: tuple[float, float]
    timing: Timing


def measure(client: ModuleType, rounds: int) -> Result:
    """Runs a client both ways, then times both in rounds that alternate.

    Args:
        client: A module of this folder.
        rounds: Rounds that must count.

    Returns:
        Differences and times.
    """
    _, other = learn(client, ours=False, around=lambda: torch.backends.mkldnn.flags(enabled=False))
    theirs, expected = learn(client, ours=False)
    ours, found = learn(client, ours=True)
    timing = compare({"lstmkit": ours.work, "torch": theirs.work}, rounds=rounds)
    return Result(found.differs(expected), other.differs(expected), timing)
