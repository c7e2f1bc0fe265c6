"""Training on some speakers until another one is understood no better, and the test on a third."""

import copy
import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from papers.graves2005.nets import Framewise, Net
from papers.graves2005.speech import Parts, Spoken
from papers.records import Record

BATCH, RATE, BOUND, PATIENCE, EPOCHS = 8, 2e-3, 1.0, 4, 20
# deviation of the noise on the features (Graves et al. 2006): four voices are soon known by heart
NOISE = 0.6
# frames since a digit began, by which right answers are told apart
FRAMES = 40
Batch = tuple[Tensor, Tensor, Tensor]


def train(
    net: Net, parts: Parts, seed: int, epochs: int = EPOCHS, units: int | None = None
) -> Record:
    """Trains one net by Adam until validation has been no better for four epochs.

    Args:
        net: What to train.
        parts: Rows to learn from, for validation, and for two tests.
        seed: Of weights and order.
        epochs: At most so many.
        units: Instead of the net's own.

    Returns:
        `curve`, the share of frames of validation that are right after each epoch; `valid`,
        `known` and `strange` at the best epoch, in shares; `since`, the share for known voices by
        frames since a digit began; `shown`, probabilities for the first row of these; `weights`;
        `seconds` of the processor, and those of an epoch's training.
    """
    torch.manual_seed(seed)
    began, spent = time.process_time(), 0.0
    model, order = net.make(units), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    curve: list[float] = []
    while len(curve) < epochs:
        start = time.process_time()
        for x, digit, lengths in batches(parts.train, order):
            # a row's padding has the digit -1
            logits = model(x + NOISE * torch.randn_like(x), lengths)
            loss = nn.functional.cross_entropy(
                logits.flatten(0, 1), digit.flatten(), ignore_index=-1
            )
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), BOUND)
            optimiser.step()
        spent += time.process_time() - start
        curve.append(float(torch.cat(right(model, parts.valid)).float().mean()))
        if curve[-1] == max(curve):
            kept = copy.deepcopy(model.state_dict())
        elif len(curve) - 1 - curve.index(max(curve)) >= PATIENCE:
            break
    model.load_state_dict(kept)
    known, strange = (
        torch.cat(right(model, rows)).float() for rows in (parts.known, parts.strange)
    )
    since = torch.cat([row.since for row in parts.known])
    frames = min(FRAMES, int(since.max()) + 1)
    return {
        "curve": [round(share, 4) for share in curve],
        "valid": max(curve),
        "known": float(known.mean()),
        "strange": float(strange.mean()),
        "since": [round(float(known[since == k].mean()), 4) for k in range(frames)],
        "shown": shown(model, parts.known[0]),
        "weights": model.weights,
        "seconds": time.process_time() - began,
        "epoch": spent / len(curve),
    }


def batches(rows: Sequence[Spoken], order: torch.Generator) -> list[Batch]:
    """Rows of like length together, in an order by chance: features, digits, lengths."""
    ranked = sorted(rows, key=lambda row: len(row.x))
    firsts = torch.randperm(-(-len(ranked) // BATCH), generator=order) * BATCH
    return [_padded(ranked[first : first + BATCH]) for first in firsts.tolist()]


def _padded(rows: Sequence[Spoken]) -> Batch:
    x, digit = (
        nn.utils.rnn.pad_sequence(values, batch_first=True, padding_value=empty)
        for values, empty in (([row.x for row in rows], 0), ([row.digit for row in rows], -1))
    )
    return x, digit, torch.tensor([len(row.x) for row in rows])


@torch.no_grad()
def right(model: Framewise, rows: Sequence[Spoken]) -> list[Tensor]:
    """Returns for each row which of its frames are classified right."""
    found = []
    for first in range(0, len(rows), 50):
        some = rows[first : first + 50]
        x, digit, lengths = _padded(some)
        correct = model(x, lengths).argmax(2) == digit
        found += [one[:length] for one, length in zip(correct, lengths.tolist(), strict=True)]
    return found


@torch.no_grad()
def shown(model: Framewise, row: Spoken) -> dict[str, list]:
    """Returns the digits of a row and the probabilities of all digits at each frame."""
    x, _, lengths = _padded([row])
    probabilities = model(x, lengths)[0].softmax(1)
    return {
        "digit": row.digit.tolist(),
        "probabilities": [[round(p, 3) for p in frame] for frame in probabilities.tolist()],
    }
