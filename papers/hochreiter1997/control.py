"""The controls: a tanh net with the full gradient, on tasks where the paper says that it fails."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lstmkit.nn import LSTM
from papers.hochreiter1997.sequences import Sequences
from papers.hochreiter1997.tasks import TASKS, Task
from papers.hochreiter1997.train import EVERY, Learner

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
        self.hidden = LSTM(task.shape.inputs, UNITS, cell="elman")
        self.read = nn.Linear(UNITS, task.shape.outputs)
        self.squashed = task.shape.output == "logistic"

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Returns the outputs (batch, outputs) of the last step."""
        _, state = self.hidden(x, lengths=lengths)
        outputs = self.read(state.h[-1])
        return outputs.sigmoid() if self.squashed else outputs

    @torch.no_grad()
    def answer(self, drawn: Sequences) -> np.ndarray:
        """Returns the same for arrays, while the net does not learn."""
        each = [torch.from_numpy(x).float() for x in drawn.each(self.hidden.input_size)]
        x = nn.utils.rnn.pad_sequence(each, batch_first=True)
        return self(x, torch.from_numpy(drawn.lengths)).numpy()


def train(control: Control, seed: int, seconds: float = float("inf")) -> dict[str, Any]:
    """Trains a tanh net by full back-propagation through time until the task's criterion holds.

    Args:
        control: What to learn.
        seed: Of weights and sequences.
        seconds: When to give up.

    Returns:
        As `Learner.record`.
    """
    net, learner = Tanh(control.task, seed), Learner(control.task, seed)
    adam, began = torch.optim.Adam(net.parameters(), lr=RATE), time.process_time()
    for x, target in _pairs(learner):
        outputs = net(torch.from_numpy(x).float()[None])[0]
        wanted = torch.from_numpy(target).float()
        adam.zero_grad()
        (0.5 * (outputs - wanted).square().sum()).backward()
        nn.utils.clip_grad_norm_(net.parameters(), BOUND)
        adam.step()
        missed = (outputs.detach() - wanted).abs()
        learner.note(float(missed.mean()), float(missed.max()), net.answer)
        late = learner.count % EVERY == 0 and time.process_time() - began > seconds
        if learner.over or late:
            break
    return learner.record(net.answer, time.process_time() - began)


def _pairs(learner: Learner) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Sequences, one after another, and what is due at the end of each."""
    while True:
        drawn, _ = learner.draw()
        yield from zip(drawn.each(learner.task.shape.inputs), drawn.answers, strict=True)


def _first_again(random: np.random.Generator, count: int) -> Sequences:
    """Experiment 2a at a lag of 100; of its predictions only the last is asked for."""
    first = random.integers(0, 2, count)
    x = np.concatenate([99 + first[:, None], np.tile(np.arange(99), (count, 1))], axis=1)
    return Sequences(x.reshape(-1), np.full(count, 100), np.eye(2)[first])


def _controls() -> tuple[Control, ...]:
    named = {task.name: task for task in TASKS}
    adding = named["4 adding T=100"]
    short = named["2c lag 100, 100 distractors"]
    shape = replace(short.shape, inputs=101)
    lag = replace(
        short, shape=shape, draw=_first_again, right=0.25, fresh=0, latest=100, limit=50_000
    )
    return (
        Control(
            name="tanh net with the full gradient, 2a lag 100",
            task=lag,
            published="0 %, more than 5,000,000 sequences",
        ),
        Control(
            name="tanh net with the full gradient, 4 adding T=100",
            task=replace(adding, limit=100_000),
            published="not tried",
        ),
    )


CONTROLS = _controls()
