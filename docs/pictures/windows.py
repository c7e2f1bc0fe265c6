"""Truncated back-propagation through time: how far windows are from the full gradient."""

from collections.abc import Iterator

import torch
from demand import demand
from matplotlib.figure import Figure
from panels import LINES, panels
from torch import Tensor, nn

from lstmkit.data import Stream
from lstmkit.nn import LSTM, Init, carried

STEPS, UNITS, SEEDS = 512, 16, 5
WINDOWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


def pictures() -> Iterator[tuple[str, Figure]]:
    """The figure of docs/rules/windows.md."""
    figure, (left, right) = panels(2)
    for bias, colour in zip((1.0, 3.0, 5.0), LINES, strict=False):
        found = torch.stack([compared(bias, seed) for seed in range(SEEDS)]).mean(0)
        print(f"forget bias {bias:g}: cosine by window {[round(float(c), 3) for c in found[0]]}")
        left.plot(WINDOWS, found[0], "o-", markersize=3, color=colour, label=f"bias {bias:g}")
        right.plot(WINDOWS, found[1], "o-", markersize=3, color=colour)
    left.set(xscale="log", ylim=(0, 1.02), xlabel="window")
    left.set_title("cosine with the full gradient")
    left.legend(title="forget gate")
    right.set(xscale="log", yscale="log", xlabel="window")
    right.set_title("distance from it, in its lengths")
    yield "windows", figure


def gradient(layer: LSTM, head: nn.Linear, window: int) -> Tensor:
    """The gradient of the mean loss over the whole stream, cut between windows."""
    x, y = demand(STEPS)
    parameters = [*layer.parameters(), *head.parameters()]
    total = torch.zeros(sum(parameter.numel() for parameter in parameters))
    for piece, h in carried(layer, Stream([x], [y], batch=1, window=window)):
        loss = (head(h) - piece.target)[piece.real].square().sum() / STEPS
        parts = torch.autograd.grad(loss, parameters)
        total += torch.cat([part.flatten() for part in parts])
    return total


def compared(bias: float, seed: int) -> Tensor:
    """Cosine and distance of the gradients of all windows and the full one, (2, windows)."""
    torch.manual_seed(seed)
    layer = LSTM(1, UNITS, init=Init(forget_bias=bias))
    head = nn.Linear(UNITS, 1)
    full = gradient(layer, head, STEPS)
    cut = torch.stack([gradient(layer, head, window) for window in WINDOWS])
    cosine = torch.nn.functional.cosine_similarity(cut, full[None])
    return torch.stack([cosine, (cut - full).norm(dim=1) / full.norm()])
