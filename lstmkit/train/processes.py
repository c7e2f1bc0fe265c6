"""Several processes that train one model: which is the first, and sums over all of them."""

import os
from typing import Any

import torch
from torch import Tensor


def is_first() -> bool:
    """Whether this process is the one that writes and speaks; alone it is.

    torchrun and accelerate launch number the processes in RANK.
    """
    return os.environ.get("RANK", "0") == "0"


def are_several() -> bool:
    """Whether processes are connected and there is more than one."""
    connected = torch.distributed.is_available() and torch.distributed.is_initialized()
    return connected and torch.distributed.get_world_size() > 1


def sum_over_processes(values: Tensor) -> Tensor:
    """Adds a tensor up over all processes; each gets the sum, and every gradient its part.

    Args:
        values: Of one shape in all processes; any shape.

    Returns:
        The sum.
    """
    summed: Tensor = _Sum.apply(values)  # type: ignore[no-untyped-call]
    return summed


class _Sum(torch.autograd.Function):
    """The sum that all get depends on the part of each, so that errors are summed up likewise."""

    @staticmethod
    def forward(_ctx: Any, values: Tensor) -> Tensor:
        summed = values.clone()
        torch.distributed.all_reduce(summed)
        return summed

    @staticmethod
    def backward(_ctx: Any, *errors: Tensor) -> Tensor:
        summed = errors[0].clone()
        torch.distributed.all_reduce(summed)
        return summed
