"""Why the carousel works: powers, products of Jacobians, one value held, and what is learnt."""

from collections.abc import Iterator

import numpy as np
import torch
from matplotlib.figure import Figure
from panels import BLUE, GREEN, GREY, LINES, ORANGE, PURPLE, panels
from torch import Tensor, nn

from lstmkit.inspect import gradient_flow
from lstmkit.nn import LSTM, Init

STEPS, UNITS, SEEDS = 100, 32, 5
GAP, BATCH, UPDATES = 100, 32, 600
HELD = (10, 80)


def pictures() -> Iterator[tuple[str, Figure]]:
    """The figures of docs/carousel.md."""
    yield "carousel-powers", powers()
    yield "carousel-held", held()
    yield "carousel-learnt", learnt()


def powers() -> Figure:
    """One number to the power of the lag, and products of Jacobians of nets of 32 units."""
    figure, (left, right) = panels(2)
    lags = np.arange(STEPS)
    for weight, colour in zip((1.05, 1.0, 0.95, 0.8), LINES, strict=True):
        left.plot(lags, weight**lags, color=colour, label=f"w = {weight:g}")
    left.set(yscale="log", ylim=(1e-10, 1e4), title="one weight", xlabel="lag")
    left.legend()
    for radius, colour in zip((1.2, 1.0, 0.8), LINES, strict=False):
        for driven in (False, True):
            norms = np.mean(
                [jacobians(radius, driven=driven, seed=seed) for seed in range(SEEDS)], 0
            )
            label = f"radius {radius:g}, {'driven' if driven else 'at rest'}"
            right.plot(lags, np.exp(norms), "--" if driven else "-", color=colour, label=label)
    right.set(yscale="log", ylim=(1e-10, 1e4), title="32 units with tanh", xlabel="lag")
    right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def jacobians(radius: float, *, driven: bool, seed: int) -> np.ndarray:
    """Logarithms of the size that a random error has after each step back through an Elman net."""
    random = np.random.default_rng(seed)
    recurrent = random.normal(size=(UNITS, UNITS))
    recurrent *= radius / np.abs(np.linalg.eigvals(recurrent)).max()
    h, slopes = np.zeros(UNITS), []
    for _ in range(STEPS):
        h = np.tanh(recurrent @ h + driven * random.normal(size=UNITS))
        slopes.append(1 - h**2)
    error, found = random.normal(size=UNITS), []
    first = np.linalg.norm(error)
    for slope in reversed(slopes):
        found.append(np.log(np.linalg.norm(error) / first))
        error = recurrent.T @ (slope * error)
    return np.array(found)


def by_hand() -> LSTM:
    """One unit whose gates obey signals: a value, write, read."""
    layer = LSTM(3, 1, cell="lstm1997", dtype=torch.float64)
    with torch.no_grad():
        named = layer.layers[0].named()
        for value in named.values():
            value.zero_()
        named["W_g"][0, 0] = 1.0
        for gate, column in (("i", 1), ("o", 2)):
            named[f"W_{gate}"][0, column], named[f"b_{gate}"][0] = 20.0, -10.0
    return layer


def held() -> Figure:
    """A value written once, held through noise and read once; and the error on its way back."""
    layer = by_hand()
    x = torch.randn(1, STEPS, 3, dtype=torch.float64)
    x[:, :, 1:] = 0
    x[0, HELD[0], 1] = x[0, HELD[1], 2] = 1
    x[0, HELD[0], 0] = 1.5
    _, _, [trace] = layer(x, trace=True)
    [flow] = gradient_flow(layer, lambda: layer(x)[0][0, HELD[1], 0])
    figure, axes = panels(1, rows=4, height=0.95)
    lines = (("input", x[0, :, 0], GREY), ("cell c", trace["c"][0, :, 0], BLUE))
    for panel, (name, values, colour) in zip(axes, lines, strict=False):
        panel.plot(values.detach(), color=colour)
        panel.set_ylabel(name)
    for gate, colour in (("i", ORANGE), ("o", PURPLE)):
        axes[2].plot(trace[gate][0, :, 0].detach(), color=colour, label=gate)
    axes[2].set_ylabel("gates")
    axes[2].legend(loc="center right")
    axes[3].plot(flow.norms["c"][::-1], color=GREEN)
    axes[3].set(ylabel="error at c", ylim=(0, 1.1 * flow.norms["c"].max()), xlabel="step")
    for panel in axes[:3]:
        panel.tick_params(labelbottom=False)
    return figure


def first_value(seed: int) -> tuple[Tensor, Tensor]:
    """Noise, a mark at the first step, and the first value's sign, due after the gap."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(BATCH, GAP, 2, generator=generator)
    x[:, :, 1] = 0
    x[:, 0, 1] = 1
    return x, (x[:, 0, 0] > 0).float()


NETS = {
    "Elman": {"cell": "elman"},
    "LSTM, forget bias 1": {"cell": "lstm"},
    "LSTM, forget bias 5": {"cell": "lstm", "init": Init(forget_bias=5.0)},
    "carousel of 1997": {"cell": "lstm1997"},
}


def train(name: str, seed: int, updates: int) -> tuple[list[float], list[np.ndarray]]:
    """Trains a net; returns its losses, and the error signal by lag before and after."""
    torch.manual_seed(seed)
    layer, head = LSTM(2, 16, **NETS[name]), nn.Linear(16, 1)
    optimiser = torch.optim.Adam([*layer.parameters(), *head.parameters()], 3e-3)

    def loss(number: int) -> Tensor:
        x, sign = first_value(number)
        logit = head(layer(x)[0][:, -1])[:, 0]
        return nn.functional.binary_cross_entropy_with_logits(logit, sign)

    def signal() -> np.ndarray:
        [flow] = gradient_flow(layer, lambda: loss(10**6))
        norms = list(flow.norms.values())[-1]
        return norms / norms[0]

    losses, signals = [], [signal()]
    for update in range(updates):
        found = loss(1000 * seed + update)
        optimiser.zero_grad()
        found.backward()
        nn.utils.clip_grad_norm_([*layer.parameters(), *head.parameters()], 1.0)
        optimiser.step()
        losses.append(found.item())
    return losses, [*signals, signal()]


def learnt() -> Figure:
    """The error signal of four nets before training, and their losses."""
    figure, (left, right) = panels(2)
    for (name, _), colour in zip(NETS.items(), LINES, strict=True):
        runs = [train(name, seed, UPDATES) for seed in range(SEEDS)]
        before = np.exp(np.mean([np.log(signals[0] + 1e-30) for _, signals in runs], 0))
        left.plot(before, color=colour, label=name)
        for number, (losses, _) in enumerate(runs):
            smooth = np.convolve(losses, np.full(20, 1 / 20), "valid")
            label = name if number == 0 else None
            right.plot(smooth, color=colour, linewidth=0.9, alpha=0.8, label=label)
        ends = [np.mean(losses[-20:]) for losses, _ in runs]
        told = ", ".join(f"{end:.2f}" for end in sorted(ends))
        print(f"{name}: losses at the end {told}; {before[-1]:.1e} of the error arrives")
    left.set(yscale="log", xlabel="lag")
    left.set_title("error signal before training")
    left.legend()
    right.axhline(np.log(2), color=GREY, linestyle=":")
    right.set(xlabel="update", ylim=(0, 1), title=f"loss, a gap of {GAP} steps")
    return figure
