"""Memory span: how far back an input still changes what a model gives."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lstmkit.errors import SettingsError
from lstmkit.inspect.by_lag import by_lag
from lstmkit.inspect.standing_in import Stack, own_forward, require, standing_in
from lstmkit.inspect.twin import opened

SHARE = 0.01
# lags at which an input is exchanged, spread evenly over their logarithm
EXCHANGED = 40


@dataclass(frozen=True, eq=False)
class Span:
    r"""Influence of the inputs of one stack on an outcome, by lag.

    By gradient, what a small change does: the root over the rows' mean of

    .. math:: \left\lVert \partial y / \partial x_{T-1-k} \right\rVert_F^2 .

    By perturbation, what the input of that step was worth: the change of the outcome when it is
    exchanged for the mean input. The first sees slopes, which are 0 where a gate is saturated;
    the second sees whole values, and both see the same span where the way is linear.

    Attributes:
        name: Where the stack stands in the model.
        gradient: Influence by gradient for each lag, lag 0 first.
        lags: Lags at which inputs were exchanged.
        perturbation: Change of the outcome for each of these.
    """

    name: str
    gradient: Float[np.ndarray, " steps"]
    lags: Int[np.ndarray, " lags"]
    perturbation: Float[np.ndarray, " lags"]

    def by_gradient(self, share: float = SHARE) -> int:
        """Returns the last lag whose influence is at least `share` of the largest one."""
        return _last(np.arange(len(self.gradient)), self.gradient, share)

    def by_perturbation(self, share: float = SHARE) -> int:
        """Returns the last exchanged lag whose change is at least `share` of the largest one."""
        return _last(self.lags, self.perturbation, share)


def memory_span(module: nn.Module, run: Callable[[], Float[Tensor, "batch ..."]]) -> list[Span]:
    """Measures how far back the inputs of each stack in a model change an outcome.

    Rows must not depend on one another. `module` runs in evaluation mode, backwards once for each
    number of a row's outcome and forwards for some 40 lags.

    Args:
        module: A model with one or more `LSTM` or `ConvLSTM` in it, or layers of torch, or a
            part of the model that `run` runs.
        run: Runs the model and returns the outcome, such as `lambda: layer(x)[0][:, -1]`.

    Returns:
        A span for each call of an `LSTM`.

    Raises:
        SettingsError: The run called no `LSTM` of the model, or its outcome does not depend on it.

    Example:
        >>> from lstmkit.nn import LSTM
        >>> layer = LSTM(2, 3)
        >>> x = torch.randn(4, 50, 2)
        >>> [span] = memory_span(layer, lambda: layer(x)[0][:, -1])
        >>> span.gradient.shape
        (50,)
    """
    calls = _by_gradient(module, run)
    return [_exchanged(module, run, calls, number) for number in range(len(calls))]


@dataclass(eq=False)
class _Call:
    """One call of a stack: its input's mean and lengths, and the influence of its inputs."""

    name: str
    tap: Tensor
    lengths: Tensor
    mean: Tensor
    influence: Tensor


Change = Callable[[str, Tensor, Tensor], Tensor]


@contextmanager
def _changed_input(module: nn.Module, change: Change) -> Iterator[None]:
    with ExitStack() as stack:
        for path, lstm in stack.enter_context(opened(module)):
            stack.enter_context(standing_in(lstm, partial(_changed, lstm, path, change)))
        yield


def _changed(lstm: Stack, path: str, change: Change, x: Tensor, *state: Any, **options: Any) -> Any:
    lengths = options.get("lengths")
    whole = torch.full((len(x),), x.shape[1], device=x.device)
    changed = change(path, x, whole if lengths is None else lengths)
    return own_forward(lstm)(changed, *state, **options)


def _by_gradient(module: nn.Module, run: Callable[[], Tensor]) -> list[_Call]:
    calls: list[_Call] = []

    def tapped(path: str, x: Tensor, lengths: Tensor) -> Tensor:
        tap = torch.zeros_like(x, requires_grad=True)
        real = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
        mean = x.detach()[real].mean(0)
        calls.append(_Call(path or "input", tap, lengths, mean, tap.new_zeros(tap.shape[:2])))
        return x + tap

    with torch.enable_grad(), _changed_input(module, tapped):
        outcome = run()
    require(calls, "memory_span")
    if not isinstance(outcome, Tensor) or outcome.dim() < 2 or not outcome.requires_grad:
        got = tuple(outcome.shape) if isinstance(outcome, Tensor) else type(outcome).__name__
        raise SettingsError(
            "memory_span: expected a run that returns an outcome (batch, ...) that depends on the "
            f"model, got {got}. Return what the last step gives, as in "
            "lambda: layer(x)[0][:, -1]."
        )
    taps = [call.tap for call in calls]
    with torch.enable_grad():
        numbers = outcome.flatten(1).sum(0).unbind()
    for number in numbers:
        found = torch.autograd.grad(number, taps, retain_graph=True, allow_unused=True)
        for call, gradient in zip(calls, found, strict=True):
            if gradient is not None:
                call.influence += gradient.square().flatten(2).sum(2)
    return calls


@torch.no_grad()
def _exchanged(
    module: nn.Module, run: Callable[[], Tensor], calls: list[_Call], number: int
) -> Span:
    """The span of one call, by exchanging its inputs lag by lag."""
    call = calls[number]
    longest = int(call.lengths.max())
    lags = np.unique(np.geomspace(1, longest, EXCHANGED).round().astype(np.int64)) - 1
    with _changed_input(module, lambda _path, x, _lengths: x):
        usual = run()
    changes = []
    for lag in lags:
        made = iter(range(len(calls)))
        with _changed_input(module, partial(_exchange, call, number, int(lag), made)):
            squares = (run() - usual).flatten(1).square().sum(1)
        changes.append(float(squares[call.lengths > lag].double().mean().sqrt()))
    gradient = by_lag(call.influence, call.lengths)
    return Span(call.name, gradient, lags, np.array(changes))


def _exchange(
    call: _Call, number: int, lag: int, made: Iterator[int], _path: str, x: Tensor, lengths: Tensor
) -> Tensor:
    """The input of a call, with the mean at one lag if it is the one that is measured."""
    if next(made) != number:
        return x
    place = torch.arange(x.shape[1], device=x.device) == lengths[:, None] - 1 - lag
    return torch.where(place[(..., *[None] * call.mean.dim())], call.mean, x)


def _last(lags: np.ndarray, values: np.ndarray, share: float) -> int:
    reached = lags[values >= share * values.max(initial=0.0)]
    return int(reached.max(initial=0)) if values.max(initial=0.0) > 0 else 0
