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
from lstmkit.inspect.stepping import Steps, stepwise


@dataclass(frozen=True, eq=False)
class Flow:
    r"""Norms of the loss's gradient with respect to the states of one layer, by lag.

    .. math::
        \delta_k = \sqrt{\operatorname{mean}_b
            \left\lVert \partial L / \partial s_{b,\,T-1-k} \right\rVert^2}

    The derivative is the total one: through every later step, and through what the same step reads
    of the state. Where the loss reads the last step alone, this is the error signal of Hochreiter
    (1991), and the factors say whether it vanishes or explodes.

    Attributes:
        name: Where the layer stands in the model.
        norms: For each state of the cell its norms by lag (lags,), lag 0 first.
    """

    name: str
    norms: dict[str, Float[np.ndarray, " _"]]

    def factors(self, state: str) -> Float[np.ndarray, " _"]:
        """Returns what the norm is multiplied by from one lag to the next, NaN after a 0."""
        norms = self.norms[state]
        with np.errstate(divide="ignore", invalid="ignore"):
            factors: np.ndarray = np.where(norms[:-1] > 0, norms[1:] / norms[:-1], np.nan)
        return factors

    def factor(self, state: str) -> float:
        """Returns the factor a step over all lags, by least squares on the logarithm."""
        return steepness(self.norms[state])


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
        places = [(steps, name) for steps in found for name in steps.states[0]]
        states = [state[name] for steps, name in places for state in steps.states]
        gradients = iter(torch.autograd.grad(loss, states, allow_unused=True))
    flows = {steps.name: Flow(steps.name, {}) for steps in found}
    for steps, name in places:
        own = [next(gradients) for _ in steps.states]
        flows[steps.name].norms[name] = _norms(steps, name, own)
    return list(flows.values())


def _norms(steps: Steps, name: str, gradients: Sequence[Tensor | None]) -> np.ndarray:
    rows = [
        torch.zeros(len(state[name]), dtype=state[name].dtype, device=state[name].device)
        if gradient is None
        else gradient.square().flatten(1).sum(1)
        for state, gradient in zip(steps.states, gradients, strict=True)
    ]
    return by_lag(torch.stack(rows, 1).detach(), steps.lengths, reverse=steps.reverse)
