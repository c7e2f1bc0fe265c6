"""Gers and Schmidhuber 2001, Perez-Ortiz et al. 2003: a^n b^n and a^n b^n c^n.

    python -m papers.counting                 both languages, both ways to train, 10 nets each
    python -m papers.counting --quick         a^n b^n by gradient, two nets

Nets are trained on n up to 10; what counts is how far they get beyond. Results are kept net by net.
"""

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from rich.console import Console

from papers.counting.train import by_filter, by_gradient
from papers.program import Row, finish, options
from papers.records import Records

EPOCHS, STRINGS, LIMIT = 5000, 1000, 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A row of the table, and how one net of it is trained."""

    name: str
    paper: str
    published: str
    train: Callable[[int], dict[str, Any]]


def _runs() -> tuple[Run, ...]:
    gers, perez = "Gers and Schmidhuber 2001", "Perez-Ortiz et al. 2003"
    names = {2: "a^n b^n", 3: "a^n b^n c^n"}
    kept = {2: "about 1,000 (as remembered)", 3: "about 500 after n up to 50 (as remembered)"}
    by_rule = [
        Run(
            name=f"{names[letters]}, full gradient, Adam",
            paper=gers,
            published=f"n = {kept[letters]}",
            train=partial(by_gradient, letters, epochs=EPOCHS, limit=LIMIT),
        )
        for letters in names
    ]
    by_kalman = [
        Run(
            name=f"{names[letters]}, truncated gradient, Kalman filter",
            paper=perez,
            published="-" if letters == 2 else "n = 22 million at best (as remembered)",
            train=partial(by_filter, letters, count=STRINGS, limit=LIMIT),
        )
        for letters in names
    ]
    return (*by_rule, *by_kalman)


RUNS = _runs()


def main() -> None:
    """Trains what is asked for and is not there yet, then prints published beside measured."""
    asked = _arguments()
    torch.set_num_threads(1)
    records, console = Records(asked.folder), Console(stderr=True)
    rows = []
    for run in [one for one in RUNS if one.name.startswith(asked.task)]:
        found = []
        for seed in range(asked.nets):
            key = f"{run.name} {seed}"
            net = records.get(key)
            if net is None:
                net = run.train(seed)
                records.put(key, net)
                console.print(f"{run.name}, net {seed}: n = {net['reach']}, {net['seconds']:.0f} s")
            found.append(net)
        rows.append(_row(run, found))
    finish(rows, asked.json)


def _row(run: Run, nets: Sequence[dict[str, Any]]) -> Row:
    reached = sorted(net["reach"] for net in nets)
    learned = [net["sequences"] for net in nets if net["solved"]]
    measured = f"{len(learned)} of {len(nets)} learn n up to 10"
    if learned:
        measured += f" (within {statistics.mean(learned):,.0f} strings)"
    measured += f"; n = {reached[-1]:,} at best, {statistics.median(reached):,.0f} in the median"
    if reached[-1] == LIMIT:
        measured += f"; none beyond {LIMIT:,} was tried"
    return {
        "paper": run.paper,
        "task": run.name,
        "published": run.published,
        "measured": measured,
        "nets": len(nets),
        "seconds": sum(net["seconds"] for net in nets),
    }


def _arguments() -> argparse.Namespace:
    ask = options("counting", __doc__, nets=10)
    ask.add_argument("--task", default="", help="only rows whose name begins so")
    asked = ask.parse_args()
    if asked.quick:
        asked.task, asked.nets = RUNS[0].name, 2
    return asked


if __name__ == "__main__":
    main()
