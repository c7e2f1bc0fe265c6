"""What the input and state of a convolutional layer must look like, and the errors that say so."""

from typing import TYPE_CHECKING, Any

from torch import Tensor

from lstmkit.errors import SettingsError
from lstmkit.nn.checks import check_rows, check_state_parts

if TYPE_CHECKING:
    from lstmkit.nn.conv.conv_lstm import ConvLSTM

AXES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def check_maps(layer: "ConvLSTM", x: Tensor, lengths: Tensor | None, reset: Tensor | None) -> None:
    """Refuses input of the wrong shape, type or device.

    Args:
        layer: The layer.
        x: Its input (batch, time, channels, ...).
        lengths: Real steps of each row (batch,).
        reset: Steps (batch, time) at which rows start afresh.

    Raises:
        SettingsError: With what was expected and what came.
    """
    grid = AXES[layer.dimensions] if layer.grid is None else layer.grid
    fits = x.dim() == 3 + layer.dimensions and x.shape[2] == layer.input_channels
    if not fits or (layer.grid is not None and tuple(x.shape[3:]) != layer.grid):
        expected = ", ".join(map(str, (layer.input_channels, *grid)))
        raise SettingsError(
            f"{layer.who}: expected input (batch, time, {expected}), got {tuple(x.shape)}; "
            "channels and grid were set when the layer was built."
        )
    check_rows(layer.who, x, next(layer.parameters()), lengths, reset)


def check_state_maps(layer: "ConvLSTM", x: Tensor, state: Any) -> list[dict[str, Tensor]]:
    """Refuses a state that does not belong to a layer.

    Args:
        layer: The layer.
        x: Its input, for batch and grid.
        state: The state that was passed.

    Returns:
        For each layer and direction the state by name, channels last.

    Raises:
        SettingsError: With the field, what was expected and what came.
    """
    fields, grid = layer.state_type._fields, x.shape[3:]
    shapes = [
        {name: (x.shape[0], one.channels(name), *grid) for name in fields}
        for one in layer.directions()
    ]
    parts = check_state_parts(layer.who, fields, shapes, state)
    return [{name: part.movedim(1, -1) for name, part in one.items()} for one in parts]
