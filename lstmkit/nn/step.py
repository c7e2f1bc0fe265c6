"""One step of a stack without gradient, on the shortest way to the engine."""

from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.step import Stepper
from lstmkit.engine.dispatch import path_is_open
from lstmkit.nn.layer import Layer

if TYPE_CHECKING:
    from lstmkit.nn.lstm import LSTM

_steppers: WeakKeyDictionary[Layer, Stepper] = WeakKeyDictionary()


def fast_step(stack: "LSTM", x: Tensor, state: Any) -> tuple[Tensor, Any] | None:
    """Runs one step of a stack whose input and state need no explanation.

    Args:
        stack: The stack, in one direction.
        x: Input (batch, input).
        state: State before the step, or None.

    Returns:
        Output and state; None where the general way must be taken, be it only for its errors.
    """
    if torch.is_grad_enabled() or torch.compiler.is_compiling() or not path_is_open():
        return None
    if torch.is_autocast_enabled("cpu") or torch._C._functorch.peek_interpreter_stack() is not None:
        return None
    kind = stack._state_type
    if state is not None and type(state) is not kind:
        return None
    if not _plain(x, x.shape[0], stack.input_size) or 0 in x.shape:
        return None
    y, finals = x, []
    for number, module in enumerate(stack.layers):
        layer = cast(Layer, module)
        parts = [None] * len(kind._fields) if state is None else [f[number] for f in state]
        stepper = _stepper(layer, x.shape[0])
        if stepper is None:
            return None
        for part, width in zip(parts, stepper.program.widths, strict=True):
            if part is not None and not _plain(part, x.shape[0], width):
                return None
        before = y
        y, final = stepper.step(before, parts)
        finals.append(final)
        if stack.residual and number:
            y = y + before
    return y, kind(*zip(*finals, strict=True))


def _plain(tensor: Tensor, batch: int, width: int) -> bool:
    return (
        tensor.shape == (batch, width)
        and tensor.dtype is torch.float32
        and tensor.is_cpu
        and tensor.stride(-1) == 1
    )


def _stepper(layer: Layer, batch: int) -> Stepper | None:
    own = cast(dict[str, Tensor], layer._parameters)
    made = _steppers.get(layer)
    if made is not None and made.fits(own, batch):
        return None if _has_rules(layer) else made
    stored = layer.stored_names()
    plain = all(n in own and own[n].dtype is torch.float32 and own[n].is_cpu for n in stored)
    if not plain or layer.learns_state or _has_rules(layer):
        return None
    try:
        made = Stepper(layer.layout, layer.sizes, {name: own[name] for name in stored}, batch)
    except CompilerError:
        return None
    _steppers[layer] = made
    return made


def _has_rules(layer: Layer) -> bool:
    rules = layer.rules
    if rules.zoneout or rules.clip:
        return True
    return layer.training and bool(layer.drop.recurrent or layer.drop.weight)
