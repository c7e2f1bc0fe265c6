"""Gers and Schmidhuber 2001, Perez-Ortiz et al. 2003: a^n b^n and a^n b^n c^n.

    python -m papers.counting                    both languages, both ways to train, 10 nets each
    python -m papers.counting --task 'a^n b^n,'  rows whose name begins so
    python -m papers.counting --quick            a^n b^n by the Kalman filter, five nets

Nets are trained on n up to 10; what counts is how far they get beyond. The nets of a row are
trained side by side; results are kept row by row.
"""

import argparse
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.console import Console

from papers.counting.train import by_filter, by_gradient
from papers.program import Row, finish, options
from papers.records import Record, Records

LIMIT, FEW = 1000, 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A row of the table, and how its nets are trained.

    Attributes:
        name: Language and rule.
        paper: Where it was first done.
        published: In the paper, as remembered.
        train: Takes seeds and the number of strings.
        strings: How many a net sees.
    """

    name: str
    paper: str
    published: str
    train: Callable[..., list[Record]]
    strings: int


def _runs() -> tuple[Run, ...]:
    gers, perez = "Gers and Schmidhuber 2001", "Perez-Ortiz et al. 2003"
    names = {2: "a^n b^n", 3: "a^n b^n c^n"}
    kept = {2: "n = about 1,000", 3: "n = about 500 after n up to 50"}
    by_rule = [
        Run(
            name=f"{names[letters]}, gradient descent",
            paper=gers,
            published=f"{kept[letters]} (as remembered)",
            train=partial(by_gradient, letters, every=1000, limit=LIMIT),
            strings=50_000,
        )
        for letters in names
    ]
    by_kalman = [
        Run(
            name=f"{names[letters]}, Kalman filter",
            paper=perez,
            published="-" if letters == 2 else "n = 22 million at best (as remembered)",
            train=partial(by_filter, letters, every=10, limit=LIMIT),
            strings=2000,
        )
        for letters in names
    ]
    return (*by_rule, *by_kalman)


RUNS = _runs()


def main() -> None:
    """Trains what is asked for and is not there yet, then prints published beside measured."""
    asked = _arguments()
    records = Records(asked.folder)
    chosen = [one for one in RUNS if one.name.startswith(asked.task)]
    finish([_row(run, _nets(run, asked, records)) for run in chosen], asked.json)


def _nets(run: Run, asked: argparse.Namespace, records: Records) -> list[Record]:
    """The results of all nets of a row; those that are missing are trained."""
    strings = asked.strings or run.strings
    keys = {seed: f"{run.name} {strings} {seed}" for seed in range(asked.nets)}
    missing = [seed for seed, key in keys.items() if records.get(key) is None]
    if missing:
        found = run.train(missing, strings=strings)
        for seed, net in zip(missing, found, strict=True):
            records.put(keys[seed], net)
            Console(stderr=True).print(
                f"{run.name}, net {seed}: n = {net['reach']:,} after {net['at']:,} strings"
            )
    return [records.get(key) or {} for key in keys.values()]


def _row(run: Run, nets: Sequence[dict[str, Any]]) -> Row:
    learned = [net for net in nets if net["solved"]]
    measured = f"{len(learned)} of {len(nets)} learn n up to 10"
    if learned:
        within = statistics.mean(net["learned"] for net in learned)
        first = statistics.median(net["first"] for net in learned)
        measured += f" (after {within:,.0f} strings; then n = {first:,.0f} in the median)"
    reached = sorted(net["reach"] for net in nets)
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
    ask.add_argument("--strings", type=int, help="that each net sees")
    asked = ask.parse_args()
    if asked.quick:
        asked.task, asked.nets, asked.strings = "a^n b^n, Kalman filter", 5, FEW
    return asked


if __name__ == "__main__":
    main()
