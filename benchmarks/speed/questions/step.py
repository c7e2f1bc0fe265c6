"""One step at a time, as in a stream: the time of a Python call."""

from argparse import Namespace
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.speed.contenders import ours, torch_lstm
from benchmarks.speed.interleave import Job
from benchmarks.speed.machine import Machine
from benchmarks.speed.point import Point, numbers
from benchmarks.speed.questions import Rows, sizes, timed
from benchmarks.speed.tables import disturbance, mark, markdown

TITLE = "One step at a time"
NOTE = (
    "Microseconds of one Python call for one step, with the state carried from call to call, "
    "without gradient; then the time of the others over `layer.step`."
)
THREADS = (1, 2)
LABELS = {
    "step": "layer.step",
    "layer": "layer, one step",
    "torch": "torch.nn.LSTM, one step",
    "cell": "torch.nn.LSTMCell",
}


def points(options: Namespace) -> list[Point]:
    """Batch 1 at all hidden sizes."""
    hidden = [64, 256] if options.quick else [64, 128, 256, 512, 1024]
    return sizes("step", options, hidden, [1], ["inference"])


def carried(call: Callable[[Any], tuple[Any, Any]]) -> Job:
    """Returns a job that runs the next step and remembers its state."""
    state = None

    def run() -> Any:
        nonlocal state
        with torch.no_grad():
            y, state = call(state)
        return y

    return run


def measure(point: Point, rounds: int) -> dict[str, Any]:
    """Times our two ways and torch's two, after some steps gave the same output."""
    given = numbers(point)
    x = torch.from_numpy(given.x[0])
    layer = ours.layer(point, given)
    theirs = torch.nn.LSTM(point.input, point.hidden)
    cell = torch.nn.LSTMCell(point.input, point.hidden)
    torch_lstm.fill(theirs, given)
    torch_lstm.fill(cell, given)

    def one_cell(state: Any) -> tuple[Any, Any]:
        new = cell(x, state)
        return new[0], new

    jobs: dict[str, Job] = {
        "step": carried(lambda state: layer.step(x, state)),
        "layer": carried(lambda state: layer(x[:, None], state)),
        "torch": carried(lambda state: theirs(x[None], state)),
        "cell": carried(one_cell),
    }
    remarks = []
    if not hasattr(layer, "step"):
        del jobs["step"]
        remarks.append("layer.step does not exist yet and is left out")
    for _ in range(5):
        first, *others = (job().reshape(point.batch, point.hidden) for job in jobs.values())
        for other in others:
            torch.testing.assert_close(other, first, rtol=0, atol=1e-4)
    return timed(point, jobs, remarks, rounds, every_round=tuple(jobs))


def table(rows: Rows, machine: Machine | None) -> str:
    """One table."""
    names = [name for name in LABELS if any(name in r["seconds"] for _, r in rows)]
    head = ["threads", "I, H", "B", f"{LABELS[names[0]]}, µs"] if names else []
    head += [*(LABELS[name] for name in names[1:]), "thrown away"]
    body = [
        [str(point.threads), f"{point.input}, {point.hidden}", str(point.batch)]
        + [f"{1e6 * result['seconds'][names[0]]:.1f}"]
        + [mark(result, name) for name in names[1:]]
        + [disturbance(result)]
        for point, result in rows
    ]
    return markdown(head, body)
