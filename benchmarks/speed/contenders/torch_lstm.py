"""`torch.nn.LSTM` as it comes: oneDNN on the processor, time first, which spares it copies."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmarks.speed.contenders import Prepared
from benchmarks.speed.point import Numbers, Point

MODES = ("inference", "training")


def version() -> str:
    """Torch's version."""
    return f"torch {torch.__version__}"


def prepare(point: Point, numbers: Numbers) -> Prepared:
    """Makes a layer with the given weights; the second bias is zero."""
    layer = torch.nn.LSTM(point.input, point.hidden)
    fill(layer, numbers)
    x = torch.from_numpy(numbers.x)
    if point.mode == "inference":
        return Prepared(inference(layer, x), lambda result: {"y": result[0].numpy()})
    x = x.clone().requires_grad_()
    run = training(layer, x)
    return Prepared(
        run,
        lambda y: {
            "y": y.detach().numpy(),
            "dx": gradient(x),
            "dW": gradient(layer.weight_ih_l0),
            "dU": gradient(layer.weight_hh_l0),
        },
    )


@torch.no_grad()
def fill(layer: torch.nn.LSTM | torch.nn.LSTMCell, numbers: Numbers) -> None:
    """Copies the weights into a layer or a cell."""
    given = (numbers.W, numbers.U, numbers.b, 0 * numbers.b)
    for parameter, values in zip(layer.parameters(), given, strict=True):
        parameter.copy_(torch.from_numpy(values))


def inference(layer: Callable[[Tensor], Any], x: Tensor) -> Callable[[], Any]:
    """A forward pass without gradient."""

    def run() -> Any:
        with torch.no_grad():
            return layer(x)

    return run


def training(layer: torch.nn.Module, x: Tensor) -> Callable[[], Tensor]:
    """A forward pass and the backward pass of the sum of the outputs."""

    def run() -> Tensor:
        layer.zero_grad(set_to_none=True)
        x.grad = None
        y: Tensor = layer(x)[0]
        y.sum().backward()
        return y

    return run


def gradient(of: Tensor | torch.nn.Module) -> Any:
    """The gradient of a tensor as an array; what a module calls its own may be either."""
    assert isinstance(of, Tensor)
    assert of.grad is not None
    return of.grad.numpy()
