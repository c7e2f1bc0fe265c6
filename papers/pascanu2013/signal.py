r"""How the error signal changes from lag to lag, measured on nets whose factor is known.

For an Elman net near rest, where tanh has slope 1, the signal is multiplied by the recurrent matrix
at every step back, so that in the long run its size changes by the spectral radius (Hochreiter
1991; Pascanu, Mikolov and Bengio 2013, equations 5 and 6). In the carousel of 1997 the factor is 1,
and with a forget gate it is the gate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from lstmkit.inspect import Flow, gradient_flow
from lstmkit.nn import LSTM, Init

HIDDEN, STEPS, SETTLED = 100, 600, 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One kind of net.

    Attributes:
        name: What it is.
        expected: Natural logarithm of the factor a step that theory gives, or None.
        measure: Returns for a seed the norms by lag and the logarithm of the factor a step.
    """

    name: str
    expected: float | None
    measure: Callable[[int], tuple[np.ndarray, float]]


def elman(radius: float, *, driven: bool) -> Signal:
    """An Elman net of 100 units at rest, or driven by noise that moves it off tanh's middle."""

    def measure(seed: int) -> tuple[np.ndarray, float]:
        torch.manual_seed(seed)
        layer = LSTM(1, HIDDEN, cell="elman", dtype=torch.float64)
        recurrent = torch.randn(HIDDEN, HIDDEN, dtype=torch.float64)
        recurrent *= radius / torch.linalg.eigvals(recurrent).abs().max()
        with torch.no_grad():
            layer.layers[0].named()["U"].copy_(recurrent)
        x = torch.randn(1, STEPS, 1, dtype=torch.float64) * float(driven)
        norms = _flow(layer, x).norms["h"]
        return norms, _slope(norms)

    place = "driven by noise" if driven else "at rest"
    expected = None if driven else float(np.log(radius))
    return Signal(name=f"Elman, radius {radius:g}, {place}", expected=expected, measure=measure)


def carousel(cell: str, forget_bias: float | None) -> Signal:
    """The carousel of an LSTM under the truncated gradient, with its inputs driven by noise."""

    def measure(seed: int) -> tuple[np.ndarray, float]:
        torch.manual_seed(seed)
        init = None if forget_bias is None else Init(forget_bias=forget_bias)
        layer = LSTM(1, HIDDEN, cell=cell, gradient="truncated", init=init, dtype=torch.float64)
        if forget_bias is not None:
            with torch.no_grad():  # the gate is its bias alone, so that its value is known
                for name in ("W_f", "U_f"):
                    layer.layers[0].named()[name].zero_()
        norms = _flow(layer, torch.randn(1, STEPS, 1, dtype=torch.float64)).norms["c"]
        return norms, _slope(norms)

    if forget_bias is None:
        return Signal(name="carousel of 1997", expected=0.0, measure=measure)
    gate = 1 / (1 + np.exp(-forget_bias))
    name = f"carousel with forget gate at {gate:.4f}"
    return Signal(name=name, expected=float(np.log(gate)), measure=measure)


def trained_by_full_gradient() -> Signal:
    """A plain LSTM as it starts, under the full gradient: near its forget gate's value."""

    def measure(seed: int) -> tuple[np.ndarray, float]:
        torch.manual_seed(seed)
        layer = LSTM(1, HIDDEN, dtype=torch.float64)
        norms = _flow(layer, torch.randn(1, STEPS, 1, dtype=torch.float64)).norms["c"]
        return norms, _slope(norms)

    return Signal(name="plain LSTM, full gradient", expected=None, measure=measure)


SIGNALS = (
    *(elman(radius, driven=False) for radius in (0.5, 0.9, 1.0, 1.1, 1.5)),
    *(elman(radius, driven=True) for radius in (0.9, 1.1, 1.5)),
    carousel("lstm1997", None),
    carousel("lstm", 1.0),
    carousel("lstm", 5.0),
    trained_by_full_gradient(),
)


def _flow(layer: LSTM, x: torch.Tensor) -> Flow:
    direction = torch.randn(HIDDEN, dtype=x.dtype)

    def loss() -> torch.Tensor:
        return (layer(x)[0][:, -1] * direction).sum()

    (flow,) = gradient_flow(layer, loss)
    return flow


def _slope(norms: np.ndarray) -> float:
    """Least squares over the lags at which the largest eigenvalue rules."""
    lags = np.arange(len(norms))
    real = (norms > 0) & (lags >= SETTLED)
    return float(np.polyfit(lags[real], np.log(norms[real]), 1)[0])
