"""Gers, Schraudolph and Schmidhuber 2002: timing with and without peepholes, nets of 17 weights.

    python -m papers.gers2002                     every task, 10 nets each
    python -m papers.gers2002 --task GTS          tasks whose name begins so
    python -m papers.gers2002 --minutes 2         of each net instead of 0.1 to 0.4
    python -m papers.gers2002 --gates 0 -2 2      other biases to start from: of the input, forget
                                                  and output gate
    python -m papers.gers2002 --quick             a short period, learned fast, two nets

Results are kept net by net, so that a program that was stopped goes on where it was.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any

from rich.console import Console

from papers.gers2002.tasks import QUICK, TASKS, Task, starting
from papers.gers2002.train import train
from papers.program import Row, finish, options, spread
from papers.records import Record, Records

PAPER = "Gers, Schraudolph and Schmidhuber 2002"
NETS = 10
# of all tasks those that the picture has room for
PICTURED = (
    "GTS F=10, with peepholes",
    "GTS F=10, without",
    "GTS F=30, with peepholes, clipped at 1",
    "PFG cosine F=10, with peepholes, rate 0.001, clipped at 1, gates from 0, -2, 2",
    "PFG triangle F=10, with peepholes, rate 0.001, clipped at 1",
    "PFG rectangle F=10, with peepholes, rate 0.001, clipped at 1",
    "MSD F=10 I=0,1, without, clipped at 0.01",
)


def main() -> None:
    """Trains what is asked for and is not there yet, then prints published beside measured."""
    asked = _arguments()
    records = Records(asked.folder)
    named = [task for task in TASKS if task.name.startswith(asked.task)]
    chosen = [QUICK] if asked.quick else named
    if asked.gates:
        chosen = [starting(task, asked.gates) for task in chosen]
    if asked.streams:
        chosen = [replace(task, limit=asked.streams) for task in chosen]
    found = {
        task.name: _run(task, asked.nets, asked.minutes or task.minutes, records) for task in chosen
    }
    if asked.pictures:
        from papers.gers2002.picture import save

        shown = [name for name in found if name in PICTURED] or list(found)
        best = {
            name: max(found[name], key=lambda net: (net["solved"], net["spikes"])) for name in shown
        }
        save(asked.pictures, {name: net["outputs"] for name, net in best.items()})
    finish([_row(task, found[task.name]) for task in chosen], asked.json)


def _run(task: Task, nets: int, minutes: float, records: Records) -> list[Record]:
    """The results of all nets of a task; those that are missing are trained."""
    keys = {seed: f"{task.name} {task.limit} {seed}" for seed in range(nets)}
    for seed, key in keys.items():
        if records.get(key) is None:
            result = train(task, seed, 60 * minutes)
            records.put(key, result)
            word = "solved" if result["solved"] else f"not solved ({result['spikes']} spikes)"
            Console(stderr=True).print(
                f"{task.name}, net {seed}: {word} after {result['streams']:,} streams, "
                f"{result['seconds']:.0f} s"
            )
    return [records.get(key) or {} for key in keys.values()]


def _row(task: Task, nets: Sequence[dict[str, Any]]) -> Row:
    solved = [net["streams"] for net in nets if net["solved"]]
    measured = spread(solved, len(nets), "streams")
    if not solved:
        spikes, streams = (max(net[what] for net in nets) for what in ("spikes", "streams"))
        measured += f" within {streams:,} streams (intervals right at best: {spikes:,})"
    return {
        "paper": PAPER,
        "task": task.name,
        "published": task.published
        if task.published == "-"
        else f"{task.published} (as remembered)",
        "measured": measured,
        "nets": len(nets),
        "seconds": sum(net["seconds"] for net in nets),
    }


def _arguments() -> argparse.Namespace:
    ask = options("gers2002", __doc__, nets=NETS)
    ask.add_argument("--task", default="", help="only tasks whose name begins so")
    ask.add_argument("--gates", type=float, nargs=3, help="where their biases start: i, f, o")
    ask.add_argument("--streams", type=int, help="training streams until a net has failed")
    ask.add_argument("--minutes", type=float, help="after which a net is as it is (by task)")
    asked = ask.parse_args()
    if asked.quick:
        asked.nets, asked.minutes = 2, inf
    return asked


if __name__ == "__main__":
    main()
