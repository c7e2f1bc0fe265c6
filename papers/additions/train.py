"""The nets with one addition each, and how all of them are trained on the chorales."""

import copy
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from lstmkit.nn import LSTM, Drop
from papers.music import KEYS, NextKeys, batches
from papers.records import Record

UNITS, BATCH, RATE, PATIENCE, EPOCHS = 128, 8, 1e-2, 5, 60

NETS: dict[str, Callable[[], LSTM]] = {
    "LSTM": partial(LSTM, KEYS, UNITS),
    "layer norm": partial(LSTM, KEYS, UNITS, cell="layer_norm"),
    "zoneout": partial(LSTM, KEYS, UNITS, drop=Drop(zoneout={"c": 0.5, "h": 0.05})),
    "peepholes": partial(LSTM, KEYS, UNITS, cell="peephole"),
    "projection": partial(LSTM, KEYS, UNITS, cell="projected", projection_size=UNITS // 4),
    "sLSTM": partial(LSTM, KEYS, UNITS, cell="slstm"),
}


def train(name: str, parts: tuple[list[Tensor], ...], seed: int, epochs: int = EPOCHS) -> Record:
    """Trains one net by Adam until the validation part has not improved for five epochs.

    Args:
        name: Of the net.
        parts: Pieces for training, validation and test.
        seed: Of weights, order and zoneout.
        epochs: At most so many.

    Returns:
        `curve`, the validation loss after each epoch in nats a step; `valid` and `test` at the best
        epoch; `weights` of the recurrent layer; `seconds` of the processor.
    """
    torch.manual_seed(seed)
    began = time.process_time()
    model = NextKeys(NETS[name]())
    optimiser = torch.optim.Adam(model.parameters(), RATE)
    data, (valid, test) = batches(parts[0], BATCH), (batches(part, 80) for part in parts[1:])
    curve: list[float] = []
    while len(curve) < epochs:
        for number in torch.randperm(len(data)):
            loss = model(data[number]).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        curve.append(model.judge(valid))
        if curve[-1] == min(curve):
            kept = copy.deepcopy(model.state_dict())
        elif len(curve) - curve.index(min(curve)) > PATIENCE:
            break
    model.load_state_dict(kept)
    return {
        "curve": [round(loss, 4) for loss in curve],
        "valid": min(curve),
        "test": model.judge(test),
        "weights": sum(parameter.numel() for parameter in model.layer.parameters()),
        "seconds": time.process_time() - began,
    }
