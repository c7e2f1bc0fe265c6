"""Weights of fewer bits: inference at batch 1, where reading the weights sets the pace."""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from benchmarks.speed.contenders import ours
from benchmarks.speed.contenders.torch_lstm import inference
from benchmarks.speed.interleave import Job
from benchmarks.speed.machine import Machine
from benchmarks.speed.point import Point, numbers
from benchmarks.speed.questions import Rows, sizes, timed
from benchmarks.speed.tables import disturbance, geometric_mean, markdown, number
from lstmkit import LSTM
from lstmkit.errors import SettingsError

TITLE = "Weights of fewer bits"
NOTE = (
    "Inference at batch 1, with as many inputs as units and with few: the input's weights are "
    "read once for all steps and stay float32, so that their product bounds the gain. `gain` is "
    "the time with float32 weights over the time with those of fewer bits; `error` the largest "
    "difference of an output, for random weights, which says nothing about a trained model."
)
THREADS = (2,)
KINDS = ("bfloat16", "int8")
FEW_INPUTS = 64


def with_weights(layer: LSTM, kind: str, x: torch.Tensor) -> Callable[[torch.Tensor], Any] | None:
    """Returns a layer that keeps its weights in fewer bits, or None where the processor has none.

    Args:
        layer: The layer in float32.
        kind: One of `KINDS`.
        x: Input for calibration.

    Returns:
        What runs like the layer.
    """
    try:
        return layer.with_weights(kind, x)
    except SettingsError:
        return None


def points(options: Namespace) -> list[Point]:
    """Batch 1 at all hidden sizes, with as many inputs and with few."""
    hidden = [64, 256] if options.quick else [64, 128, 256, 512, 1024]
    made = sizes("precision", options, hidden, [1], ["inference"])
    if options.input:
        return made
    return made + [replace(one, input=FEW_INPUTS) for one in made if one.hidden > FEW_INPUTS]


def measure(point: Point, rounds: int) -> dict[str, Any]:
    """Times float32 beside what the layer offers."""
    given = numbers(point)
    layer = ours.layer(point, given)
    x = torch.from_numpy(given.x).transpose(0, 1).contiguous()
    jobs: dict[str, Job] = {"float32": inference(layer, x)}
    right = jobs["float32"]()[0]
    errors, remarks = {}, []
    for kind in KINDS:
        lower = with_weights(layer, kind, x)
        if lower is None:
            remarks.append(f"{kind} weights are left out: the layer does not offer them")
            continue
        jobs[kind] = inference(lower, x)
        errors[kind] = float((jobs[kind]()[0] - right).abs().max())
    if len(jobs) == 1:
        return {"seconds": {}, "ratios": {}, "remarks": remarks}
    return timed(point, jobs, remarks, rounds, every_round=tuple(jobs)) | {"errors": errors}


def table(rows: Rows, machine: Machine | None) -> str:
    """A table for many inputs and one for few, each with geometric means at its end."""
    made = [(point, result) for point, result in rows if result["seconds"]]
    if not made:
        return "Nothing was measured."
    many = [row for row in made if row[0].input >= row[0].hidden]
    few = [row for row in made if row[0].input < row[0].hidden]
    return "\n\n".join(_one(rows) for rows in (many, few) if rows)


def _one(made: Rows) -> str:
    kinds = [kind for kind in KINDS if any(kind in result["seconds"] for _, result in made)]
    head = ["threads", "I, H", "B", "float32, ms"]
    head += [f"{kind} {what}" for kind in kinds for what in ("gain", "error")] + ["thrown away"]
    body = []
    for point, result in made:
        row = [str(point.threads), f"{point.input}, {point.hidden}", str(point.batch)]
        row.append(number(1e3 * result["seconds"]["float32"]))
        for kind in kinds:
            known = kind in result["ratios"]
            row.append(f"{1 / result['ratios'][kind]:.2f}" if known else "")
            row.append(f"{result['errors'][kind]:.1e}" if known else "")
        body.append([*row, disturbance(result)])
    means = []
    for kind in kinds:
        gains = [1 / r["ratios"][kind] for _, r in made if kind in r["ratios"]]
        means += [geometric_mean(gains), ""]
    return markdown(head, [*body, ["**geometric mean**", "", "", "", *means, ""]])
