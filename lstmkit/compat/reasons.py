"""Why a call goes to torch: what holds for every layer of torch's."""

from functools import lru_cache
from typing import Any, TypeGuard

import torch
from torch import Tensor, nn

from lstmkit.compat.gates import torch_layout
from lstmkit.engine import Scan, Sizes
from lstmkit.engine.cpu.path import refuse_cpu
from lstmkit.engine.onlookers import onlooker

WRONG = "torch says what is wrong with the input"
TYPES = "the engine computes dense float32 on the processor"
EMPTY = "the engine takes no empty batch and no zero steps"
_TENSORS = (Tensor, nn.Parameter)


def surroundings() -> str | None:
    """Says who wants to see torch's own operations, or None."""
    if torch.is_autocast_enabled("cpu"):
        return "autocast chooses types of its own"
    return onlooker()


def plain(tensor: Any) -> TypeGuard[Tensor]:
    """Whether something is a tensor whose numbers the engine can read where they lie."""
    return (
        type(tensor) in _TENSORS
        and tensor.dtype is torch.float32
        and tensor.is_cpu
        and tensor.layout is torch.strided
        and not tensor.is_neg()
    )


@lru_cache(maxsize=64)
def not_ready(*, bias: bool, projected: bool, sizes: Sizes) -> str | None:
    """Why the engine has no program for a layer of given sizes, or None if it has."""
    kept = torch_layout(bias=bias, projected=projected)
    parameters = {
        name: torch.empty(shape, dtype=torch.float32) for name, shape in kept.shapes(sizes).items()
    }
    x = torch.empty(1, 1, sizes.input, dtype=torch.float32)
    scan = Scan(layout=kept, sizes=sizes, parameters=parameters, x=x, state=None, fresh=None)
    return refuse_cpu(scan)


def differentiated(*tensors: Tensor) -> bool:
    """Whether a gradient will be wanted of what comes out of these."""
    return torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
