"""The short way of a stack to the engine: one direction, and nothing to add or to explain."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.modules import module

from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.direct import Direct
from lstmkit.engine.cpu.marks import Marks
from lstmkit.engine.cpu.trained import Trained
from lstmkit.engine.dispatch import path_is_open
from lstmkit.engine.onlookers import onlooker
from lstmkit.nn.layer import Layer

if TYPE_CHECKING:
    from lstmkit.nn.lstm import LSTM

KEPT_SIZES = 8
Way = Direct | Trained
# batch, steps or None for one without an axis of time; whether differentiated, ragged, in reverse
Size = tuple[int, int | None, bool, bool, bool]
_ready: WeakKeyDictionary[Layer, dict[Size, Way]] = WeakKeyDictionary()


def short_way(
    stack: "LSTM",
    x: Tensor,
    state: Any,
    lengths: Tensor | None = None,
    reset: Tensor | None = None,
) -> tuple[Tensor, Any] | None:
    """Runs a stack in one direction.

    Args:
        stack: The stack.
        x: Input (batch, time, input); (batch, input) for one step.
        state: State before the first step, or None.
        lengths: Real steps of each row, or None.
        reset: Steps (batch, time) at which rows start afresh, or None.

    Returns:
        Outputs and state; None where the general way must be taken, be it only for its errors.
        One step without an axis of time is not differentiated here.
    """
    if onlooker() is not None or torch.is_autocast_enabled("cpu") or not path_is_open():
        return None
    kind, shape = stack._state_type, x.shape
    if stack.bidirectional or not (state is None or type(state) is kind):
        return None
    if shape[-1] != stack.input_size or not shape.numel() or not _plain(x):
        return None
    # past nn.Module's own lookup, which asks three dictionaries
    layers = cast(nn.ModuleList, stack._modules["layers"])._modules.values()
    if state is not None and any(len(field) != len(layers) for field in state):
        return None
    y, finals, batch, steps = x, [], shape[0], shape[1] if len(shape) == 3 else None
    if not (lengths is None or _are_lengths(lengths, batch, steps)):
        return None
    if not (reset is None or _are_resets(reset, shape[:2])):
        return None
    marks = Marks(lengths, reset)
    none = [None] * len(kind._fields)
    for number, one in enumerate(layers):
        layer = cast(Layer, one)
        parts = none if state is None else [field[number] for field in state]
        training = _is_differentiated(layer, y, parts)
        way = _way(layer, (batch, steps, training, lengths is not None, layer.reverse))
        if way is None:
            return None
        for part, units in zip(parts, way.program.widths, strict=True):
            if part is not None and (part.shape != (batch, units) or not _plain(part)):
                return None
        before = y
        y, final = way.run(before, parts, marks)
        finals.append(final)
        if stack.residual and number:
            y = y + before
    return y, kind(*zip(*finals, strict=True))


def _is_differentiated(layer: Layer, x: Tensor, state: Sequence[Tensor | None]) -> bool:
    if not torch.is_grad_enabled():
        return False
    # the parameters one at a time, because the first one nearly always says it
    return (
        any(one is not None and one.requires_grad for one in layer._parameters.values())
        or x.requires_grad
        or any(part is not None and part.requires_grad for part in state)
    )


def _plain(tensor: Tensor) -> bool:
    return tensor.dtype is torch.float32 and tensor.is_cpu and tensor.stride(-1) == 1


def _are_lengths(lengths: Tensor, batch: int, steps: int | None) -> bool:
    if lengths.dtype is not torch.int64 or not lengths.is_cpu or not lengths.is_contiguous():
        return False
    if lengths.shape != (batch,) or steps is None:
        return False
    values: list[int] = lengths.tolist()
    return min(values) >= 0 and max(values) <= steps


def _are_resets(reset: Tensor, shape: torch.Size) -> bool:
    return reset.dtype is torch.bool and reset.is_cpu and reset.shape == shape


def _way(layer: Layer, size: Size) -> Way | None:
    batch, steps, training, ragged, reverse = size
    if _has_rules(layer) or _is_listened_to(layer):
        return None
    if training and (steps is None or layer.checkpoint_every is not None):
        return None
    own = cast(dict[str, Tensor], layer._parameters)
    known = _ready.get(layer)
    if known is None:
        known = _ready[layer] = {}
    made = known.get(size)
    same = isinstance(made, Trained) or (made is not None and made.weights is layer.weights)
    if made is not None and same and made.fits(own):
        return made
    stored = layer.stored_names()
    if layer.learns_state or not all(name in own and _is_ready(own[name]) for name in stored):
        return None
    given = (layer.layout, layer.sizes, {name: own[name] for name in stored}, batch, steps or 1)
    try:
        way = (
            Trained(*given, ragged=ragged, reverse=reverse)
            if training
            else Direct(*given, layer.weights, ragged=ragged, reverse=reverse)
        )
    except CompilerError:
        return None
    if len(known) >= KEPT_SIZES:
        known.clear()
    known[size] = way
    return way


def _is_ready(parameter: Tensor) -> bool:
    return parameter.dtype is torch.float32 and parameter.is_cpu and parameter.is_contiguous()


def _is_listened_to(layer: Layer) -> bool:
    return bool(
        layer._forward_hooks
        or layer._forward_pre_hooks
        or layer._backward_hooks
        or layer._backward_pre_hooks
        or module._has_any_global_hook()
    )


def _has_rules(layer: Layer) -> bool:
    if layer.rules.zoneout or layer.rules.clip:
        return True
    drop = layer.drop
    return layer.training and bool(drop.between or drop.recurrent or drop.weight)
