"""Two ways to train a counter: full gradient with Adam, truncated gradient with a Kalman filter."""

import time
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lstmkit.train.rules import DecoupledKalmanFilter, OnlineGradient
from papers.counting.language import string, strings
from papers.counting.net import Counter, reach

LONGEST = 10
RATE, EVERY = 0.01, 100
# Perez-Ortiz et al. 2003 anneal both during training
MEASUREMENT, PROCESS = (100.0, 1.0), (1e-2, 1e-6)
ANNEALED = 200


def by_gradient(letters: int, seed: int, *, epochs: int, limit: int) -> dict[str, Any]:
    """Trains with all strings up to n = 10 at once: the full gradient, and Adam.

    Args:
        letters: 2 or 3.
        seed: Of the weights.
        epochs: How often all strings are shown.
        limit: Largest n that is tried.

    Returns:
        Whether the strings were learned, after how many, up to which n the net got at its best, and
        seconds.
    """
    began = time.perf_counter()
    net = Counter(letters, seed, "full")
    x, may_follow, lengths = strings(letters, range(1, LONGEST + 1))
    real = torch.arange(x.shape[1]) < lengths[:, None]
    adam = torch.optim.Adam(net.parameters(), lr=RATE)
    best, learned = 0, None
    for epoch in range(1, epochs + 1):
        loss = nn.functional.binary_cross_entropy_with_logits(
            net(x, lengths)[real], may_follow[real]
        )
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        if epoch % EVERY == 0:
            best = max(best, reach(net, limit))
            learned = learned or (LONGEST * epoch if best >= LONGEST else None)
            if best == limit:
                break
    return _result(best, learned, began)


def by_filter(letters: int, seed: int, *, count: int, limit: int) -> dict[str, Any]:
    """Trains string by string, symbol by symbol: the truncated gradient online, a Kalman filter.

    Args:
        letters: 2 or 3.
        seed: Of weights and strings.
        count: How many strings.
        limit: Largest n that is tried.

    Returns:
        As `by_gradient`.
    """
    began, random = time.perf_counter(), np.random.default_rng(seed)
    net = Counter(letters, seed, "truncated").double()
    rule = OnlineGradient(net.hidden, batch=1)
    stored = net.hidden.directions()[0].stored()
    own = {name: stored[name] for name in net.hidden.directions()[0].stored_names()}
    readout = {"read.weight": net.read.weight, "read.bias": net.read.bias}
    kalman = DecoupledKalmanFilter({n: p.detach() for n, p in (own | readout).items()}, start=100.0)
    best, learned = 0, None
    for done in range(1, count + 1):
        part = min(1.0, done / ANNEALED)
        noise = {
            "measurement": _between(MEASUREMENT, part),
            "process": _between(PROCESS, part),
        }
        x, may_follow = string(letters, int(random.integers(1, LONGEST + 1)))
        first = torch.tensor([True])
        for seen, target in zip(x.double(), may_follow.double(), strict=True):
            h = rule.step(seen[None], first).detach()
            first = torch.tensor([False])
            derivatives, outputs = _derivatives(net, rule, torch.cat([h[0], seen]))
            kalman.update(derivatives, target - outputs, **noise)
        if done % EVERY == 0:
            best = max(best, reach(net, limit))
            learned = learned or (done if best >= LONGEST else None)
            if best == limit:
                break
    return _result(best, learned, began)


@torch.no_grad()
def _derivatives(
    net: Counter, rule: OnlineGradient, read: Tensor
) -> tuple[dict[str, Tensor], Tensor]:
    """The derivative of every output with respect to every parameter, and the outputs."""
    outputs = (net.read.weight @ read + net.read.bias).sigmoid()
    slopes, units = torch.diag(outputs * (1.0 - outputs)), net.letters - 1
    each = [rule.gradients((row @ net.read.weight[:, :units])[None]) for row in slopes]
    found = {name: torch.stack([one[name] for one in each]) for name in each[0]}
    found["read.weight"] = slopes[:, :, None] * read
    found["read.bias"] = slopes
    return found, outputs


def _between(ends: tuple[float, float], part: float) -> float:
    """Goes from one end to the other by equal factors."""
    return float(ends[0] ** (1.0 - part) * ends[1] ** part)


def _result(best: int, learned: int | None, began: float) -> dict[str, Any]:
    return {
        "solved": learned is not None,
        "sequences": learned,
        "reach": best,
        "seconds": time.perf_counter() - began,
    }
