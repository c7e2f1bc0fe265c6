"""An Elman net on the edge of explosion, trained with and without clipping by norm."""

import torch
from torch import nn

from lstmkit.nn import LSTM
from papers.records import Record

HIDDEN, BATCH, RATE, LIMIT = 50, 20, 0.05, 1.0
GUESS = 0.1767  # mean squared error of always saying 1 (Hochreiter and Schmidhuber 1997, task 4)


def adding(length: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Two marked numbers whose sum is asked for at the end; the numbers lie in [0, 1]."""
    values = torch.rand(BATCH, length, generator=generator)
    marks = torch.zeros(BATCH, length)
    halves = (range(length // 2), range(length // 2, length))
    for half in halves:
        at = torch.randint(half.start, half.stop, (BATCH,), generator=generator)
        marks[torch.arange(BATCH), at] = 1
    return torch.stack([values, marks], -1), (values * marks).sum(1, keepdim=True)


def train(seed: int, *, clip: bool, length: int, steps: int) -> Record:
    """Trains one net by plain gradient descent.

    Returns:
        `largest`, the largest norm of a gradient; `thrown`, steps after which the loss was above
        ten times a guess's; `finite`, whether it stayed finite; `end`, the mean loss of the last
        hundred steps.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    layer, head = LSTM(2, HIDDEN, cell="elman"), nn.Linear(HIDDEN, 1)
    parameters = [*layer.parameters(), *head.parameters()]
    with torch.no_grad():
        layer.layers[0].named()["U"].mul_(1.2)
    norms, losses = [], []
    for _ in range(steps):
        x, target = adding(length, generator)
        loss = (head(layer(x)[0][:, -1]) - target).square().mean()
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        norm = nn.utils.clip_grad_norm_(parameters, LIMIT if clip else torch.inf)
        norms.append(float(norm))
        losses.append(float(loss.detach()))
        if not torch.isfinite(norm):
            break
        with torch.no_grad():
            for parameter in parameters:
                assert parameter.grad is not None
                parameter.sub_(RATE * parameter.grad)
    return {
        "largest": max(norms),
        "thrown": sum(loss > 10 * GUESS for loss in losses),
        "finite": len(losses) == steps,
        "end": sum(losses[-100:]) / len(losses[-100:]),
    }
