"""The plain LSTM beside every peer, over batch, hidden size, threads and mode."""

from argparse import Namespace
from typing import Any

from benchmarks.speed import contenders
from benchmarks.speed.interleave import Job, seconds
from benchmarks.speed.machine import Machine, roof
from benchmarks.speed.point import MODES, Mode, Point, flops, numbers
from benchmarks.speed.questions import Rows, sizes, timed
from benchmarks.speed.tables import disturbance, geometric_mean, mark, markdown, number

TITLE = "The plain LSTM beside its peers"
NOTE = (
    "Times of the others over ours, so that more than 1 is in our favour. Each gets the data as it "
    "likes them best: torch, ONNX, OpenVINO and JAX time first, we and Keras batch first. "
    "Keras runs on its JAX backend. `best` is the smallest ratio, that of the fastest rival. "
    "GF/s counts the matrix products only; % peak is of the measured multiply-add peak, "
    "% roof at batch 1 of what reading the recurrent weights every step allows. `*`: slower than "
    "half a second a call, timed in every other round."
)
GIVE_UP = 2.0  # seconds of a call of the Python loop
THREADS = (1, 2)


def points(options: Namespace) -> list[Point]:
    """Every combination; `--quick` leaves the corners and the middle."""
    hidden = [64, 256] if options.quick else [64, 128, 256, 512, 1024]
    batch = [1, 32] if options.quick else [1, 8, 32, 128]
    return sizes("grid", options, hidden, batch, MODES)


def measure(point: Point, rounds: int) -> dict[str, Any]:
    """Times all that can run the point."""
    return timed(point, *jobs(point), rounds, every_round=("torch",))


def jobs(point: Point) -> tuple[dict[str, Job], list[str]]:
    """Prepares every contender that is installed and can do it, and checks its numbers."""
    given = numbers(point)
    found: dict[str, Job] = {}
    remarks = []
    torch = contenders.find("torch")
    assert not isinstance(torch, str)
    reference = torch.prepare(point, given)
    wanted = {name: values.copy() for name, values in reference.read(reference.run()).items()}
    for name in contenders.FILES:
        module = contenders.find(name)
        if isinstance(module, str):
            remarks.append(module)
            continue
        if point.mode not in module.MODES:
            continue
        prepared = reference if name == "torch" else module.prepare(point, given)
        contenders.check(name, point, prepared, wanted)
        if name == "loop" and (slow := seconds(prepared.run, 1)) > GIVE_UP:
            remarks.append(f"the loop of cells takes {slow:.1f} s a call and is not timed")
            continue
        found[name] = prepared.run
    return found, remarks


def table(rows: Rows, machine: Machine | None) -> str:
    """One table for each mode and number of threads, then geometric means."""
    parts = []
    for mode in MODES:
        for threads in sorted({point.threads for point, _ in rows}):
            chosen = [row for row in rows if row[0].mode == mode and row[0].threads == threads]
            if chosen:
                parts.append(_one(mode, threads, chosen, machine))
    return "\n\n".join([*parts, _means(rows)])


def _one(mode: Mode, threads: int, rows: Rows, machine: Machine | None) -> str:
    peers = [n for n in contenders.FILES if n != "ours" and any(n in r["ratios"] for _, r in rows)]
    head = ["I, H", "B", "ours, ms", "GF/s", "% peak", "% roof"]
    head += [contenders.LABELS[name] for name in peers] + ["best", "thrown away"]
    body = []
    for point, result in rows:
        rate = flops(point) / result["seconds"]["ours"]
        peak = "" if machine is None else f"{100 * rate / machine.fma[threads]:.0f}"
        bound = ""
        if machine is not None and point.batch == 1:
            bound = f"{100 * rate / roof(machine, point):.0f}"
        ratios = result["ratios"]
        body.append(
            [f"{point.input}, {point.hidden}", str(point.batch)]
            + [number(1e3 * result["seconds"]["ours"]), f"{rate / 1e9:.0f}", peak, bound]
            + [mark(result, name) for name in peers]
            + [f"{min(ratios[name] for name in ratios if name != 'ours'):.2f}"]
            + [disturbance(result)]
        )
    return f"### {mode.capitalize()}, threads: {threads}\n\n" + markdown(head, body)


def _means(rows: Rows) -> str:
    peers = [n for n in contenders.FILES if n != "ours" and any(n in r["ratios"] for _, r in rows)]
    batches = sorted({point.batch for point, _ in rows})
    body = []
    for mode in MODES:
        for threads in sorted({point.threads for point, _ in rows}):
            for batch in [None, *batches]:
                chosen = [
                    result["ratios"]
                    for point, result in rows
                    if (point.mode, point.threads) == (mode, threads)
                    and batch in (None, point.batch)
                ]
                means = [
                    geometric_mean([ratios[name] for ratios in chosen if name in ratios])
                    for name in peers
                ]
                if chosen:
                    body.append(
                        [mode, str(threads), "all" if batch is None else str(batch), *means]
                    )
    head = ["mode", "threads", "B", *(contenders.LABELS[name] for name in peers)]
    return "### Geometric means over the rows above\n\n" + markdown(head, body)
