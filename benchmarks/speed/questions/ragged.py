"""Rows of different lengths, and sequences that start afresh in the middle."""

from argparse import Namespace
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.speed.contenders import ours, torch_lstm
from benchmarks.speed.contenders.torch_lstm import inference, training
from benchmarks.speed.interleave import Job
from benchmarks.speed.machine import Machine
from benchmarks.speed.point import MODES, Point, numbers
from benchmarks.speed.questions import Rows, sizes, timed
from benchmarks.speed.tables import disturbance, geometric_mean, markdown, number

TITLE = "Ragged batches and resets"
NOTE = (
    "Lengths are uniform in 10 to 100 steps, resets hit 1 % of the steps. `share` is the part of "
    "steps that are real, `lengths` our time with lengths over our time for the full batch, "
    "`above share` the first over the second. `packed` is torch packing, running and padding again "
    "over ours. `resets` is our time with resets over that without, `step loop` over it the loop "
    "that recurrent policy libraries use: one call of `torch.nn.LSTM` a step, the state "
    "multiplied by zero where an episode starts."
)
THREADS = (2,)


class Packed(torch.nn.Module):
    """Packs a padded batch, runs torch's layer and pads again."""

    def __init__(self, layer: torch.nn.LSTM, lengths: Tensor) -> None:
        super().__init__()
        self.layer, self.lengths = layer, lengths

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Runs over x (time, batch, input)."""
        packed = pack_padded_sequence(x, self.lengths, enforce_sorted=False)
        return (pad_packed_sequence(self.layer(packed)[0], total_length=x.shape[0])[0],)


class StepLoop(torch.nn.Module):
    """Calls torch's layer once a step and clears the state where a row starts afresh."""

    def __init__(self, layer: torch.nn.LSTM, reset: Tensor) -> None:
        super().__init__()
        self.layer, self.keep = layer, 1.0 - reset.float()

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Runs over x (time, batch, input)."""
        h = c = x.new_zeros(1, x.shape[1], self.layer.hidden_size)
        outputs = []
        for step, keep in zip(x.unbind(0), self.keep.unbind(0), strict=True):
            factor = keep[None, :, None]
            y, (h, c) = self.layer(step[None], (factor * h, factor * c))
            outputs.append(y)
        return (torch.cat(outputs),)


class With(torch.nn.Module):
    """Our layer with lengths or resets given."""

    def __init__(self, layer: torch.nn.Module, **given: Tensor) -> None:
        super().__init__()
        self.layer, self.given = layer, given

    def forward(self, x: Tensor) -> Any:
        """Runs over x (batch, time, input)."""
        return self.layer(x, **self.given)


def points(options: Namespace) -> list[Point]:
    """Batches large enough to be ragged; `--quick` takes one size."""
    if options.quick:
        return sizes("ragged", options, [128], [32], MODES)
    return sizes("ragged", options, [64, 128, 256, 512], [8, 32, 128], MODES)


def drawn(point: Point) -> tuple[Tensor, Tensor]:
    """Draws lengths (batch,) and resets (batch, time)."""
    source = torch.Generator().manual_seed(0)
    shortest = min(10, point.steps)
    lengths = torch.randint(shortest, point.steps + 1, (point.batch,), generator=source)
    reset = torch.rand(point.batch, point.steps, generator=source) < 0.01
    return lengths, reset


def measure(point: Point, rounds: int) -> dict[str, Any]:
    """Times our layer on full, ragged and reset batches, beside torch's two ways."""
    given = numbers(point)
    lengths, reset = drawn(point)
    layer, theirs = ours.layer(point, given), torch.nn.LSTM(point.input, point.hidden)
    torch_lstm.fill(theirs, given)
    time_first = torch.from_numpy(given.x)
    batch_first = time_first.transpose(0, 1).contiguous()
    modules = {
        "full": (layer, batch_first),
        "lengths": (With(layer, lengths=lengths), batch_first),
        "resets": (With(layer, reset=reset), batch_first),
        "packed": (Packed(theirs, lengths), time_first),
        "step loop": (StepLoop(theirs, reset.T), time_first),
    }
    with torch.no_grad():
        for mine, other in (("lengths", "packed"), ("resets", "step loop")):
            y, right = (modules[name][0](modules[name][1])[0] for name in (mine, other))
            torch.testing.assert_close(y.transpose(0, 1), right, rtol=0, atol=1e-4)
    jobs: dict[str, Job] = {}
    for name, (module, x) in modules.items():
        if point.mode == "training":
            jobs[name] = training(module, x.clone().requires_grad_())
        else:
            jobs[name] = inference(module, x)
    share = float(lengths.sum()) / (point.batch * point.steps)
    loyal = ("lengths", "resets", "packed")
    return timed(point, jobs, [], rounds, every_round=loyal) | {"share": share}


def table(rows: Rows, machine: Machine | None) -> str:
    """One table, and geometric means at its end."""
    head = ["mode", "threads", "I, H", "B", "full, ms", "share", "lengths", "above share"]
    head += ["packed", "resets", "step loop", "thrown away"]
    body = []
    columns: list[list[float]] = []
    for point, result in rows:
        ratios = result["ratios"]
        values = [
            ratios["lengths"],
            ratios["lengths"] / result["share"],
            ratios["packed"] / ratios["lengths"],
            ratios["resets"],
            ratios["step loop"] / ratios["resets"],
        ]
        columns.append(values)
        body.append(
            [point.mode, str(point.threads), f"{point.input}, {point.hidden}", str(point.batch)]
            + [number(1e3 * result["seconds"]["full"]), f"{result['share']:.2f}"]
            + [f"{value:.2f}" for value in values]
            + [disturbance(result)]
        )
    means = [geometric_mean(list(column)) for column in zip(*columns, strict=True)]
    if means:
        body.append(["**geometric mean**", "", "", "", "", "", *means, ""])
    return markdown(head, body)
