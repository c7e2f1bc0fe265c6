"""The controls: a tanh net with the full gradient, on tasks where the paper says that it fails."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lstmkit.nn import LSTM
from papers.hochreiter1997.tasks import TASKS, Task
from papers.hochreiter1997.train import until_solved

# more than the paper's controls had: ten units, Adam, clipping
UNITS, RATE, BOUND = 10, 1e-3, 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """A control.

    Attributes:
        name: Experiment and setting.
        task: What to learn.
        published: In the paper.
    """

    name: str
    task: Task
    published: str


class Tanh(nn.Module):
    """Elman's net: the hidden units of a step see those of the step before.

    Args:
        task: Gives its inputs and outputs.
        seed: Of its weights.
    """

    def __init__(self, task: Task, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.hidden = LSTM(task.net.inputs, UNITS, cell="elman")
        self.read = nn.Linear(UNITS, task.net.outputs)
        self.squashed = task.net.squashed

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Returns the outputs (batch, outputs) of the last step."""
        _, state = self.hidden(x, lengths=lengths)
        outputs = self.read(state.h[-1])
        return outputs.sigmoid() if self.squashed else outputs


def train(control: Control, seed: int, seconds: float = float("inf")) -> dict[str, Any]:
    """Trains a tanh net by full back-propagation through time until the task's criterion holds.

    Args:
        control: What to learn.
        seed: Of weights and sequences.
        seconds: When to give up.

    Returns:
        As `until_solved`.
    """
    net = Tanh(control.task, seed)
    adam = torch.optim.Adam(net.parameters(), lr=RATE)

    def descend(parameters: list[nn.Parameter], gradients: tuple[Tensor, ...]) -> None:
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        nn.utils.clip_grad_norm_(parameters, BOUND)
        adam.step()

    return until_solved(net, control.task, seed, descend, seconds)


def _first_again(random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Experiment 2a at a lag of 100; of its predictions only the last is asked for."""
    first = int(random.integers(2))
    x = torch.eye(101)[[99 + first, *range(99)]]
    return x, torch.tensor([1.0 - first, float(first)])


def _controls() -> tuple[Control, ...]:
    named = {task.name: task for task in TASKS}
    adding = named["4 adding T=100"]
    short = named["2c lag 100, 100 distractors"]
    net = replace(short.net, inputs=101)
    lag = replace(short, net=net, draw=_first_again, right=0.25, proof=0, latest=100, limit=50_000)
    return (
        Control(
            name="2a lag 100, tanh net, full gradient",
            task=lag,
            published="0 %, more than 5,000,000 sequences",
        ),
        Control(
            name="4 adding T=100, tanh net, full gradient",
            task=replace(adding, limit=100_000),
            published="not tried",
        ),
    )


CONTROLS = _controls()
