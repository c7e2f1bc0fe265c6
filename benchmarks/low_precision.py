"""What weights of fewer bits cost a trained net: the next chord of Bach's chorales.

    LSTMKIT_DATA=<folder with music/JSB_Chorales.mat> python -m benchmarks.low_precision

A plain LSTM of 200 units is trained in float32 (Adam, 1e-3, eight pieces at a time, the epoch that
is best on the validation part). Its test loss, the negative log-likelihood of all 88 keys of the
next step in nats, is then taken again with the weights in bfloat16 and in int8, whose scales come
from the first pieces of the training part.
"""

import argparse
import copy
import os
import statistics

import torch
from rich.console import Console
from torch import Tensor

from benchmarks.speed.tables import markdown
from lstmkit.errors import SettingsError
from lstmkit.nn import LSTM
from papers.music import KEYS, NextKeys, batches, by_frequency, rolls

HIDDEN, BATCH, EPOCHS, RATE = 200, 8, 60, 1e-3
KINDS = ("bfloat16", "int8")


def train(parts: tuple[list[Tensor], ...], seed: int, epochs: int) -> NextKeys:
    """Trains a net and returns it as it was at its best epoch."""
    torch.manual_seed(seed)
    model = NextKeys(LSTM(KEYS, HIDDEN))
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    data, valid = batches(parts[0], BATCH), batches(parts[1], 80)
    kept, lowest = copy.deepcopy(model.state_dict()), model.judge(valid)
    for _ in range(epochs):
        for number in torch.randperm(len(data)):
            optimiser.zero_grad()
            model(data[number]).mean().backward()
            optimiser.step()
        found = model.judge(valid)
        if found < lowest:
            kept, lowest = copy.deepcopy(model.state_dict()), found
    model.load_state_dict(kept)
    return model


def losses(model: NextKeys, parts: tuple[list[Tensor], ...]) -> dict[str, float]:
    """Judges a net on the test part with each type of weights that the processor has."""
    test = batches(parts[2], 80)
    typical, _ = batches(parts[0], 80)[0]
    found = {"float32": model.judge(test)}
    for kind in KINDS:
        lower = copy.deepcopy(model)
        try:
            lower.layer = model.layer.with_weights(kind, typical)
        except SettingsError as error:
            Console(stderr=True, highlight=False).print(str(error))
            continue
        found[kind] = lower.judge(test)
    return found


def main() -> None:
    """Trains, judges, prints a table."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    ask.add_argument("--epochs", type=int, default=EPOCHS)
    asked = ask.parse_args()
    parts = rolls("JSB_Chorales", os.environ.get("LSTMKIT_DATA"))
    nothing = by_frequency(parts[0], parts[2])
    rows, changes = [], {kind: [] for kind in KINDS}
    for seed in asked.seeds:
        found = losses(train(parts, seed, asked.epochs), parts)
        for kind in KINDS:
            if kind in found:
                changes[kind].append(found[kind] - found["float32"])
        rows.append(
            [str(seed), *(f"{found[k]:.4f}" if k in found else "" for k in ("float32", *KINDS))]
        )
    print(markdown(["seed", "float32", *KINDS], rows))
    print(f"\nKeys by their frequency: {nothing:.3f} nats.")
    for kind, ones in changes.items():
        if ones:
            worst = max(ones, key=abs)
            print(f"{kind}: {statistics.mean(ones):+.5f} nats on average, {worst:+.5f} at most.")


if __name__ == "__main__":
    main()
