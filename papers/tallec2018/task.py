r"""The copy task, and a net that learns it.

Ten random symbols of eight, T blanks with a signal at the end, then the ten symbols are asked for
again. A net without memory does no better than to say blank until the signal and then to guess,
at a mean cross-entropy of

.. math:: \frac{10 \ln 8}{T + 20}

nats a step (Arjovsky et al. 2016; Tallec and Ollivier 2018, section 4).
"""

import math
import time
from collections.abc import Iterator

import torch
from torch import nn

from lstmkit.nn import LSTM, Init
from papers.records import Record

SYMBOLS, COPIED, HIDDEN = 8, 10, 128
BLANK, SIGNAL = SYMBOLS, SYMBOLS + 1
EVERY = 50


def blind(gap: int) -> float:
    """Loss of a net without memory, nats a step."""
    return COPIED * math.log(SYMBOLS) / (gap + 2 * COPIED)


def batch(gap: int, rows: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """One-hot inputs and targets (rows, gap + 20)."""
    symbols = torch.randint(SYMBOLS, (rows, COPIED), generator=generator)
    read = torch.full((rows, gap + 2 * COPIED), BLANK)
    read[:, :COPIED] = symbols
    read[:, COPIED + gap - 1] = SIGNAL
    target = torch.full_like(read, BLANK)
    target[:, -COPIED:] = symbols
    return nn.functional.one_hot(read, SYMBOLS + 2).float(), target


def train(gap: int, init: Init, seed: int, steps: int, rows: int) -> Iterator[Record]:
    """Trains one net on new rows at every step; yields its losses so far, means of 50 steps."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    layer, head = LSTM(SYMBOLS + 2, HIDDEN, init=init), nn.Linear(HIDDEN, SYMBOLS + 1)
    parameters = [*layer.parameters(), *head.parameters()]
    optimiser = torch.optim.RMSprop(parameters, lr=1e-3, alpha=0.9)
    start, losses, recent = time.process_time(), [], []
    for step in range(1, steps + 1):
        x, target = batch(gap, rows, generator)
        loss = nn.functional.cross_entropy(head(layer(x)[0]).flatten(0, 1), target.flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        recent.append(float(loss.detach()))
        if step % EVERY == 0:
            losses.append(sum(recent) / EVERY)
            recent = []
            yield {"losses": losses, "steps": step, "seconds": time.process_time() - start}
