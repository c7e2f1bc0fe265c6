"""Who is insensitive to the gap: LSTMs, GRU, Elman's net, a hidden Markov model and an n-gram.

    python -m papers.gap                    gaps from 3 to 2,000 steps, 3 of each
    python -m papers.gap --gap 100          one gap
    python -m papers.gap --quick            gaps of 3 and 50, 2 of each

The hidden Markov model needs hmmlearn (`pip install "lstmkit[papers]"`); without it, it is left
out. Whoever solves two gaps in a row in no run is not tried on longer ones.
"""

import argparse
import importlib.util
import logging
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rich.console import Console

from papers.gap import counting, markov, nets
from papers.program import Row, finish, options
from papers.records import Record, Records

PAPER = "The gap"
GAPS = (3, 10, 30, 100, 300, 1000, 2000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Learner:
    """One that learns the task.

    Attributes:
        learn: Called with gap, seed and how many sequences at most.
        most: Sequences after which it has failed.
    """

    learn: Callable[[int, int, int], Record]
    most: int


LEARNERS = {
    "LSTM, chrono": Learner(learn=partial(nets.learn, nets.chrono), most=20_000),
    "LSTM 1997": Learner(learn=partial(nets.learn, nets.carousel), most=20_000),
    "LSTM, forget bias 1": Learner(learn=partial(nets.learn, nets.remembering_little), most=20_000),
    "GRU": Learner(learn=partial(nets.learn, nets.gru), most=20_000),
    "GRU, chrono": Learner(learn=partial(nets.learn, nets.patient_gru), most=20_000),
    "Elman": Learner(learn=partial(nets.learn, nets.elman), most=20_000),
    "hidden Markov model": Learner(learn=markov.learn, most=8_000),
    "n-gram": Learner(learn=counting.learn, most=100_000),
}


def main() -> None:
    """Trains what is asked for and is not there yet, then prints the table."""
    asked = _arguments()
    console, records = Console(stderr=True, highlight=False), Records(asked.folder)
    learners = dict(LEARNERS)
    if importlib.util.find_spec("hmmlearn") is None:
        console.print('hmmlearn is not installed (pip install "lstmkit[papers]"): left out')
        learners.pop("hidden Markov model", None)
    # it warns of every last digit by which a likelihood falls
    logging.getLogger("hmmlearn").setLevel(logging.ERROR)
    found: dict[tuple[str, int], list[Record]] = {}
    for name, learner in learners.items():
        given_up = 0
        for gap in asked.gaps:
            found[name, gap] = [
                _run(name, learner, gap, seed, records, console) for seed in range(asked.nets)
            ]
            solved = any(one["solved"] for one in found[name, gap])
            given_up = 0 if solved else given_up + 1
            if given_up == 2:
                break
    rows = [
        _row(name, {gap: ones for (other, gap), ones in found.items() if other == name})
        for name in learners
    ]
    finish(rows, asked.json)
    if asked.pictures:
        from papers.gap.picture import save

        save(asked.pictures, found, {name: LEARNERS[name].most for name in learners})


def _run(
    name: str, learner: Learner, gap: int, seed: int, records: Records, console: Console
) -> Record:
    key = f"{name} {gap} {seed}"
    record = records.get(key)
    if record is None:
        record = learner.learn(gap, seed, learner.most)
        records.put(key, record)
        told = "solved" if record["solved"] else "not solved"
        console.print(
            f"gap {gap}, {name}, {seed}: {told} after {record['sequences']:,} sequences, "
            f"{record['seconds']:.1f} s"
        )
    return record


def _row(name: str, found: dict[int, list[Record]]) -> Row:
    everything = [one for ones in found.values() for one in ones]
    told = []
    for gap, ones in found.items():
        solved = [one["sequences"] for one in ones if one["solved"]]
        mean = f" after {statistics.mean(solved):,.0f}" if solved else ""
        told.append(f"{gap:,}: {len(solved)} of {len(ones)}{mean}")
    return {
        "paper": PAPER,
        "task": f"{name}: at each gap, who solves it within {LEARNERS[name].most:,} sequences",
        "published": "-",
        "measured": "; ".join(told),
        "nets": len(everything),
        "seconds": sum(one["seconds"] for one in everything),
    }


def _arguments() -> argparse.Namespace:
    ask = options("gap", __doc__, nets=3)
    ask.add_argument("--gap", type=int, action="append", dest="gaps", help="one gap")
    asked = ask.parse_args()
    asked.gaps = asked.gaps or list(GAPS)
    if asked.quick:
        asked.nets, asked.gaps = 2, [3, 50]
    return asked


if __name__ == "__main__":
    main()
