"""What takes the time of a call: its products, its cell's arithmetic, Python."""

from argparse import Namespace
from typing import Any

import torch

from benchmarks.speed.contenders.torch_lstm import inference, training
from benchmarks.speed.machine import Machine
from benchmarks.speed.point import MODES, Point, flops
from benchmarks.speed.questions import Rows, sizes, timed
from benchmarks.speed.tables import disturbance, markdown
from lstmkit import LSTM

TITLE = "Parts of a call"
NOTE = (
    "The plain LSTM beside cells that have only a part of it, in the same rounds. `products`: all "
    "maps of it, and sums in place of its functions; of these, the share of the multiply-add peak. "
    "`arithmetic`: its functions, and no map but of one input; nanoseconds for a unit and step. "
    "`Python`: the plain LSTM with 16 units and one step. Shares are of the whole; parts overlap, "
    "so that they do not add up to it."
)
THREADS = (1, 2)
FEW = 16  # units that fill the vectors of every processor, so that no output is cut
GATES = "\n".join(f"{gate} = W_{gate} @ x + U_{gate} @ h[-1] + b_{gate}" for gate in "ifgo")
PRODUCTS = f"{GATES}\nc = f + i + g\nh = o + c\n"
ARITHMETIC = """
i = sigmoid(W_i @ x + b_i)
f = sigmoid(W_f @ x + b_f)
g = tanh(W_g @ x + b_g)
c = f * c[-1] + i * g
o = sigmoid(W_o @ x + b_o)
h = o * tanh(c)
"""


def points(options: Namespace) -> list[Point]:
    """Batch 1 and 32 at all hidden sizes."""
    hidden = [64, 256] if options.quick else [64, 128, 256, 512, 1024]
    return sizes("parts", options, hidden, [1, 32], MODES)


def measure(point: Point, rounds: int) -> dict[str, Any]:
    """Times the whole and its parts."""
    torch.manual_seed(0)
    batch, steps, features, hidden = point.batch, point.steps, point.input, point.hidden
    contenders = {
        "whole": (LSTM(features, hidden), (batch, steps, features)),
        "products": (LSTM(features, hidden, cell=PRODUCTS), (batch, steps, features)),
        "arithmetic": (LSTM(1, hidden, cell=ARITHMETIC), (batch, steps, 1)),
        "python": (LSTM(FEW, FEW), (1, 1, FEW)),
    }
    jobs = {}
    for name, (layer, shape) in contenders.items():
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.mul_(0.2)  # sums of sums must not grow without bound
        x = torch.randn(shape)
        if point.mode == "inference":
            jobs[name] = inference(layer, x)
        else:
            jobs[name] = training(layer, x.requires_grad_())
    return timed(point, jobs, [], rounds, every_round=tuple(jobs))


def table(rows: Rows, machine: Machine | None) -> str:
    """One table."""
    head = ["mode", "threads", "I, H", "B", "whole, ms", "products", "of the peak"]
    head += ["arithmetic", "ns a unit", "Python", "Python, µs", "thrown away"]
    body = []
    for point, result in rows:
        took, share = result["seconds"], result["ratios"]
        rate = flops(point) / took["products"]
        units = point.batch * point.steps * point.hidden
        peak = None if machine is None else machine.fma[point.threads]
        row = [point.mode, str(point.threads), f"{point.input}, {point.hidden}", str(point.batch)]
        row += [f"{1e3 * took['whole']:.3g}", f"{share['products']:.0%}"]
        row += ["" if peak is None else f"{rate / peak:.0%}", f"{share['arithmetic']:.0%}"]
        row += [f"{1e9 * took['arithmetic'] / units:.2f}", f"{share['python']:.0%}"]
        row += [f"{1e6 * took['python']:.0f}", disturbance(result)]
        body.append(row)
    return markdown(head, body)
