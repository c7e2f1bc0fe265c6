"""Learning while forecasting: plain descent and the Kalman filter, once over a real series."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from demand import DAY, demand
from matplotlib.figure import Figure
from panels import BLUE, GREY, ORANGE, panels
from torch import Tensor

from lstmkit.nn import LSTM
from lstmkit.train.rules import DecoupledKalmanFilter, OnlineGradient

STEPS, UNITS, SEEDS = 4 * 7 * DAY, 6, 3
RATES = (0.03, 0.1, 0.3, 1.0)

Learn = Callable[[dict[str, Tensor], dict[str, Tensor], Tensor, int], None]


def pictures() -> Iterator[tuple[str, Figure]]:
    """The figure of docs/rules/kalman.md."""
    _, change = demand(STEPS)
    lines = {"the last value": ([change[:, 0].abs().numpy()], GREY)}
    descents = {rate: [errors(descent(rate), seed) for seed in range(SEEDS)] for rate in RATES}
    best = min(descents, key=lambda rate: np.mean(descents[rate]))
    lines[f"descent, rate {best:g} (best of {len(RATES)})"] = (descents[best], BLUE)
    lines["Kalman filter"] = ([errors(kalman(), seed) for seed in range(SEEDS)], ORANGE)
    figure, (panel,) = panels(1)
    for name, (runs, colour) in lines.items():
        for number, run in enumerate(runs):
            day = np.convolve(run, np.full(DAY, 1 / DAY), "valid")
            label = name if number == 0 else None
            panel.plot(np.arange(len(day)) / DAY, day, color=colour, linewidth=1, label=label)
        weeks = [np.mean(np.split(run, 4), 1) for run in runs]
        print(f"{name}: by week {np.mean(weeks, 0).round(4).tolist()}")
    panel.set(xlabel="days seen", ylim=(0, None))
    panel.set_title("absolute error of the next half hour, in standard deviations, mean of a day")
    panel.legend()
    yield "kalman-demand", figure


def errors(learn: Learn, seed: int) -> np.ndarray:
    """Runs once over the series; every value is forecast before it is learnt from."""
    torch.manual_seed(seed)
    layer = LSTM(1, UNITS, gradient="truncated")
    head, rule = torch.zeros(1, UNITS), OnlineGradient(layer, batch=1)
    own = {name: layer.layers[0].stored()[name].data for name in layer.layers[0].stored_names()}
    parameters, found = own | {"head": head}, []
    for step, (x, target) in enumerate(zip(*demand(STEPS), strict=True)):
        h = rule.step(x[None]).detach()
        error = target - head @ h[0]
        # the derivative of the forecast with respect to every number
        slopes = rule.gradients(head) | {"head": h}
        learn(parameters, slopes, error, step)
        found.append(error.abs().item())
    return np.array(found)


def descent(rate: float) -> Learn:
    """Plain stochastic descent on the squared error."""

    def learn(p: dict[str, Tensor], slopes: dict[str, Tensor], error: Tensor, _: int) -> None:
        for name, value in p.items():
            value.add_(rate * error * slopes[name])

    return learn


def kalman() -> Learn:
    """The filter, its measurement noise brought down over the first week."""
    rules: list[DecoupledKalmanFilter] = []

    def learn(p: dict[str, Tensor], slopes: dict[str, Tensor], error: Tensor, step: int) -> None:
        if not rules:
            rules.append(DecoupledKalmanFilter(p, start=10.0))
        share = min(1.0, step / (7 * DAY))
        noise = {"measurement": 100.0 ** (1 - share), "process": 1e-3 * 0.01**share}
        rules[0].update({n: s[None] for n, s in slopes.items()}, error, **noise)

    return learn
