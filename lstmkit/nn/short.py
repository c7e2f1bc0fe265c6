"""The short way of a stack to the engine: plain input, no gradient, nothing to explain."""

from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.direct import Direct
from lstmkit.engine.dispatch import path_is_open
from lstmkit.engine.onlookers import onlooker
from lstmkit.nn.layer import Layer

if TYPE_CHECKING:
    from lstmkit.nn.lstm import LSTM

KEPT_SIZES = 8
_ready: WeakKeyDictionary[Layer, dict[tuple[int, int], Direct]] = WeakKeyDictionary()


def short_way(stack: "LSTM", x: Tensor, state: Any) -> tuple[Tensor, Any] | None:
    """Runs a stack in one direction over plain input.

    Args:
        stack: The stack.
        x: Input (batch, time, input).
        state: State before the first step, or None.

    Returns:
        Outputs and state; None where the general way must be taken, be it only for its errors.
    """
    if torch.is_grad_enabled() or not path_is_open():
        return None
    if torch.is_autocast_enabled("cpu") or onlooker() is not None:
        return None
    kind = stack._state_type
    if stack.bidirectional or not (state is None or type(state) is kind) or x.dim() != 3:
        return None
    batch, steps, width = x.shape
    if width != stack.input_size or not batch or not steps or not _plain(x):
        return None
    y, finals = x, []
    for number, module in enumerate(stack.layers):
        layer = cast(Layer, module)
        direct = _direct(layer, batch, steps)
        if direct is None:
            return None
        parts = [None] * len(kind._fields) if state is None else [f[number] for f in state]
        for part, units in zip(parts, direct.program.widths, strict=True):
            if part is not None and (part.shape != (batch, units) or not _plain(part)):
                return None
        before = y
        y, final = direct.run(before, parts)
        finals.append(final)
        if stack.residual and number:
            y = y + before
    return y, kind(*zip(*finals, strict=True))


def _plain(tensor: Tensor) -> bool:
    return tensor.dtype is torch.float32 and tensor.is_cpu and tensor.stride(-1) == 1


def _direct(layer: Layer, batch: int, steps: int) -> Direct | None:
    if layer.reverse or _has_rules(layer):
        return None
    own = cast(dict[str, Tensor], layer._parameters)
    known = _ready.get(layer)
    if known is None:
        known = _ready[layer] = {}
    made = known.get((batch, steps))
    if made is not None and made.weights is layer.weights and made.fits(own):
        return made
    stored = layer.stored_names()
    plain = all(n in own and own[n].dtype is torch.float32 and own[n].is_cpu for n in stored)
    if not plain or layer.learns_state:
        return None
    try:
        made = Direct(
            layer.layout,
            layer.sizes,
            {name: own[name] for name in stored},
            batch,
            steps,
            layer.weights,
        )
    except CompilerError:
        return None
    if len(known) >= KEPT_SIZES:
        known.clear()
    known[batch, steps] = made
    return made


def _has_rules(layer: Layer) -> bool:
    if layer.rules.zoneout or layer.rules.clip:
        return True
    drop = layer.drop
    return layer.training and bool(drop.between or drop.recurrent or drop.weight)
