"""What a layer's sizes and input must look like, and the errors that say so."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lstmkit.errors import SettingsError

if TYPE_CHECKING:
    from lstmkit.nn.lstm import LSTM


def layer_sizes(hidden_size: int | Sequence[int], num_layers: int | None) -> list[int]:
    """Returns the units of each layer of a stack.

    Args:
        hidden_size: Units of every layer, or of each.
        num_layers: Layers; None takes 1, or as many as there are sizes.

    Raises:
        SettingsError: Another number of sizes than of layers.
    """
    if isinstance(hidden_size, int):
        return [hidden_size] * (1 if num_layers is None else num_layers)
    if num_layers not in (None, len(hidden_size)):
        raise SettingsError(
            f"LSTM: num_layers={num_layers}, but hidden_size={tuple(hidden_size)} names "
            f"{len(hidden_size)} layers. Leave num_layers out."
        )
    return list(hidden_size)


def check_sizes(*sizes: int) -> None:
    """Refuses sizes of a stack that are no whole numbers of at least 1.

    Raises:
        SettingsError: With the first of them.
    """
    for size in sizes:
        if not isinstance(size, int) or size < 1:
            raise SettingsError(
                f"LSTM: expected sizes that are whole numbers of at least 1, got {size!r}."
            )


def check_count(who: str, name: str, count: object, least: int = 1) -> None:
    """Refuses a count that is no whole number, or too small.

    Args:
        who: What errors call the function.
        name: Of the argument.
        count: Its value.
        least: Least value that fits.

    Raises:
        SettingsError: With what was expected and what came.
    """
    if not isinstance(count, Integral) or count < least:
        raise SettingsError(
            f"{who}: expected {name} as a whole number of at least {least}, got {count!r}."
        )


def check_input(layer: "LSTM", x: Tensor, lengths: Tensor | None, reset: Tensor | None) -> None:
    """Refuses input of the wrong shape, type or device.

    Args:
        layer: The layer.
        x: Its input (batch, time, feature).
        lengths: Real steps of each row (batch,).
        reset: Steps (batch, time) at which rows start afresh.

    Raises:
        SettingsError: With what was expected and what came.
    """
    who = f"LSTM(cell={layer.cell.name})"
    if x.dim() != 3 or x.shape[-1] != layer.input_size:
        raise SettingsError(
            f"{who}: expected input (batch, time, {layer.input_size}), got {tuple(x.shape)}; "
            f"input_size={layer.input_size} was set when the layer was built."
        )
    learned: Tensor = next(iter(layer.directions()[0].current_parameters().values()))
    check_rows(who, x, learned, lengths, reset)


def check_rows(
    who: str, x: Tensor, learned: Tensor, lengths: Tensor | None, reset: Tensor | None
) -> None:
    """Refuses sequences of the wrong type or device, and rows that do not fit them.

    Args:
        who: What errors call the layer.
        x: Its input (batch, time, ...).
        learned: One of its parameters.
        lengths: Real steps of each row (batch,).
        reset: Steps (batch, time) at which rows start afresh.

    Raises:
        SettingsError: With what was expected and what came.
    """
    if x.dtype != learned.dtype and not torch.is_autocast_enabled(x.device.type):
        raise SettingsError(
            f"{who}: expected input of {learned.dtype} like the parameters, got {x.dtype}. "
            f"Convert one of them: x.to({learned.dtype}), or layer.to({x.dtype})."
        )
    if x.device != learned.device:
        raise SettingsError(
            f"{who}: the input lies on {x.device}, the parameters on {learned.device}. "
            "Move one of them with .to(device)."
        )
    if lengths is not None:
        _check_lengths(who, x, lengths)
    if reset is not None and (reset.shape != x.shape[:2] or reset.dtype != torch.bool):
        raise SettingsError(
            f"{who}: expected reset as a bool tensor {tuple(x.shape[:2])}, "
            f"got {reset.dtype} {tuple(reset.shape)}."
        )


def _check_lengths(who: str, x: Tensor, lengths: Tensor) -> None:
    whole = not (lengths.is_floating_point() or lengths.is_complex() or lengths.dtype == torch.bool)
    if lengths.shape != x.shape[:1] or not whole:
        raise SettingsError(
            f"{who}: expected lengths as whole numbers ({x.shape[0]},), "
            f"got {lengths.dtype} {tuple(lengths.shape)}."
        )
    # reading values would stop a GPU or a compiler, so only plain CPU tensors are looked into
    readable = lengths.device.type == "cpu" and not torch.compiler.is_compiling()
    if readable and not torch._C._functorch.is_functorch_wrapped_tensor(lengths):
        wrong = lengths[(lengths < 0) | (lengths > x.shape[1])]
        if wrong.numel():
            raise SettingsError(
                f"{who}: expected lengths from 0 to {x.shape[1]} steps, got {int(wrong[0])}."
            )


def check_state(layer: "LSTM", x: Tensor, state: Any) -> list[dict[str, Tensor]]:
    """Refuses a state that does not belong to a layer.

    Args:
        layer: The layer.
        x: Its input, for the size of the batch.
        state: The state that was passed.

    Returns:
        For each layer and direction the state by name.

    Raises:
        SettingsError: With the field, what was expected and what came.
    """
    fields = layer._state_type._fields
    shapes = [
        {name: (x.shape[0], one.units(name)) for name in fields} for one in layer.directions()
    ]
    return check_state_parts(f"LSTM(cell={layer.cell.name})", fields, shapes, state)


def check_state_parts(
    who: str, fields: Sequence[str], shapes: Sequence[Mapping[str, Sequence[int]]], state: Any
) -> list[dict[str, Tensor]]:
    """Refuses a state of other fields, layers or shapes.

    Args:
        who: What errors call the layer.
        fields: Names of its states.
        shapes: For each layer and direction the shapes by name.
        state: The state that was passed.

    Returns:
        For each layer and direction the state by name.

    Raises:
        SettingsError: With the field, what was expected and what came.
    """
    came = getattr(state, "_fields", None)
    if came != fields:
        raise SettingsError(
            f"{who}: expected a state with the fields {', '.join(fields)}, as the layer returns "
            f"it, got {type(state).__name__}{'' if came is None else ' of ' + ', '.join(came)}."
        )
    for name in fields:
        parts = getattr(state, name)
        if len(parts) != len(shapes):
            raise SettingsError(
                f"{who}: expected {len(shapes)} tensors in state.{name}, one per layer and "
                f"direction, got {len(parts)}."
            )
        for number, (part, shape) in enumerate(zip(parts, shapes, strict=True)):
            if part.shape != tuple(shape[name]):
                raise SettingsError(
                    f"{who}: expected state.{name}[{number}] as {tuple(shape[name])}, "
                    f"got {tuple(part.shape)}."
                )
    return [{name: getattr(state, name)[k] for name in fields} for k in range(len(shapes))]
