"""The controls: a tanh net with the full gradient, on tasks where the paper says that it fails."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lstmkit.nn import LSTM
from papers.hochreiter1997.sequences import Draw, Sequences
from papers.hochreiter1997.tasks import TASKS, Task
from papers.hochreiter1997.train import EVERY, Learner

# more than the paper's control had: ten units that start orthogonal, Adam, clipping
UNITS, RATE, BOUND = 10, 1e-3, 1.0
# what it had: weights that start uniform within plus and minus this; the rate is that of the LSTM
SPREAD, PLAIN_RATE = 0.2, 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """A control.

    Attributes:
        name: Experiment and setting.
        task: What to learn.
        published: In the paper.
        plain: Whether the net and its training are the paper's: one hidden unit, connections from
            inputs to outputs, plain descent, and errors at every step, where the next input is due.
    """

    name: str
    task: Task
    published: str
    plain: bool = False


class Tanh(nn.Module):
    """Elman's net: the hidden units of a step see those of the step before.

    Args:
        control: Gives its inputs, outputs and units.
        seed: Of its weights.
    """

    def __init__(self, control: Control, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        shape, units = control.task.shape, 1 if control.plain else UNITS
        self.hidden = LSTM(shape.inputs, units, cell="elman")
        self.read = nn.Linear(units, shape.outputs, bias=not control.plain)
        self.short = nn.Linear(shape.inputs, shape.outputs, bias=False) if control.plain else None
        self.squashed = shape.output == "logistic"
        for weights in self.parameters() if control.plain else ():
            nn.init.uniform_(weights, -SPREAD, SPREAD)

    def forward(self, x: Tensor) -> Tensor:
        """Returns the outputs (batch, time, outputs)."""
        hidden, _ = self.hidden(x)
        outputs = self.read(hidden)
        if self.short is not None:
            outputs = outputs + self.short(x)
        return outputs.sigmoid() if self.squashed else outputs

    @torch.no_grad()
    def answer(self, drawn: Sequences) -> np.ndarray:
        """Returns the outputs (sequences, outputs) of last steps, while the net does not learn."""
        each = [torch.from_numpy(x).float() for x in drawn.each(self.hidden.input_size)]
        x = nn.utils.rnn.pad_sequence(each, batch_first=True)
        return self(x)[torch.arange(len(x)), drawn.lengths - 1].numpy()


def train(control: Control, seed: int, seconds: float = float("inf")) -> dict[str, Any]:
    """Trains a tanh net by full back-propagation through time until the task's criterion holds.

    Args:
        control: What to learn.
        seed: Of weights and sequences.
        seconds: When to give up.

    Returns:
        As `Learner.record`.
    """
    net, learner, plain = Tanh(control, seed), Learner(control.task, seed), control.plain
    descent = torch.optim.SGD if plain else torch.optim.Adam
    optimizer = descent(net.parameters(), lr=PLAIN_RATE if plain else RATE)
    began = time.process_time()
    for x, target in _pairs(learner):
        due = np.concatenate([x[1:], target[None]]) if plain else target[None]
        wanted = torch.from_numpy(due).float()
        outputs = net(torch.from_numpy(x).float()[None])[0, -len(due) :]
        optimizer.zero_grad()
        (0.5 * (outputs - wanted).square().sum()).backward()
        if not plain:
            nn.utils.clip_grad_norm_(net.parameters(), BOUND)
        optimizer.step()
        missed = (outputs.detach() - wanted)[-1].abs()
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


def again(lag: int) -> Draw:
    """Experiment 2a; of its predictions the last is judged."""

    def draw(random: np.random.Generator, count: int) -> Sequences:
        first = lag - 1 + random.integers(0, 2, count)
        x = np.concatenate([first[:, None], np.tile(np.arange(lag - 1), (count, 1))], axis=1)
        return Sequences(x.reshape(-1), np.full(count, lag), np.eye(lag + 1)[first])

    return draw


def _controls() -> tuple[Control, ...]:
    named = {task.name: task for task in TASKS}
    adding = named["4 adding T=100"]
    short = named["2c lag 100, 100 distractors, weights within 0.01"]
    shape = replace(short.shape, inputs=101, outputs=101)
    lag = replace(
        short, shape=shape, draw=again(100), right=0.25, fresh=0, latest=100, limit=50_000
    )
    return (
        Control(
            name="tanh unit with the full gradient, 2a lag 100",
            task=lag,
            published="0 %, more than 5,000,000 sequences",
            plain=True,
        ),
        Control(
            name="tanh net with the full gradient, 2a lag 100, Adam, the last error alone",
            task=lag,
            published="-",
        ),
        Control(
            name="tanh net with the full gradient, 4 adding T=100, Adam",
            task=replace(adding, limit=100_000),
            published="not tried",
        ),
    )


CONTROLS = _controls()
