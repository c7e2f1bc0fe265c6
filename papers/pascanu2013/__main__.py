"""Hochreiter 1991 and Pascanu et al. 2013: the error signal against the lag, and clipping.

    python -m papers.pascanu2013                    everything, 10 nets each
    python -m papers.pascanu2013 --quick            2 nets, short training

The first table holds slopes: the natural logarithm of the factor from one lag to the next.
"""

import statistics
import time

import numpy as np

from papers.pascanu2013.clipping import train
from papers.pascanu2013.signal import SIGNALS, Signal
from papers.program import Row, finish, options
from papers.records import Record, Records

PAPER = "Hochreiter 1991; Pascanu et al. 2013"
LENGTH, STEPS = 100, 3000


def main() -> None:
    """Measures what is not there yet, then prints theory beside measurement."""
    ask = options("pascanu2013", __doc__, nets=10)
    asked = ask.parse_args()
    nets, steps = (2, 300) if asked.quick else (asked.nets, STEPS)
    records = Records(asked.folder)
    found = {
        signal.name: [_slope(signal, seed, records) for seed in range(nets)] for signal in SIGNALS
    }
    rows = [_row(signal, found[signal.name]) for signal in SIGNALS]
    rows += [_clipping(nets, steps, records, clip=clip) for clip in (False, True)]
    finish(rows, asked.json)
    if asked.pictures:
        from papers.pascanu2013.picture import save

        save(asked.pictures, {name: ones[0]["norms"] for name, ones in found.items()})


def _slope(signal: Signal, seed: int, records: Records) -> Record:
    key = f"{signal.name} {seed}"
    known = records.get(key)
    if known is None:
        start = time.process_time()
        norms, slope = signal.measure(seed)
        known = {"slope": slope, "norms": norms.tolist(), "seconds": time.process_time() - start}
        records.put(key, known)
    return known


def _row(signal: Signal, ones: list[Record]) -> Row:
    slopes = [one["slope"] for one in ones]
    measured = f"{statistics.mean(slopes):+.5f} ± {statistics.pstdev(slopes):.5f}"
    published = "-"
    if signal.expected is not None:
        published = f"{signal.expected:+.5f}"
        wrong = max(abs(slope - signal.expected) for slope in slopes)
        measured += f", at most {wrong:.1e} away"
        if abs(signal.expected) > 0:
            measured += f" ({wrong / abs(signal.expected):.1%})"
    return {
        "paper": PAPER,
        "task": f"slope of the error signal: {signal.name}",
        "published": published,
        "measured": measured,
        "nets": len(ones),
        "seconds": sum(one["seconds"] for one in ones),
    }


def _clipping(nets: int, steps: int, records: Records, *, clip: bool) -> Row:
    ones = []
    for seed in range(nets):
        key = f"clipping {clip} {steps} {seed}"
        known = records.get(key)
        if known is None:
            start = time.process_time()
            known = train(seed, clip=clip, length=LENGTH, steps=steps)
            known["seconds"] = time.process_time() - start
            records.put(key, known)
        ones.append(known)
    largest = [one["largest"] for one in ones if np.isfinite(one["largest"])]
    thrown = sum(one["thrown"] > 0 or not one["finite"] for one in ones)
    ends = [one["end"] for one in ones if one["finite"] and np.isfinite(one["end"])]
    measured = f"{thrown} of {nets} thrown away"
    if largest:
        measured += f", largest norm {max(largest):.0e}"
    if ends:
        measured += f", squared error at the end {statistics.median(ends):.3f} (median)"
    return {
        "paper": PAPER,
        "task": f"adding over {LENGTH} steps, Elman, {'clipped at 1' if clip else 'not clipped'}",
        "published": "trains" if clip else "diverges",
        "measured": measured,
        "nets": nets,
        "seconds": sum(one["seconds"] for one in ones),
    }


if __name__ == "__main__":
    main()
