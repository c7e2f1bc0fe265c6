"""A model run step by step, so that the gradient of every state at every step can be had."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from lstmkit.engine import Scanned, use_path
from lstmkit.inspect.standing_in import AnyLayer, called, directions, own_forward, standing_in
from lstmkit.inspect.twin import opened
from lstmkit.nn import Layer
from lstmkit.nn.conv.scan import ConvScanned

State = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Steps:
    """The states of one layer after each step of one call, in the graph of what follows.

    Attributes:
        name: Where the layer stands in the model.
        reverse: Whether it ran from the last step to the first.
        states: For each time the state after that step, by name, each (batch, ..., units).
        outputs: For each time what the layer says, (batch, 1, ..., units).
        final: The state that it hands on.
        lengths: Real steps of each row.
    """

    name: str
    reverse: bool
    states: list[State]
    outputs: list[Tensor]
    final: State
    lengths: Tensor


@contextmanager
def stepwise(module: nn.Module) -> Iterator[list[Steps]]:
    """Lets every layer of a model run step by step, in evaluation mode and with gradient.

    By law a scan step by step equals a whole scan, so that only the time it takes differs. The
    reference path runs, in whose graph a state is what the rest of its step reads.

    Args:
        module: The model.

    Yields:
        A list that every call of a layer joins.
    """
    found: list[Steps] = []
    with ExitStack() as stack:
        stack.enter_context(use_path("reference"))
        stack.enter_context(torch.enable_grad())
        for path, lstm in stack.enter_context(opened(module)):
            for number, layer in enumerate(directions(lstm)):
                name = partial(called, path, lstm, number)
                forward = partial(_stepped, layer, name, found)
                stack.enter_context(standing_in(layer, forward))
        yield found


def _stepped(
    layer: AnyLayer,
    name: "partial[str]",
    found: list[Steps],
    x: Tensor,
    state: State | None = None,
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    trace: bool = False,
    room: Tensor | None = None,
) -> Scanned | ConvScanned:
    whole = torch.full((len(x),), x.shape[1], device=x.device)
    ends = whole if lengths is None else lengths
    fresh = layer.initial(x)
    now = {one: _differentiable(value) for one, value in (state or fresh).items()}
    times = range(x.shape[1])
    if not times:
        empty: Scanned | ConvScanned = own_forward(layer)(x, now, trace=trace)
        return empty
    done: dict[int, Scanned | ConvScanned] = {}
    for time in reversed(times) if layer.reverse else times:
        now = _begun(now, fresh, reset, time + 1 if layer.reverse else time)
        active = ends > time
        # what stands in padding must not reach the others' gradients, be it NaN
        one = torch.where(over(active, x), x[:, [time]], 0.0)
        done[time] = own_forward(layer)(one, now, trace=trace)
        after = done[time].state
        now = {n: torch.where(over(active, new), new, now[n]) for n, new in after.items()}
    name_here = name([steps.name for steps in found])
    states, outputs = [dict(done[t].state) for t in times], [done[t].y for t in times]
    found.append(Steps(name_here, layer.reverse, states, outputs, now, ends))
    kind = Scanned if isinstance(layer, Layer) else ConvScanned
    return kind(
        y=_joined([done[time].y for time in times], ends),
        state=now,
        trace={
            quantity: _joined([done[time].trace[quantity] for time in times], ends)
            for quantity in (layer.equations.quantities if trace else ())
        },
    )


def _joined(parts: list[Tensor], ends: Tensor) -> Tensor:
    """Values of one step each, one after the other, 0 in padding."""
    real = torch.arange(len(parts), device=ends.device) < ends[:, None]
    whole = torch.cat(parts, 1)
    return torch.where(over(real, whole), whole, 0.0)


def over(rows: Tensor, values: Tensor) -> Tensor:
    """A mask of rows, or of rows and steps, with as many axes as values have."""
    return rows[(..., *[None] * (values.dim() - rows.dim()))]


def _differentiable(value: Tensor) -> Tensor:
    # where every parameter is frozen, the graph begins at the state
    return value if value.requires_grad else value.detach().clone().requires_grad_()


def _begun(now: State, fresh: State, reset: Tensor | None, begins: int) -> State:
    """The state before a step, started afresh in the rows that begin there."""
    if reset is None or begins >= reset.shape[1]:
        return now
    rows = reset[:, begins]
    return {n: torch.where(over(rows, value), fresh[n], value) for n, value in now.items()}
