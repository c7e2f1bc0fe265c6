"""What weights of fewer bits cost a trained model: Nottingham, the next chord of folk tunes.

    LSTMKIT_DATA=<folder with music/Nottingham.mat> python -m benchmarks.fewer_bits

An LSTM of 512 units learns to say which of 88 keys sound at the next step (Boulanger-Lewandowski
et al. 2012: their data, their split, the mean over sequences' steps of the negative
log-likelihood). The test part is then judged with the recurrent and input weights of each type,
calibrated on sequences of the training part, and one step at a time, where the input's weights have
fewer bits too.
"""

import argparse
import copy
import os
import statistics
from pathlib import Path

import torch
from scipy.io import loadmat
from torch import Tensor, nn

from lstmkit import LSTM

KINDS = ("float32", "bfloat16", "int8")
HIDDEN, BATCH, PATIENCE = 512, 32, 3
Rolls = list[Tensor]


def rolls(part: str) -> Rolls:
    """Reads the piano rolls (time, 88) of `traindata`, `validdata` or `testdata`."""
    path = Path(os.environ["LSTMKIT_DATA"]) / "music" / "Nottingham.mat"
    return [torch.from_numpy(roll.astype("float32")) for roll in loadmat(path)[part][0]]


def padded(sequences: Rolls) -> tuple[Tensor, Tensor]:
    """Sequences (batch, time, 88) and their lengths."""
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    return nn.utils.rnn.pad_sequence(sequences, batch_first=True), lengths


def missed(head: nn.Module, y: Tensor, x: Tensor, lengths: Tensor) -> Tensor:
    """Negative log-likelihood of every next step, summed over the keys."""
    each = nn.functional.binary_cross_entropy_with_logits(head(y), x[:, 1:], reduction="none")
    real = torch.arange(y.shape[1]) < (lengths - 1)[:, None]
    return each.sum(-1)[real]


def judge(layer: LSTM, head: nn.Module, sequences: Rolls, *, streamed: bool = False) -> float:
    """Mean negative log-likelihood of a step."""
    x, lengths = padded(sequences)
    with torch.no_grad():
        if streamed:
            outputs, state = [], None
            for t in range(x.shape[1] - 1):
                y, state = layer.step(x[:, t], state)
                outputs.append(y)
            y = torch.stack(outputs, 1)
        else:
            y, _ = layer(x[:, :-1], lengths=lengths - 1)
        return float(missed(head, y, x, lengths).mean())


def train(seed: int) -> tuple[LSTM, nn.Module]:
    """Trains until the validation part has not improved for three epochs."""
    torch.manual_seed(seed)
    layer, head = LSTM(88, HIDDEN), nn.Linear(HIDDEN, 88)
    model = nn.ModuleList([layer, head])
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    data, valid = rolls("traindata"), rolls("validdata")
    best, kept, since = float("inf"), copy.deepcopy(model.state_dict()), 0
    while since < PATIENCE:
        for chosen in torch.randperm(len(data)).split(BATCH):
            x, lengths = padded([data[k] for k in chosen])
            loss = missed(head, layer(x[:, :-1], lengths=lengths - 1)[0], x, lengths).mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        found = judge(layer, head, valid)
        since = 0 if found < best else since + 1
        if found < best:
            best, kept = found, copy.deepcopy(model.state_dict())
    model.load_state_dict(kept)
    return layer, head


def main() -> None:
    """Trains a model a seed and prints the table."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--seeds", type=int, default=3)
    seeds = ask.parse_args().seeds
    test, typical = rolls("testdata"), padded(rolls("traindata")[:BATCH])[0]
    found: dict[tuple[str, bool], list[float]] = {}
    for seed in range(seeds):
        layer, head = train(seed)
        for kind in KINDS:
            lower = layer.with_weights(kind, typical)
            for streamed in (False, True):
                loss = judge(lower, head, test, streamed=streamed)
                found.setdefault((kind, streamed), []).append(loss)
    print("| weights | whole sequences, NLL | step by step, NLL | largest change of a seed |")
    print("|---|---|---|---|")
    for kind in KINDS:
        rows = [found[kind, streamed] for streamed in (False, True)]
        plain = [found["float32", streamed] for streamed in (False, True)]
        change = max(
            abs(a - b)
            for row, base in zip(rows, plain, strict=True)
            for a, b in zip(row, base, strict=True)
        )
        told = " | ".join(f"{statistics.mean(r):.4f} ± {statistics.pstdev(r):.4f}" for r in rows)
        print(f"| {kind} | {told} | {change:.4f} |")


if __name__ == "__main__":
    main()
