"""Gradients of what goes into a recurrent layer, and of what comes out, by step."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

Given = tuple[tuple[Any, ...], Mapping[str, Any]]
Heard = Callable[[Tensor, Tensor], None]


def overhear_input(layer: nn.Module, given: Given, heard: Heard) -> Given:
    """Listens to the gradient of one call's input, made a tensor that nobody else adds to.

    Args:
        layer: A `Layer`, or a recurrent layer of torch.
        given: Arguments of the call, by place and by name.
        heard: Is told, in the backward pass, squares of the gradient by step (batch, time), and the
            real steps of each row.

    Returns:
        The arguments to go on with.
    """
    (x, *more), options = given
    own = x._replace(data=_own(x.data)) if isinstance(x, PackedSequence) else _own(x)
    _listen(layer, own, options.get("lengths"), heard)
    return (own, *more), options


def overhear_output(layer: nn.Module, given: Given, output: Any, heard: Heard) -> None:
    """Listens to the gradient of what one call says; nothing is told where nobody reads it.

    Args:
        layer: A `Layer`, or a recurrent layer of torch.
        given: Arguments of the call, by place and by name.
        output: What the call returned.
        heard: As for `overhear_input`.
    """
    y = output[0] if isinstance(layer, nn.RNNBase) else output.y
    _listen(layer, y, given[1].get("lengths"), heard)


def _listen(
    layer: nn.Module, values: Tensor | PackedSequence, lengths: Tensor | None, heard: Heard
) -> None:
    torchs = isinstance(layer, nn.RNNBase)

    def told(gradient: Tensor | None) -> None:
        if gradient is None:
            return
        if isinstance(values, PackedSequence):
            heard(*_unpacked(values._replace(data=gradient.detach())))
            return
        squares = gradient.detach().square()
        if torchs and squares.dim() == 2:
            squares = squares[None]
        elif torchs and not layer.batch_first:
            squares = squares.transpose(0, 1)
        squares = squares.flatten(2).sum(2)
        whole = torch.full((len(squares),), squares.shape[1], device=squares.device)
        heard(squares, whole if lengths is None else lengths)

    flat = values.data if isinstance(values, PackedSequence) else values
    if flat.requires_grad:
        flat.register_hook(told)


def _own(x: Tensor) -> Tensor:
    # a view is read by this layer alone, whoever else reads the input
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def _unpacked(gradient: PackedSequence) -> tuple[Tensor, Tensor]:
    padded, lengths = pad_packed_sequence(gradient, batch_first=True)
    return padded.square().sum(2), lengths.to(padded.device)
