"""Recurrent nets: all of one size, trained in one way; what differs is the cell and its start."""

import math
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from lstmkit.nn import LSTM, Init
from papers.gap.task import RIGHT, SYMBOLS, draw, held_out, one_hot
from papers.records import Record

HIDDEN, BATCH, RATE, EVERY = 16, 20, 5e-3, 25


def chrono(gap: int) -> LSTM:
    """The plain LSTM whose gates start with memories of up to the gap (Tallec, Ollivier 2018)."""
    return LSTM(SYMBOLS, HIDDEN, init=Init(chrono_steps=max(3, gap + 2)))


def remembering_little(_: int) -> LSTM:
    """The plain LSTM with a forget bias of 1, as most programs start it."""
    return LSTM(SYMBOLS, HIDDEN)


def carousel(gap: int) -> LSTM:
    """The LSTM of 1997, its input gates nearly shut at first, as in the paper.

    What the gates let in by chance adds up like a random walk, to the root of the gap; the bias
    keeps that below 1.
    """
    layer = LSTM(SYMBOLS, HIDDEN, cell="lstm1997")
    nn.init.constant_(layer.layers[0].named()["b_i"], -0.5 * math.log(gap) - 1)
    return layer


def gru(_: int) -> LSTM:
    """The gated recurrent unit."""
    return LSTM(SYMBOLS, HIDDEN, cell="gru")


def patient_gru(gap: int) -> LSTM:
    """The same, its update gates started as chrono starts forget gates."""
    layer = LSTM(SYMBOLS, HIDDEN, cell="gru")
    with torch.no_grad():
        layer.layers[0].named()["b_z"].uniform_(1, gap + 1).log_()
    return layer


def elman(_: int) -> LSTM:
    """The tanh net."""
    return LSTM(SYMBOLS, HIDDEN, cell="elman")


def learn(make: Callable[[int], LSTM], gap: int, seed: int, most: int) -> Record:
    """Trains one net on fresh sequences until it is right.

    Adam at 0.005 on the cross-entropy of the answer, in batches of 20, gradients clipped to norm
    1; every 25 updates the net is judged.

    Args:
        make: Builds the layer for a gap.
        gap: Symbols between sign and question.
        seed: Of weights and sequences.
        most: Sequences after which it has failed.

    Returns:
        `solved`, `right`, the share of right answers at the end, `sequences` and `seconds`.
    """
    torch.manual_seed(seed)
    random, began = np.random.default_rng((seed, gap)), time.process_time()
    layer, head = make(gap), nn.Linear(HIDDEN, 1)
    parameters = [*layer.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, RATE)
    judged, expected = held_out(gap)
    x = torch.from_numpy(one_hot(judged))
    seen, right = 0, 0.0
    while seen < most and right < RIGHT:
        for _ in range(EVERY):
            sequences, answers = draw(gap, BATCH, random)
            y, _ = layer(torch.from_numpy(one_hot(sequences)))
            target = torch.from_numpy(answers).float()
            loss = nn.functional.binary_cross_entropy_with_logits(head(y[:, -1])[:, 0], target)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
        seen += EVERY * BATCH
        with torch.no_grad():
            said = head(layer(x)[0][:, -1])[:, 0].numpy() > 0
        right = float((said == expected).mean())
    return {
        "solved": right >= RIGHT,
        "right": right,
        "sequences": seen,
        "seconds": time.process_time() - began,
    }
