"""Hochreiter and Schmidhuber 1997, experiments 1 to 6, with the paper's nets and rule.

    python -m papers.hochreiter1997                 every task that takes minutes, 10 nets each
    python -m papers.hochreiter1997 --task 2c 6     tasks whose name begins so
    python -m papers.hochreiter1997 --minutes 2     for each net, instead of the task's own
    python -m papers.hochreiter1997 --long          also those of 500 and 1,000 steps, for hours
    python -m papers.hochreiter1997 --quick         one short task, 2 nets

Results are kept net by net, so that a program that was stopped goes on where it was.
"""

import argparse
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import torch
from rich.console import Console

from papers.hochreiter1997 import at_every_step, control
from papers.hochreiter1997.tasks import TASKS
from papers.hochreiter1997.train import train
from papers.program import Row, finish, options, spread
from papers.records import Records

PAPER = "Hochreiter and Schmidhuber 1997"
QUICK = ("2a lag 20",)
# these take longer than a minute or two a net
LONG = (
    "2c lag 500, 500 distractors, weights within 0.01",
    "2c lag 1000, 1000 distractors, weights within 0.01",
    "2c lag 1000, 500 distractors, no recurrence",
    "2c lag 1000, 200 distractors, no recurrence",
    "2c lag 1000, 100 distractors, no recurrence",
    "2c lag 1000, 50 distractors, no recurrence",
    "3a two sequences T=1000 N=3",
    "4 adding T=500",
    "4 adding T=1000, weights within 0.8",
)
# of one core, after which a net is given up, by how the name of its task begins; FEW of all others
MINUTES = {
    "2a lag 100, g": 0.1,
    "2a lag 100, c": 0.1,
    "2a lag 100": 0.4,
    "2b lag 100, errors due at the end alone, cross": 0.25,
    "2c lag 500": 0.2,
    "2c lag 1000": 0.4,
    "3c two sequences T=100 N=1, c": 1.5,
    "3c two sequences T=100 N=1": 0.5,
    "3c": 0.2,
    "4 adding T=500": 0.8,
    "4": 0.15,
    "5": 0.3,
    "6b": 0.5,
}
FEW = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One row of the table, and how its nets are trained, given a seed and seconds."""

    name: str
    published: str
    sequences: int | None
    train: Callable[[int, float], dict[str, Any]]

    @property
    def minutes(self) -> float:
        """After which a net is given up, if nothing else is asked for."""
        if self.name in LONG:
            return inf
        return next((most for begin, most in MINUTES.items() if self.name.startswith(begin)), FEW)


def main() -> None:
    """Trains what is asked for and is not there yet, then prints published beside measured."""
    asked = _arguments()
    torch.set_num_threads(1)
    records, console = Records(asked.folder), Console(stderr=True)
    found = []
    for run in _chosen(asked):
        keys = [f"{run.name} {seed}" for seed in range(asked.nets)]
        minutes = asked.minutes or run.minutes
        kept = [records.get(key) for key in keys]
        # a net that was given up may have more time now
        missing = [
            seed
            for seed, net in enumerate(kept)
            if net is None or (not net["solved"] and net["minutes"] < minutes)
        ]
        for seed in missing:
            net = run.train(seed, 60.0 * minutes)
            records.put(keys[seed], net | {"minutes": minutes})
            word = "solved" if net["solved"] else "not solved"
            console.print(
                f"{run.name}, net {seed}: {word} after {net['sequences']:,} sequences, "
                f"{net['seconds']:.0f} s"
            )
        found.append((run, [records.get(key) or {} for key in keys]))
    if asked.pictures:
        from papers.hochreiter1997.picture import Needed, save

        tasks = [
            Needed(run.name, run.sequences, _solved(nets), len(nets))
            for run, nets in found
            if run.sequences is not None
        ]
        save(asked.pictures, tasks)
    finish([_row(run, nets) for run, nets in found], asked.json)


def runs() -> list[Run]:
    """Returns all rows in the order of the paper."""
    stepwise = [
        Run(
            name=one.name,
            published=_published(one.published, one.percent),
            sequences=one.published,
            train=partial(at_every_step.train, one),
        )
        for one in at_every_step.TASKS
    ]
    at_end = [
        Run(
            name=task.name,
            published=_published(task.published, wrong=task.wrong_published),
            sequences=task.published,
            train=partial(train, task),
        )
        for task in TASKS
    ]
    against = [
        Run(
            name=one.name,
            published=one.published,
            sequences=None,
            train=partial(control.train, one),
        )
        for one in control.CONTROLS
    ]
    return [*stepwise, *at_end, *against]


def _chosen(asked: argparse.Namespace) -> list[Run]:
    if asked.quick:
        return [run for run in runs() if run.name in QUICK]
    # "T=100" is a task of its own, and the beginning of "T=1000"
    named = [run for run in runs() if run.name in asked.task] or [
        run for run in runs() if run.name.startswith(tuple(asked.task))
    ]
    every = asked.long or asked.task != [""]
    return [run for run in named if run.name not in QUICK and (every or run.name not in LONG)]


def _published(sequences: int | None, percent: int = 100, wrong: float | None = None) -> str:
    if sequences is None:
        return "-"
    tested = "" if wrong is None else f"; {wrong:.1f} of 2,560 wrong"
    return f"{percent} %, {sequences:,} sequences{tested}"


def _solved(nets: list[dict[str, Any]]) -> list[int]:
    return [net["sequences"] for net in nets if net["solved"]]


def _row(run: Run, nets: list[dict[str, Any]]) -> Row:
    solved = _solved(nets)
    measured = spread(solved, len(nets), "sequences")
    if not solved:
        measured += f" within {max(net['sequences'] for net in nets):,} sequences"
    elif "wrong" in nets[0]:
        wrong = statistics.mean(net["wrong"] for net in nets if net["solved"])
        measured += f"; {wrong:.1f} of 2,560 wrong"
    return {
        "paper": PAPER,
        "task": run.name,
        "published": run.published,
        "measured": measured,
        "nets": len(nets),
        "seconds": sum(net["seconds"] for net in nets),
    }


def _arguments() -> argparse.Namespace:
    ask = options("hochreiter1997", __doc__, nets=10)
    ask.add_argument("--task", nargs="+", default=[""], help="of this name, or beginning so")
    ask.add_argument("--minutes", type=float, help="after which a net is given up (by task)")
    ask.add_argument("--long", action="store_true", help="also what takes hours")
    asked = ask.parse_args()
    if asked.quick:
        asked.nets, asked.minutes = 2, inf
    return asked


if __name__ == "__main__":
    main()
