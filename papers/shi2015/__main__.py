"""Shi et al. 2015: ConvLSTM against a fully connected LSTM on moving digits, half the paper's size.

    LSTMKIT_DATA=<folder with digits/digits.npz> python -m papers.shi2015      every net, 3 of each
    python -m papers.shi2015 --net 5x5              nets whose name holds this
    python -m papers.shi2015 --updates 2000         longer than the 600 updates of the table
    python -m papers.shi2015 --quick                two small nets on scikit-learn's digits

Results are kept net by net, so that a program that was stopped goes on where it was.
"""

import argparse
import statistics
from collections.abc import Sequence

from rich.console import Console

from papers.program import Row, finish, options
from papers.records import Record, Records
from papers.shi2015.digits import bundled, mnist
from papers.shi2015.nets import NETS, QUICK
from papers.shi2015.train import AHEAD, SEEN, held_out, mean_frame, train

PAPER = "Shi et al. 2015"
UPDATES, FEW = 600, 400


def main() -> None:
    """Trains what is asked for and is not there yet, then prints published beside measured."""
    asked = _arguments()
    console = Console(stderr=True, highlight=False)
    digits = bundled() if asked.quick else mnist(asked.data)
    records = Records(asked.folder)
    nets = [net for net in (QUICK if asked.quick else NETS) if asked.net in net.name]
    found: dict[str, list[Record]] = {net.name: [] for net in nets}
    # all nets of one seed before the next, so that an early stop leaves a whole table
    for seed in range(asked.nets):
        for net in nets:
            key = f"{net.name} {net.rate} {asked.updates} {seed}"
            record = records.get(key)
            if record is None:
                record = train(net, digits, seed, asked.updates)
                records.put(key, record)
                console.print(
                    f"{net.name}, net {seed}: {record['entropy']:.4f} nats a pixel, "
                    f"{record['seconds']:.0f} s"
                )
            found[net.name].append(record)
    blind = _row("the mean frame", "-", [{"entropy": mean_frame(digits), "seconds": 0.0}])
    rows = [_row(f"{net.name}, {net.weights:,} weights", net.row, found[net.name]) for net in nets]
    if asked.pictures:
        from papers.shi2015.pictures import save

        save(asked.pictures, held_out(digits)[0, :, 0].numpy(), found)
    finish([blind, *rows], asked.json)


def _row(task: str, published: str, records: Sequence[Record]) -> Row:
    """One row of the table: mean, and standard deviation over several nets."""
    entropies = [record["entropy"] for record in records]
    measured = f"{statistics.mean(entropies):.4f}"
    if len(records) > 1:
        measured += f" ± {statistics.pstdev(entropies):.4f}"
    measured += " nats a pixel"
    if "by_frame" in records[0]:
        first, last = (
            statistics.mean(record["by_frame"][k] for record in records) for k in (0, AHEAD - 1)
        )
        measured += f"; first frame {first:.4f}, last {last:.4f}"
    return {
        "paper": PAPER,
        "task": f"{SEEN} frames to {AHEAD}: {task}",
        "published": published,
        "measured": measured,
        "nets": len(records),
        "seconds": sum(record["seconds"] for record in records),
    }


def _arguments() -> argparse.Namespace:
    ask = options("shi2015", __doc__, nets=3)
    ask.add_argument("--data", help="folder of data sets (LSTMKIT_DATA)")
    ask.add_argument("--net", default="", help="only nets whose name holds this")
    ask.add_argument("--updates", type=int, default=UPDATES, help=f"of each net ({UPDATES})")
    asked = ask.parse_args()
    if asked.quick:
        asked.nets, asked.updates = 1, min(asked.updates, FEW)
    return asked


if __name__ == "__main__":
    main()
