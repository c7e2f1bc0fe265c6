"""Gradient flow: how large the error signal is, so many steps before it arose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.errors import SettingsError
from lstmkit.inspect.by_lag import by_lag, steepness
from lstmkit.inspect.standing_in import require
from lstmkit.inspect.stepping import Steps, over, stepwise


@dataclass(frozen=True, eq=False)
class Flow:
    r"""Norms of the loss's gradient with respect to the states of one layer, by lag.

    .. math::
        \delta_k = \sqrt{\operatorname{mean}_b
            \left\lVert \partial L / \partial s_{b,\,T-1-k} \right\rVert^2}

    The derivative is the total one: through every later step, and through what the same step reads
    of the state. Where the loss reads several steps, fresh error enters on the way, and these norms
    may grow although every error dies out. The *signal* is the same of the error alone that enters
    with the last output and the final state: the error signal of Hochreiter (1991), which says
    whether error vanishes or explodes. Where the loss reads the last step alone, both are one.

    Attributes:
        name: Where the layer stands in the model.
        norms: For each state of the cell its norms by lag (lags,), lag 0 first.
        signal: The norms of the error alone that enters at the end; 0 where none does.
    """

    name: str
    norms: dict[str, Float[np.ndarray, " _"]]
    signal: dict[str, Float[np.ndarray, " _"]]

    @property
    def entered_on_the_way(self) -> list[str]:
        """States whose error did not all enter at the end."""
        same = {n: np.allclose(one, self.signal[n], 1e-4, 0.0) for n, one in self.norms.items()}
        return [name for name, alike in same.items() if not alike]

    def factors(self, state: str) -> Float[np.ndarray, " _"]:
        """Returns what the signal is multiplied by from one lag to the next, NaN after a 0."""
        signal = self.signal[state]
        with np.errstate(divide="ignore", invalid="ignore"):
            factors: np.ndarray = np.where(signal[:-1] > 0, signal[1:] / signal[:-1], np.nan)
        return factors

    def factor(self, state: str) -> float:
        """Returns the factor a step over all lags, by least squares on the signal's logarithm."""
        return steepness(self.signal[state])


def gradient_flow(module: nn.Module, run: Callable[[], Float[Tensor, ""]]) -> list[Flow]:
    """Measures the gradient of a loss at every state of every layer.

    The model runs in evaluation mode; the gradients of its parameters are left as they are.

    Args:
        module: A model with one or more `LSTM` or `ConvLSTM` in it, or layers of torch.
        run: Runs the model and returns the loss.

    Returns:
        A flow for each layer and direction, in the order in which they were called.

    Raises:
        SettingsError: The run called no `LSTM` of the model, or returned no scalar.

    Example:
        >>> from lstmkit.nn import LSTM
        >>> layer = LSTM(2, 3)
        >>> x = torch.zeros(4, 5, 2)
        >>> [flow] = gradient_flow(layer, lambda: layer(x)[0][:, -1].sum())
        >>> flow.norms["c"].shape, flow.factors("c").shape
        ((5,), (4,))
    """
    with stepwise(module) as found:
        loss = run()
        require(found, "gradient_flow")
        if not isinstance(loss, Tensor) or loss.numel() != 1 or not loss.requires_grad:
            raise SettingsError(
                "gradient_flow: expected a run that returns the loss, one number that depends on "
                "the model, as in lambda: model(x).square().mean()."
            )
        return [_flow(steps, loss) for steps in found]


def _flow(steps: Steps, loss: Tensor) -> Flow:
    ways = [*steps.outputs, *steps.final.values()]
    entered, number = _gradients([loss], ways), len(steps.outputs)
    late = [_of_the_last(steps, time, error) for time, error in enumerate(entered[:number])]
    late += entered[number:]
    flow = Flow(steps.name, {}, {})
    for name in steps.states[0]:
        states = [state[name] for state in steps.states]
        flow.norms[name] = _norms(steps, _gradients([loss], states))
        flow.signal[name] = _norms(steps, _gradients(ways, states, late))
    return flow


def _of_the_last(steps: Steps, time: int, error: Tensor) -> Tensor:
    """The error at a step, in those rows alone whose run ends with it."""
    ends = torch.ones_like(steps.lengths) if steps.reverse else steps.lengths
    return torch.where(over(ends == time + 1, error), error, 0.0)


def _gradients(
    of: Sequence[Tensor], to: Sequence[Tensor], errors: Sequence[Tensor] | None = None
) -> tuple[Tensor, ...]:
    """Derivatives, times the `errors` that enter; 0 where nothing leads from one to the other."""
    return torch.autograd.grad(of, to, errors, retain_graph=True, materialize_grads=True)


def _norms(steps: Steps, gradients: Sequence[Tensor]) -> np.ndarray:
    rows = [gradient.square().flatten(1).sum(1) for gradient in gradients]
    return by_lag(torch.stack(rows, 1).detach(), steps.lengths, reverse=steps.reverse)
