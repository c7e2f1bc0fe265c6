"""The short way of a stack to the engine: one direction, and nothing to add or to explain."""

from collections.abc import Iterable, Sequence, Sized
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn.modules import module

from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.direct import Direct
from lstmkit.engine.cpu.marks import UNMARKED, Marks
from lstmkit.engine.cpu.trained import Trained
from lstmkit.engine.dispatch import path_is_open
from lstmkit.engine.onlookers import onlooker
from lstmkit.nn.layer import Layer

if TYPE_CHECKING:
    from lstmkit.nn.lstm import LSTM

KEPT_SIZES = 8
FLOAT = torch.float32
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
    shape, kind = x.shape, stack._state_type
    if stack.bidirectional or shape[-1] != stack.input_size or not _plain(x) or 0 in shape:
        return None
    # past nn.Module's own lookup, which asks three dictionaries
    layers: Any = stack._modules["layers"]
    layers = layers._modules
    if state is not None and (type(state) is not kind or not _is_for(layers, state)):
        return None
    batch, steps, marks = shape[0], shape[1] if len(shape) == 3 else None, UNMARKED
    if lengths is not None or reset is not None:
        if not _are_lengths(lengths, batch, steps) or not _are_resets(reset, shape[:2]):
            return None
        marks = Marks(lengths, reset)
    y, finals, parts = x, [], [None] * len(kind._fields)
    for number, layer in enumerate(layers.values()):
        if state is not None:
            parts = [field[number] for field in state]
        training = torch.is_grad_enabled() and _is_differentiated(layer, y, parts)
        way = _way(layer, (batch, steps, training, lengths is not None, layer.reverse))
        if way is None or (state is not None and not _are_states(parts, way.state_shapes)):
            return None
        before = y
        y, final = way.run(before, parts, marks)
        finals.append(final)
        if number and stack.residual:
            y = y + before
    return y, kind(*zip(*finals, strict=True))


def _is_for(layers: Sized, state: Iterable[Sized]) -> bool:
    return all(len(field) == len(layers) for field in state)


def _are_states(parts: Sequence[Tensor | None], shapes: Sequence[tuple[int, int]]) -> bool:
    for part, shape in zip(parts, shapes, strict=True):
        if part is None or part.shape != shape or not _plain(part):
            return False
    return True


def _is_differentiated(layer: Layer, x: Tensor, state: Sequence[Tensor | None]) -> bool:
    # the parameters one at a time, because the first one nearly always says it
    for one in (*layer._parameters.values(), x, *state):
        if one is not None and one.requires_grad:
            return True
    return False


def _plain(tensor: Tensor) -> bool:
    return tensor.dtype is FLOAT and tensor.is_cpu and tensor.stride()[-1] == 1


def _are_lengths(lengths: Tensor | None, batch: int, steps: int | None) -> bool:
    if lengths is None:
        return True
    if lengths.dtype is not torch.int64 or not lengths.is_cpu or not lengths.is_contiguous():
        return False
    if lengths.shape != (batch,) or steps is None:
        return False
    values: list[int] = lengths.tolist()
    return min(values) >= 0 and max(values) <= steps


def _are_resets(reset: Tensor | None, shape: torch.Size) -> bool:
    if reset is None:
        return True
    return reset.dtype is torch.bool and reset.is_cpu and reset.shape == shape


def _way(layer: Layer, size: Size) -> Way | None:
    batch, steps, training, ragged, reverse = size
    if _has_rules(layer) or _is_listened_to(layer):
        return None
    if training and (steps is None or layer.checkpoint_every is not None):
        return None
    own: Any = layer._parameters
    known = _ready.get(layer)
    if known is None:
        known = _ready[layer] = {}
    made = known.get(size)
    if made is not None and made.fits(own, layer.weights):
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
    return parameter.dtype is FLOAT and parameter.is_cpu and parameter.is_contiguous()


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
