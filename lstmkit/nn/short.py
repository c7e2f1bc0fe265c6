"""The short way of a stack to the engine: plain input, nothing added to the cell or to explain."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.modules import module

from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.direct import Direct
from lstmkit.engine.cpu.trained import Trained
from lstmkit.engine.dispatch import path_is_open
from lstmkit.engine.onlookers import onlooker
from lstmkit.nn.layer import Layer

if TYPE_CHECKING:
    from lstmkit.nn.lstm import LSTM

KEPT_SIZES = 8
Way = Direct | Trained
Size = tuple[int, int | None, bool]
_ready: WeakKeyDictionary[Layer, dict[Size, Way]] = WeakKeyDictionary()


def short_way(stack: "LSTM", x: Tensor, state: Any) -> tuple[Tensor, Any] | None:
    """Runs a stack in one direction over plain input.

    Args:
        stack: The stack.
        x: Input (batch, time, input); (batch, input) for one step.
        state: State before the first step, or None.

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
    none = [None] * len(kind._fields)
    for number, one in enumerate(layers):
        layer = cast(Layer, one)
        parts = none if state is None else [field[number] for field in state]
        way = _way(layer, batch, steps, training=_is_differentiated(layer, y, parts))
        if way is None:
            return None
        for part, units in zip(parts, way.program.widths, strict=True):
            if part is not None and (part.shape != (batch, units) or not _plain(part)):
                return None
        before = y
        y, final = way.run(before, parts)
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


def _way(layer: Layer, batch: int, steps: int | None, *, training: bool) -> Way | None:
    if layer.reverse or _has_rules(layer) or _is_listened_to(layer):
        return None
    if training and (steps is None or layer.checkpoint_every is not None):
        return None
    own = cast(dict[str, Tensor], layer._parameters)
    known = _ready.get(layer)
    if known is None:
        known = _ready[layer] = {}
    made = known.get((batch, steps, training))
    same = isinstance(made, Trained) or (made is not None and made.weights is layer.weights)
    if made is not None and same and made.fits(own):
        return made
    stored = layer.stored_names()
    if layer.learns_state or not all(name in own and _is_ready(own[name]) for name in stored):
        return None
    given = (layer.layout, layer.sizes, {name: own[name] for name in stored}, batch, steps or 1)
    try:
        way = Trained(*given) if training else Direct(*given, layer.weights)
    except CompilerError:
        return None
    if len(known) >= KEPT_SIZES:
        known.clear()
    known[batch, steps, training] = way
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
