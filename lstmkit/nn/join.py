"""Outputs of both directions beside one another, written there at once where the engine can."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine import Scanned
from lstmkit.nn.layer import Layer

# the engine writes whole vectors, so that a half of another width would reach into the next
BLOCK = 16


def side_by_side(
    layers: Sequence[Layer], x: Tensor
) -> tuple[Tensor | None, Sequence[Tensor | None]]:
    """Makes room for the outputs of the two directions of a layer.

    Args:
        layers: One layer, which needs none, or two.
        x: Their input (batch, time, input).

    Returns:
        The whole (batch, time, 2 units) and its halves; None where the halves must be joined
        afterwards.
    """
    width = layers[0].units("h")
    nothing = None, [None] * len(layers)
    if len(layers) == 1 or width % BLOCK or not x.is_cpu or x.dtype is not torch.float32:
        return nothing
    if torch.compiler.is_compiling() or torch._C._functorch.peek_interpreter_stack() is not None:
        return nothing
    whole = x.new_empty((x.shape[1], x.shape[0], 2 * width)).transpose(0, 1)
    # not views to autograd, which would call each a change of the other in place
    storage, strides = whole.untyped_storage(), whole.stride()
    size = (*x.shape[:2], width)
    return whole, [x.new_empty(0).set_(storage, k * width, size, strides) for k in range(2)]


def join(done: Sequence[Scanned], whole: Tensor | None) -> Tensor:
    """Returns the outputs of both directions (batch, time, 2 units).

    Args:
        done: The scans.
        whole: What `side_by_side` has made room in.
    """
    outputs = [scanned.y for scanned in done]
    if whole is None or not all(scanned.in_room for scanned in done):
        return torch.cat(outputs, -1)
    return _Joined.apply(whole, *outputs)  # type: ignore[no-any-return, no-untyped-call]


class _Joined(torch.autograd.Function):
    """The whole, which holds its parts already."""

    @staticmethod
    def forward(ctx: Any, whole: Tensor, *parts: Tensor) -> Tensor:
        ctx.widths = [part.shape[-1] for part in parts]
        return whole.view_as(whole)

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor | None, ...]:
        return None, *cotangents[0].split(ctx.widths, -1)
