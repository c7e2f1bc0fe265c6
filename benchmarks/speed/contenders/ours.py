"""`lstmkit.LSTM` through its public door, batch first, on whichever path it takes by itself."""

from importlib.metadata import version as installed

import torch

from benchmarks.speed.contenders import Prepared
from benchmarks.speed.contenders.torch_lstm import gradient, inference, training
from benchmarks.speed.point import Numbers, Point
from lstmkit import LSTM

MODES = ("inference", "training")


def version() -> str:
    """Our version."""
    return f"lstmkit {installed('lstmkit')}"


@torch.no_grad()
def layer(point: Point, numbers: Numbers) -> LSTM:
    """Makes a layer of the plain cell with the given weights."""
    made = LSTM(point.input, point.hidden)
    named = made.directions()[0].named()
    for whole, stem in ((numbers.W, "W"), (numbers.U, "U"), (numbers.b, "b")):
        for gate, values in zip("ifgo", torch.from_numpy(whole).chunk(4), strict=True):
            named[f"{stem}_{gate}"].copy_(values)
    return made


def prepare(point: Point, numbers: Numbers) -> Prepared:
    """Makes the layer ready to run."""
    made = layer(point, numbers)
    part = made.directions()[0]
    x = torch.from_numpy(numbers.x).transpose(0, 1).contiguous()
    if point.mode == "inference":
        return Prepared(inference(made, x), lambda result: {"y": result[0].transpose(0, 1).numpy()})
    x.requires_grad_()
    return Prepared(
        training(made, x),
        lambda y: {
            "y": y.detach().transpose(0, 1).numpy(),
            "dx": gradient(x).swapaxes(0, 1),
            "dW": gradient(part.W),  # rows of i, f, g, o, in the order of the cell's text
            "dU": gradient(part.U),
        },
    )
