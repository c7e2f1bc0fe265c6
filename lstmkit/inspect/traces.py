"""Every named quantity of every layer over time, while a model runs."""

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.inspect.standing_in import (
    Stack,
    called,
    directions,
    own_forward,
    require,
    standing_in,
)
from lstmkit.inspect.twin import opened


@dataclass(frozen=True, eq=False)
class Trace:
    """What one layer computed in one call.

    Attributes:
        name: Where the layer stands in the model, and its number in its stack.
        path: Where its stack stands in the model; empty for a stack alone.
        cell: Its cell.
        reverse: Whether it ran from the last step to the first.
        values: For each quantity of the cell its values (batch, time, units), 0 in padding. Over
            maps a row is a position of a row, row by row, and units are channels.
        lengths: Real steps of each row.
    """

    name: str
    path: str
    cell: Cell
    reverse: bool
    values: dict[str, Float[Tensor, "batch time _"]]
    lengths: Int[Tensor, " batch"]

    @property
    def real(self) -> Bool[Tensor, "batch time"]:
        """True where a step is no padding."""
        steps = torch.arange(self.values["h"].shape[1], device=self.lengths.device)
        return steps < self.lengths[:, None]

    def steps(self, quantity: str) -> Float[Tensor, "steps units"]:
        """Returns the values of a quantity at all real steps of all rows, one after the other."""
        return self.values[quantity][self.real]


@torch.no_grad()
def record(module: nn.Module, run: Callable[[], Any]) -> list[Trace]:
    """Runs a model and records what every recurrent layer in it computed.

    The model is put into evaluation mode for the run and back afterwards.

    Args:
        module: A model with one or more `LSTM` or `ConvLSTM` in it, or layers of torch.
        run: Calls the model on some input.

    Returns:
        A trace for each layer and direction, in the order in which they were called.

    Raises:
        SettingsError: The run called no `LSTM` of the model.

    Example:
        >>> from lstmkit.nn import LSTM
        >>> layer = LSTM(2, 3)
        >>> [trace] = record(layer, lambda: layer(torch.zeros(4, 5, 2)))
        >>> trace.name, tuple(trace.values["f"].shape)
        ('layer 1', (4, 5, 3))
    """
    traces: list[Trace] = []
    with ExitStack() as stack:
        for path, lstm in stack.enter_context(opened(module)):
            stack.enter_context(standing_in(lstm, partial(_traced, lstm, path, traces)))
        run()
    require(traces, "record")
    return traces


def _by_position(values: Tensor) -> Tensor:
    """Values over maps (batch, time, channels, ...) as a row for each position."""
    if values.dim() == 3:
        return values
    return values.flatten(3).permute(0, 3, 1, 2).flatten(0, 1)


def _traced(
    lstm: Stack,
    path: str,
    traces: list[Trace],
    x: Tensor,
    state: Any = None,
    *,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
    trace: bool = False,
) -> Any:
    y, final, values = own_forward(lstm)(x, state, lengths=lengths, reset=reset, trace=True)
    taken = [one.name for one in traces]
    whole = torch.full((len(x),), x.shape[1], device=x.device)
    for number, (layer, own) in enumerate(zip(directions(lstm), values, strict=True)):
        traces.append(
            Trace(
                called(path, lstm, number, taken),
                path,
                layer.cell,
                layer.reverse,
                {name: _by_position(one.detach()) for name, one in own.items()},
                (whole if lengths is None else lengths).repeat_interleave(math.prod(x.shape[3:])),
            )
        )
    return (y, final, values) if trace else (y, final)
