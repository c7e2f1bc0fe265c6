"""Gers, Schmidhuber and Cummins 2000: endless streams with and without forget gates.

    python -m papers.gers2000                       continual embedded Reber, 20 nets a kind
    python -m papers.gers2000 --task continual      also continual temporal order
    python -m papers.gers2000 --minutes 2           of each net, instead of the task's own
    python -m papers.gers2000 --quick               two nets, 400 streams

Results are kept net by net, so that a program that was stopped goes on where it was.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any

from rich.console import Console

from papers.gers2000.train import QUICK, TASKS, Task, train
from papers.program import Row, finish, options, spread
from papers.records import Record, Records

PAPER = "Gers, Schmidhuber and Cummins 2000"
NETS = 20


def main() -> None:
    """Trains what is asked for and is not there yet, then prints published beside measured."""
    asked = _arguments()
    records = Records(asked.folder)
    chosen = [QUICK] if asked.quick else [t for t in TASKS if t.name.startswith(asked.task)]
    if asked.streams and not asked.quick:
        chosen = [replace(task, limit=asked.streams) for task in chosen]
    found = {task.name: _run(task, asked, records) for task in chosen}
    if asked.pictures:
        from papers.gers2000.picture import save

        of_reber = {n: r for n, r in found.items() if n.startswith("continual embedded Reber")}
        save(
            asked.pictures,
            {n.split(", ", 1)[1]: [one["states"] for one in nets] for n, nets in of_reber.items()},
        )
    finish([_row(task, found[task.name]) for task in chosen], asked.json)


def _run(task: Task, asked: argparse.Namespace, records: Records) -> list[Record]:
    """The results of all nets of a task; those that are missing or had less time are trained."""
    keys = {seed: f"{task.name} {task.limit} {seed}" for seed in range(asked.nets)}
    minutes = asked.minutes or task.minutes
    for seed, key in keys.items():
        if not _final(records.get(key), task, minutes):
            result = train(task, seed, 60 * minutes)
            records.put(key, result | {"minutes": minutes})
            word = "perfect" if result["solved"] else "not perfect"
            Console(stderr=True).print(
                f"{task.name}, net {seed}: {word} after {result['streams']:,} streams, "
                f"test streams of {result['length']:,.0f}, {result['seconds']:.0f} s"
            )
    return [records.get(key) or {} for key in keys.values()]


def _final(net: Record | None, task: Task, minutes: float) -> bool:
    """Whether a net need not be trained; one that was stopped by the clock may have more time."""
    if net is None:
        return False
    return net["solved"] or net["streams"] >= task.limit or net["minutes"] >= minutes


def _row(task: Task, nets: Sequence[dict[str, Any]]) -> Row:
    solved = [net["streams"] for net in nets if net["solved"]]
    good = [net["length"] for net in nets if not net["solved"] and net["length"] > task.good]
    measured = f"{len(solved) / len(nets):.0%} perfect ({spread(solved, len(nets), 'streams')})"
    measured += f", {len(good) / len(nets):.0%} good"
    if good:
        measured += f" (mean length {statistics.mean(good):,.0f})"
    streams = statistics.mean(net["streams"] for net in nets)
    measured += f"; {streams:,.0f} training streams a net"
    return {
        "paper": PAPER,
        "task": f"{task.name}; up to {task.limit:,} streams",
        "published": task.published,
        "measured": measured,
        "nets": len(nets),
        "seconds": sum(net["seconds"] for net in nets),
    }


def _arguments() -> argparse.Namespace:
    ask = options("gers2000", __doc__, nets=NETS)
    ask.add_argument("--task", default="", help="tasks whose name begins so")
    ask.add_argument("--streams", type=int, help="training streams until a net has failed")
    ask.add_argument("--minutes", type=float, help="after which nets are as they are (by task)")
    asked = ask.parse_args()
    if asked.quick:
        asked.nets, asked.minutes = 2, inf
    return asked


if __name__ == "__main__":
    main()
