"""Tallec and Ollivier 2018: the copy task with chrono initialisation and with a forget bias of 1.

python -m papers.tallec2018                     gaps of 100 and 500 steps, 3 nets and 1 of each
python -m papers.tallec2018 --gap 100           one gap
python -m papers.tallec2018 --quick             a gap of 20, 2 nets, a few hundred steps
"""

import statistics
from pathlib import Path

from rich.console import Console

from lstmkit.nn import Init
from papers.program import Row, finish, options
from papers.records import Record, Records
from papers.tallec2018.task import EVERY, blind, train

PAPER = "Tallec and Ollivier 2018"
STEPS, NETS = {20: 400, 100: 3000, 500: 8000}, {20: 2, 100: 3, 500: 1}
# the paper has 50 rows; ten of 520 steps cost as much as 43 of 120
ROWS = {20: 50, 100: 50, 500: 10}
# judged by the last sixth
PARTS = 6
PUBLISHED = {
    (500, "chrono"): "below the blind net (as remembered)",
    (500, "forget bias 1"): "stays at the blind net (as remembered)",
}


def inits(gap: int) -> dict[str, Init]:
    """The two initialisations; the longest dependency is that of the first symbol."""
    return {"chrono": Init(chrono_steps=3 * gap // 2), "forget bias 1": Init(forget_bias=1.0)}


def main() -> None:
    """Trains what is asked for and is not there yet, then prints published beside measured."""
    ask = options("tallec2018", __doc__, nets=max(NETS.values()))
    ask.add_argument("--gap", type=int, choices=sorted(STEPS))
    ask.set_defaults(nets=None)
    asked = ask.parse_args()
    gaps = [20] if asked.quick else [asked.gap] if asked.gap else [100, 500]
    records = Records(asked.folder)
    found = {
        (gap, name): [
            _net(gap, name, init, seed, records) for seed in range(asked.nets or NETS[gap])
        ]
        for gap in gaps
        for name, init in inits(gap).items()
    }
    finish([_row(gap, name, ones) for (gap, name), ones in found.items()], asked.json)
    if asked.pictures:
        _picture(asked.pictures, found)


def _net(gap: int, name: str, init: Init, seed: int, records: Records) -> Record:
    key = f"{gap} {name} {STEPS[gap]} {seed}"
    known = records.get(key)
    if known is None:
        *_, known = train(gap, init, seed, STEPS[gap], ROWS[gap])
        records.put(key, known)
        told = f"{known['losses'][-1]:.4f} nats, a blind net {blind(gap):.4f}"
        Console(stderr=True, highlight=False).print(
            f"gap {gap}, {name}, net {seed}: {told}, {known['seconds']:.0f} s"
        )
    return known


def _row(gap: int, name: str, ones: list[Record]) -> Row:
    # single stretches of 50 steps jump, now and then to double and more
    last = STEPS[gap] // EVERY // PARTS
    ends = [statistics.median(one["losses"][-last:]) for one in ones]
    below = sum(end < blind(gap) for end in ends)
    reached = f"{statistics.mean(ends):.4f} nats ({min(ends):.4f} to {max(ends):.4f})"
    return {
        "paper": PAPER,
        "task": f"copy over {gap} steps, {name}, {STEPS[gap]:,} steps of {ROWS[gap]} rows",
        "published": PUBLISHED.get((gap, name), "-"),
        "measured": f"{reached} in the median over the last {last * EVERY:,} steps, "
        f"blind {blind(gap):.4f}: {below} of {len(ones)} below it",
        "nets": len(ones),
        "seconds": sum(one["seconds"] for one in ones),
    }


def _picture(folder: Path, found: dict[tuple[int, str], list[Record]]) -> None:
    from papers.tallec2018.picture import save

    save(folder, found)


if __name__ == "__main__":
    main()
