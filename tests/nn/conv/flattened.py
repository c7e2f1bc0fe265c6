"""A convolutional layer that looks like a layer: maps are laid out as one row of units."""

from typing import Any

from torch import Tensor, nn

from lstmkit.nn.conv import ConvLSTM

POSITIONS = 2


class Flattened(nn.Module):
    """Units are channels times positions, a channel's positions side by side."""

    def __init__(self, input_size: int, hidden_size: int, **options: Any) -> None:
        super().__init__()
        channels = input_size // POSITIONS, hidden_size // POSITIONS
        self.layer = ConvLSTM(*channels, dimensions=1, kernel_size=3, **options)
        self.bidirectional = self.layer.bidirectional
        self.reverse_layers = self.layer.reverse_layers
        self.output_size = self.layer.output_channels * POSITIONS

    def forward(self, x: Tensor, state: Any = None, **options: Any) -> Any:
        if state is not None:
            state = each(state, lambda part: part.unflatten(-1, (-1, POSITIONS)))
        y, state, *trace = self.layer(x.unflatten(-1, (-1, POSITIONS)), state, **options)
        return y.flatten(2), each(state, lambda part: part.flatten(1)), *trace


def each(state: Any, change: Any) -> Any:
    return type(state)(*(tuple(change(part) for part in field) for field in state))
