"""Keeping gradients in bounds: forget biases, chrono initialisation, clipping and noise."""

from collections.abc import Iterator

import numpy as np
import torch
from matplotlib.figure import Figure
from panels import BLUE, GREY, LINES, ORANGE, panels

from lstmkit.nn import LSTM, Init
from lstmkit.train.gradients import DECAY


def pictures() -> Iterator[tuple[str, Figure]]:
    """The figure of docs/rules/bounds.md."""
    figure, (kept, lengths, clipped, noise) = panels(2, rows=2)
    steps = np.arange(301)
    for bias, colour in zip((0, 1, 3, 5), LINES, strict=True):
        kept.plot(steps, (1 / (1 + np.exp(-bias))) ** steps, color=colour, label=f"bias {bias}")
    kept.set(yscale="log", ylim=(1e-6, 2), xlabel="steps", title="what a forget gate leaves")
    kept.legend()
    bins = np.geomspace(1, 1000, 40)
    for name, init, colour in (
        ("forget bias 1", Init(forget_bias=1.0), BLUE),
        ("chrono, 500 steps", Init(chrono_steps=500), ORANGE),
    ):
        named = LSTM(1, 512, init=init).layers[0].named()
        memory = 1 + named["b_f"].detach().exp().numpy()
        lengths.hist(memory, bins, color=colour, alpha=0.7, label=name)
    lengths.set(xscale="log", xlabel="steps", title="memory 1 / (1 - f) of 512 units at the start")
    lengths.legend()
    for angle in np.linspace(0, np.pi / 2, 7):
        whole = 2 * torch.tensor([np.cos(angle), np.sin(angle)])
        by_norm = whole * min(1.0, 1 / float(whole.norm()))
        by_value = whole.clamp(-1, 1)
        clipped.plot(*zip([0, 0], whole.tolist(), strict=True), color=GREY, linewidth=0.8)
        clipped.plot(*by_norm.tolist(), "o", color=BLUE, markersize=4)
        clipped.plot(*by_value.tolist(), "s", color=ORANGE, markersize=4)
    clipped.set(aspect="equal", title="gradients of length 2, clipped at 1")
    clipped.legend(
        [clipped.lines[0], clipped.lines[1], clipped.lines[2]],
        ["as they come", "by norm", "by value"],
        loc="center left",
        bbox_to_anchor=(1, 0.5),
    )
    for variance, colour in zip((1.0, 0.3, 0.01), LINES, strict=False):
        deviation = np.sqrt(variance / (1 + np.arange(10_001)) ** DECAY)
        noise.plot(deviation, color=colour, label=f"variance {variance:g}")
    noise.set(yscale="log", xlabel="updates", title="deviation of the noise on a gradient")
    noise.legend()
    yield "bounds", figure
