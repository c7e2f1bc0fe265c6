"""The input of a recurrent layer made a tensor of its own, whose gradient nobody else adds to."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

Given = tuple[tuple[Any, ...], Mapping[str, Any]]
Heard = Callable[[Tensor, Tensor], None]


def overhear(layer: nn.Module, given: Given, heard: Heard) -> Given:
    """Listens to the gradient of one call's input.

    Args:
        layer: A `Layer`, or a recurrent layer of torch.
        given: Arguments of the call, by place and by name.
        heard: Is told, in the backward pass, squares of the gradient by step (batch, time), and the
            real steps of each row.

    Returns:
        The arguments to go on with.
    """
    (x, *more), options = given
    torchs = isinstance(layer, nn.RNNBase)
    if isinstance(x, PackedSequence):
        own = _own(x.data)
        own.register_hook(lambda gradient: heard(*_unpacked(x._replace(data=gradient.detach()))))
        return (x._replace(data=own), *more), options
    own, lengths = _own(x), options.get("lengths")

    def told(gradient: Tensor) -> None:
        squares = gradient.detach().square()
        if torchs and squares.dim() == 2:
            squares = squares[None]
        elif torchs and not layer.batch_first:
            squares = squares.transpose(0, 1)
        squares = squares.flatten(2).sum(2)
        whole = torch.full((len(squares),), squares.shape[1], device=squares.device)
        heard(squares, whole if lengths is None else lengths)

    own.register_hook(told)
    return (own, *more), options


def _own(x: Tensor) -> Tensor:
    # a view is read by this layer alone, whoever else reads the input
    return x.view_as(x) if x.requires_grad else x.detach().requires_grad_()


def _unpacked(gradient: PackedSequence) -> tuple[Tensor, Tensor]:
    padded, lengths = pad_packed_sequence(gradient, batch_first=True)
    return padded.square().sum(2), lengths.to(padded.device)
