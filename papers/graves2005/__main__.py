"""Graves and Schmidhuber 2005: which digit is being spoken, frame by frame.

    LSTMKIT_DATA=<folder with fsdd/recordings.tar.gz> python -m papers.graves2005     every net
    python -m papers.graves2005 --net BLSTM         nets whose name begins so
    python -m papers.graves2005 --quick             three small nets, one speaker, eight epochs

Each of the six speakers is a stranger to the nets once, so that each net is trained six times.
Results are kept net by net, so that a program that was stopped goes on where it was.
"""

import argparse
import statistics
from collections.abc import Sequence

from rich.console import Console

from papers.graves2005.nets import NETS, Net
from papers.graves2005.speech import SPEAKERS, parts, recordings
from papers.graves2005.train import EPOCHS, train
from papers.program import Row, finish, options
from papers.records import Record, Records

PAPER = "Graves and Schmidhuber 2005"
QUICK = ("BLSTM", "BRNN", "LSTM")


def main() -> None:
    """Trains the nets that are not there yet, then prints published beside measured."""
    asked = _arguments()
    found, records = recordings(asked.data), Records(asked.folder)
    console = Console(stderr=True, highlight=False)
    names = [net for net in NETS if net.name.startswith(asked.net)]
    chosen = [net for net in NETS if net.name in QUICK] if asked.quick else names
    nets: dict[str, list[Record]] = {net.name: [] for net in chosen}
    # all nets of one speaker before the next, so that an early stop leaves a whole table
    for rotation in range(asked.nets):
        spoken = parts(found, rotation)
        for net in chosen:
            key = f"{net.name} {asked.units or net.units} {asked.epochs} {rotation}"
            record = records.get(key)
            if record is None:
                record = train(net, spoken, rotation, asked.epochs, asked.units)
                records.put(key, record)
                console.print(
                    f"{net.name}, {SPEAKERS[rotation]}: {record['known']:.1%} of known voices, "
                    f"{record['strange']:.1%} of strange ones, "
                    f"{len(record['curve'])} epochs, {record['seconds']:.0f} s"
                )
            nets[net.name].append(record)
    finish([_row(net, nets[net.name], nets.get("BLSTM")) for net in chosen], asked.json)
    if asked.pictures:
        from papers.graves2005.picture import save

        save(asked.pictures, nets)


def _row(net: Net, ones: Sequence[Record], best: Sequence[Record] | None) -> Row:
    epochs = [1 + one["curve"].index(max(one["curve"])) for one in ones]
    told = []
    for voices in ("known", "strange"):
        shares = [100 * one[voices] for one in ones]
        told.append(
            f"{voices} voices {statistics.mean(shares):.1f} ± {statistics.pstdev(shares):.1f} %"
        )
        if best and best is not ones and len(ones) == len(best):
            above = sum(other[voices] > one[voices] for other, one in zip(best, ones, strict=True))
            told[-1] += f" (BLSTM better in {above} of {len(ones)})"
    measured = ", ".join(told)
    measured += (
        f"; best after {statistics.mean(epochs):.0f} epochs of "
        f"{statistics.mean(one['epoch'] for one in ones):.1f} s"
    )
    return {
        "paper": PAPER,
        "task": f"digits by frame: {net.name}, {ones[0]['weights']:,} weights",
        "published": net.published
        if net.published == "-"
        else f"{net.published} of TIMIT (as remembered)",
        "measured": measured,
        "nets": len(ones),
        "seconds": sum(one["seconds"] for one in ones),
    }


def _arguments() -> argparse.Namespace:
    ask = options("graves2005", __doc__, nets=len(SPEAKERS))
    ask.add_argument("--data", help="folder of data sets (LSTMKIT_DATA)")
    ask.add_argument("--net", default="", help="only nets whose name begins so")
    ask.add_argument("--units", type=int, help="in each direction, instead of the paper's")
    ask.add_argument("--epochs", type=int, default=EPOCHS, help=f"at most ({EPOCHS})")
    asked = ask.parse_args()
    if asked.quick:
        asked.nets, asked.units, asked.epochs = 1, 24, 8
    if not 0 < asked.nets <= len(SPEAKERS):
        ask.error(f"expected from 1 to {len(SPEAKERS)} nets, one a speaker, got {asked.nets}")
    return asked


if __name__ == "__main__":
    main()
