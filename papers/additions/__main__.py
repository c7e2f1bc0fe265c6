"""Four additions to the LSTM, each beside the net without it, on the chorales of Bach.

    LSTMKIT_DATA=<folder with music/JSB_Chorales.mat> python -m papers.additions     5 nets of each
    python -m papers.additions --quick              one net of each, five epochs

Layer normalisation (Ba, Kiros and Hinton 2016), zoneout (Krueger et al. 2017), recurrent projection
(Sak, Senior and Beaufays 2014), exponential gates (Beck et al. 2024). One real and small data set
for all; the papers' own are larger.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from papers.additions.train import EPOCHS, NETS, train
from papers.greff2015.search import welch
from papers.music import rolls
from papers.program import Row, finish, options
from papers.records import Record, Records

NEAR = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a paper says of its addition.

    Attributes:
        paper: Whose.
        net: With it.
        without: The net to compare with.
        said: In words.
    """

    paper: str
    net: str
    without: str
    said: str


CLAIMS = (
    Claim(paper="Ba et al. 2016", net="layer norm", without="LSTM", said="converges faster"),
    Claim(paper="Krueger et al. 2017", net="zoneout", without="LSTM", said="lower loss"),
    Claim(
        paper="Sak et al. 2014",
        net="projection",
        without="peepholes",
        said="fewer weights, no worse",
    ),
    Claim(paper="Beck et al. 2024", net="sLSTM", without="LSTM", said="lower loss"),
)


def main() -> None:
    """Trains the nets that are not there yet, then prints claim beside measurement."""
    asked = _arguments()
    parts, records = rolls("JSB_Chorales", asked.data), Records(asked.folder)
    console = Console(stderr=True, highlight=False)
    found: dict[str, list[Record]] = {name: [] for name in NETS}
    # one of each before the next, so that an early stop leaves a whole table
    for seed in range(asked.nets):
        for name, ones in found.items():
            key = f"{name} {asked.epochs} {seed}"
            record = records.get(key)
            if record is None:
                record = train(name, parts, seed, asked.epochs)
                records.put(key, record)
                console.print(
                    f"{name} {seed}: test {record['test']:.3f} nats, {record['seconds']:.0f} s"
                )
            ones.append(record)
    finish([_row(claim, found[claim.net], found[claim.without]) for claim in CLAIMS], asked.json)
    if asked.pictures:
        from papers.additions.picture import save

        save(asked.pictures, found)


def epochs_until(loss: float, ones: Sequence[Record]) -> list[int]:
    """Epochs after which each net's validation loss was at most this; all of them if never."""
    return [
        next((k for k, each in enumerate(one["curve"], 1) if each <= loss), len(one["curve"]))
        for one in ones
    ]


def near(ones: Sequence[Record]) -> float:
    """A validation loss a tenth of a nat above the mean of the best of some nets."""
    return statistics.mean(one["valid"] for one in ones) + NEAR


def _row(claim: Claim, ones: list[Record], without: list[Record]) -> Row:
    level = near(without)
    said = [_said(each, epochs_until(level, each)) for each in (ones, without)]
    measured = f"{said[0]}; without {said[1]}"
    if len(ones) > 1:
        measured += f"; Welch p = {welch(ones, without):.2g}"
    return {
        "paper": claim.paper,
        "task": f"JSB Chorales, {claim.net} against {claim.without}: test nats a step, weights, "
        f"epochs to a validation loss of {level:.2f}",
        "published": claim.said,
        "measured": measured,
        "nets": len(ones) + len(without),
        "seconds": sum(one["seconds"] for one in (*ones, *without)),
    }


def _said(ones: list[Record], epochs: list[int]) -> str:
    tests = [one["test"] for one in ones]
    spread = f" ± {statistics.stdev(tests):.3f}" if len(tests) > 1 else ""
    return (
        f"{statistics.mean(tests):.3f}{spread}, {ones[0]['weights']:,} weights, "
        f"{statistics.mean(epochs):.1f} epochs"
    )


def _arguments() -> argparse.Namespace:
    ask = options("additions", __doc__, nets=5)
    ask.add_argument("--data", help="folder of data sets (LSTMKIT_DATA)")
    asked = ask.parse_args()
    asked.epochs = EPOCHS
    if asked.quick:
        asked.nets, asked.epochs = 1, 5
    return asked


if __name__ == "__main__":
    main()
