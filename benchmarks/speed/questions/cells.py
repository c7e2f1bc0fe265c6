"""Every cell beside our plain LSTM, per amount of arithmetic, and beside torch's plain LSTM."""

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

import torch

from benchmarks.speed import contenders
from benchmarks.speed.contenders.torch_lstm import inference, training
from benchmarks.speed.interleave import Job, seconds
from benchmarks.speed.machine import Machine
from benchmarks.speed.point import MODES, Mode, Point, numbers
from benchmarks.speed.questions import Rows, sizes, timed
from benchmarks.speed.tables import disturbance, geometric_mean, markdown
from benchmarks.speed.texts import SEVERAL, TEXTS
from lstmkit import LSTM, explain
from lstmkit.cells import CATALOGUE

TITLE = "Every cell"
NOTE = (
    "All cells, our plain LSTM and torch's run in the same rounds. `arithmetic` is a cell's "
    "multiply-adds over the plain cell's (at the first size). `time per arithmetic` is its time "
    "over our plain LSTM's, divided by that: geometric mean over all sizes, and the worst from "
    "hidden 128 up. Then what the plain `torch.nn.LSTM` and a Python loop of "
    "`LSTMCell` take over the cell's time, not corrected for arithmetic."
)
GIVE_UP = 2.0  # seconds of a call of the Python loop
THREADS = (2,)


def points(options: Namespace) -> list[Point]:
    """Hidden 64 to 512, batch 1 to 32; `--quick` takes one size."""
    if options.quick:
        return sizes("cells", options, [128], [8], MODES)
    return sizes("cells", options, [64, 128, 256, 512], [1, 8, 32], MODES)


def layers(point: Point) -> dict[str, LSTM]:
    """Makes a layer of every cell, the plain one first; a projection is half as wide."""
    given = {name: LSTM(point.input, point.hidden, cell=text) for name, text in TEXTS.items()}
    for name in CATALOGUE:
        narrow = point.hidden // 2 if name == "projected" else None
        given[name] = LSTM(point.input, point.hidden, cell=name, projection_size=narrow)
    return {"lstm": given.pop("lstm")} | given


def learned(layer: LSTM) -> int:
    """Counts the learned numbers in maps, each of which is one multiply-add a row and step."""
    return sum(parameter.numel() for parameter in layer.parameters() if parameter.dim() == 2)


def measure(point: Point, rounds: int) -> dict[str, Any]:
    """Times all cells, torch's plain LSTM and a loop of torch's cell."""
    torch.manual_seed(0)
    x = torch.randn(point.batch, point.steps, point.input)
    made, remarks = layers(point), []
    jobs: dict[str, Job] = {}
    for name, layer in made.items():
        with torch.set_grad_enabled(point.mode == "training"):
            path = explain(layer, x[:1, :2])
        if "cpu" not in path.split(":")[1]:
            remarks.append(f"{name}, {point.mode}: not compiled; {path}")
        if point.mode == "training":
            jobs[name] = training(layer, x.clone().requires_grad_())
        else:
            jobs[name] = inference(layer, x)
    given = numbers(point)
    for name in ("torch", "loop"):
        module = contenders.find(name)
        assert not isinstance(module, str)
        job = module.prepare(point, given).run
        if name == "torch" or seconds(job, 1) < GIVE_UP:
            jobs[name] = job
    arithmetic = {name: learned(layer) for name, layer in made.items()}
    return timed(point, jobs, remarks, rounds, every_round=tuple(jobs)) | {"learned": arithmetic}


def per_arithmetic(result: dict[str, Any], name: str) -> float:
    """Returns a cell's time over the plain cell's, each for its own amount of arithmetic."""
    share = result["learned"][name] / result["learned"]["lstm"]
    return float(result["ratios"][name] / share)


def table(rows: Rows, machine: Machine | None) -> str:
    """One table for each mode and number of threads, then means over groups of cells."""
    parts = []
    for mode in MODES:
        for threads in sorted({point.threads for point, _ in rows}):
            chosen = [
                (point, dict(result))
                for point, result in rows
                if (point.mode, point.threads) == (mode, threads)
            ]
            if chosen:
                parts.append(_one(mode, threads, chosen))
    return "\n\n".join(parts)


def _one(mode: Mode, threads: int, rows: Sequence[tuple[Point, dict[str, Any]]]) -> str:
    names = list(rows[0][1]["learned"])
    body = [_cell(name, rows) for name in names]
    for title, group in (
        ("one product a step", [n for n in names if n not in SEVERAL and n != "lstm"]),
        ("several products or norms", [n for n in names if n in SEVERAL]),
    ):
        mean = geometric_mean([per_arithmetic(r, n) for n in group for _, r in rows])
        over = [r["ratios"]["torch"] / r["ratios"][n] for n in group for _, r in rows]
        body.append([f"**{title}**", "", mean, "", geometric_mean(over), f"{min(over):.2f}", ""])
    head = ["cell", "arithmetic", "time per arithmetic", "worst from H128"]
    head += ["torch / cell", "lowest", "loop / cell"]
    sizes_said = ", ".join(f"H{p.hidden} B{p.batch} ({disturbance(r)})" for p, r in rows)
    return (
        f"### {mode.capitalize()}, threads: {threads}\n\n{markdown(head, body)}\n\n"
        f"Sizes (rounds thrown away): {sizes_said}."
    )


def _cell(name: str, rows: Sequence[tuple[Point, dict[str, Any]]]) -> list[str]:
    first = rows[0][1]
    times = [(per_arithmetic(r, name), p) for p, r in rows]
    wide = [one for one in times if one[1].hidden >= 128]
    worst = max(wide, key=lambda one: one[0], default=None)
    over = [r["ratios"]["torch"] / r["ratios"][name] for _, r in rows]
    loop = [r["ratios"]["loop"] / r["ratios"][name] for _, r in rows if "loop" in r["ratios"]]
    return [
        name,
        f"{first['learned'][name] / first['learned']['lstm']:.2f}",
        geometric_mean([time for time, _ in times]),
        "" if worst is None else f"{worst[0]:.2f} (H{worst[1].hidden} B{worst[1].batch})",
        geometric_mean(over),
        f"{min(over):.2f}",
        geometric_mean(loop),
    ]
