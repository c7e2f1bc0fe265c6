"""The truncated gradient of 1997 beside the full one, and what each rule keeps in memory."""

from collections.abc import Iterator
from functools import partial

import torch
from demand import demand
from matplotlib.figure import Figure
from panels import BLUE, GREEN, ORANGE, panels

from lstmkit.inspect import gradient_flow
from lstmkit.nn import LSTM
from lstmkit.train.rules import OnlineGradient, RealTimeRecurrentLearning

STEPS, UNITS, SEEDS = 60, 16, 5
LENGTHS = (1, 10, 100, 1000)


def pictures() -> Iterator[tuple[str, Figure]]:
    """The figures of docs/rules/truncated.md and docs/rules/real-time.md."""
    yield "truncated-signal", signal()
    yield "rules-memory", memory()


def by_lag(cell: str, gradient: str, recurrent: float) -> torch.Tensor:
    """The error at the carousel by lag, the mean over seeds, for recurrent maps of a size."""
    found = []
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        layer = LSTM(1, UNITS, cell=cell, gradient=gradient, dtype=torch.float64)
        with torch.no_grad():
            layer.layers[0].U.mul_(recurrent)
        x = demand(STEPS)[0].double()[None]
        [flow] = gradient_flow(layer, partial(last, layer, x))
        found.append(torch.from_numpy(flow.norms["c"] / flow.norms["c"][0]))
    return torch.stack(found).log().mean(0).exp()


def last(layer: LSTM, x: torch.Tensor) -> torch.Tensor:
    """The sum of the last outputs."""
    return layer(x)[0][:, -1].sum()


def signal() -> Figure:
    """The error signal at the carousel under both rules, with small and with large maps."""
    figure, axes = panels(2)
    for panel, cell in zip(axes, ("lstm1997", "lstm"), strict=True):
        panel.plot(by_lag(cell, "truncated", 1.0), color=ORANGE, linewidth=2.5, label="truncated")
        for recurrent, style in ((1.0, "-"), (4.0, "--")):
            label = f"full, recurrent maps x {recurrent:g}"
            panel.plot(by_lag(cell, "full", recurrent), style, color=BLUE, label=label)
        panel.set(yscale="log", xlabel="lag", title=cell)
        panel.legend()
    return figure


def memory() -> Figure:
    """Numbers that each rule keeps after so many steps, counted in the objects themselves."""
    layer = LSTM(3, UNITS, gradient="truncated")
    online, exact = OnlineGradient(layer, 1), RealTimeRecurrentLearning(LSTM(3, UNITS), 1)
    counts: dict[str, list[int]] = {"back-propagation": [], "online, 1997": [], "real-time": []}
    x, done = torch.randn(1, LENGTHS[-1], 3), 0
    for step in LENGTHS:
        for one in x[0, done:step]:
            online.step(one[None])
        done = step
        exact.step(x[:, 0])
        kept = layer(x[:, :step], trace=True)[2][0].values()
        counts["back-propagation"].append(sum(each.numel() for each in kept))
        traces = [each.numel() for by_key in online.traces.values() for each in by_key.values()]
        counts["online, 1997"].append(sum(traces))
        counts["real-time"].append(exact.influence.numel())
    figure, (panel,) = panels(1)
    for (name, kept), colour in zip(counts.items(), (BLUE, ORANGE, GREEN), strict=True):
        panel.plot(LENGTHS, kept, "o-", markersize=3, color=colour, label=name)
        print(f"{name}: {kept}")
    panel.set(xscale="log", yscale="log", xlabel="steps", title="numbers kept, 16 units, 3 inputs")
    panel.legend()
    return figure
