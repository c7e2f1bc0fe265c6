"""Monner and Reggia 2012: distracted sequence recall with LSTM-g on networks of several shapes.

    python -m papers.monner2012                     every network, 10 nets each
    python -m papers.monner2012 --net LSTM-g        one network
    python -m papers.monner2012 --scale 0.1         weights that start as small as the paper's
    python -m papers.monner2012 --quick             short sequences, 2 nets, under a minute

Every net is kept every 50,000 sequences, so that a program that was stopped goes on where it was,
and a later one with a higher --limit goes on from there.
"""

import argparse
import statistics

from rich.console import Console

from papers.monner2012.nets import NETS, Net
from papers.monner2012.train import SCALE, TESTED, train
from papers.program import Row, finish, options, spread
from papers.records import Record, Records

PAPER = "Monner and Reggia 2012"
DISTRACTORS, FEW = 20, 2


def main() -> None:
    """Trains what is asked for and is not there yet, then prints published beside measured."""
    asked = _arguments()
    records = Records(asked.folder)
    chosen = [net for net in NETS if asked.net in ("", net.name)]
    found = {net.name: _run(net, asked, records) for net in chosen}
    finish([_row(net, found[net.name], asked) for net in chosen], asked.json)
    if asked.pictures:
        from papers.monner2012.pictures import save

        curves = {name: [one["curve"] for one in nets] for name, nets in found.items()}
        save(asked.pictures, curves)


def _run(net: Net, asked: argparse.Namespace, records: Records) -> list[Record]:
    """The results of all nets of one shape; those that are not done go on."""
    console = Console(stderr=True, highlight=False)
    keys = [f"{net.name} {asked.distractors} {asked.scale} {n}" for n in range(asked.nets)]
    for number, key in enumerate(keys):
        known = records.get(key)
        if _final(known, asked.limit):
            continue
        for record in train(
            net.graph,
            number,
            known,
            distractors=asked.distractors,
            limit=asked.limit,
            scale=asked.scale,
        ):
            records.put(key, record)
            word = "learnt" if record["solved"] else "at"
            console.print(
                f"{net.name}, net {number}: {word} {record['sequences']:,} sequences, "
                f"{record['right']} of {TESTED:,} right, {record['seconds']:.0f} s"
            )
    return [records.get(key) or {} for key in keys]


def _final(record: Record | None, limit: int) -> bool:
    """Whether a net is done."""
    return record is not None and (record["solved"] or record["sequences"] >= limit)


def _row(net: Net, nets: list[Record], asked: argparse.Namespace) -> Row:
    """One row of the table: published beside measured."""
    solved = [one["sequences"] for one in nets if one["solved"]]
    rest = sorted(one["right"] for one in nets if not one["solved"])
    measured = spread(solved, len(nets), "sequences")
    if rest:
        share = statistics.median(rest) / TESTED
        measured += f"; the rest {share:.0%} right (median) at {asked.limit:,}"
    return {
        "paper": PAPER,
        "task": f"recall, {asked.distractors} distractors: {net.name}, {net.weights} weights"
        + f", within {asked.scale} at first" * (asked.scale != SCALE),
        "published": net.published if asked.distractors == DISTRACTORS else "-",
        "measured": measured,
        "nets": len(nets),
        "seconds": sum(one["seconds"] for one in nets),
    }


def _arguments() -> argparse.Namespace:
    ask = options("monner2012", __doc__, nets=10)
    ask.add_argument("--net", default="", choices=["", *(net.name for net in NETS)])
    ask.add_argument("--limit", type=int, default=800_000, help="sequences until a net has failed")
    ask.add_argument("--scale", type=float, default=SCALE, help=f"of weights at first ({SCALE})")
    asked = ask.parse_args()
    asked.distractors = FEW if asked.quick else DISTRACTORS
    if asked.quick:
        asked.net, asked.nets = "LSTM-g", 2
    return asked


if __name__ == "__main__":
    main()
