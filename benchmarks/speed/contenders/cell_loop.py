"""A Python loop of `torch.nn.LSTMCell`, which is how a variant is usually written."""

import torch
from torch import Tensor

from benchmarks.speed.contenders import Prepared
from benchmarks.speed.contenders.torch_lstm import fill, gradient, inference, training
from benchmarks.speed.point import Numbers, Point

MODES = ("inference", "training")


class Loop(torch.nn.Module):
    """Calls a cell once a step and stacks the outputs."""

    def __init__(self, cell: torch.nn.LSTMCell) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Runs over x (time, batch, input)."""
        h = c = x.new_zeros(x.shape[1], self.cell.hidden_size)
        outputs = []
        for step in x.unbind(0):
            h, c = self.cell(step, (h, c))
            outputs.append(h)
        return (torch.stack(outputs),)


def version() -> str:
    """Torch's version."""
    return f"torch {torch.__version__}"


def prepare(point: Point, numbers: Numbers) -> Prepared:
    """Makes a cell with the given weights and the loop around it."""
    cell = torch.nn.LSTMCell(point.input, point.hidden)
    fill(cell, numbers)
    x = torch.from_numpy(numbers.x)
    if point.mode == "inference":
        return Prepared(inference(Loop(cell), x), lambda result: {"y": result[0].numpy()})
    x = x.clone().requires_grad_()
    return Prepared(
        training(Loop(cell), x),
        lambda y: {
            "y": y.detach().numpy(),
            "dx": gradient(x),
            "dW": gradient(cell.weight_ih),
            "dU": gradient(cell.weight_hh),
        },
    )
