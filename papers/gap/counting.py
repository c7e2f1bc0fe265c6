"""An n-gram that is told the gap: it counts answers after whole sequences, as long as it must."""

import time

import numpy as np

from papers.gap.task import RIGHT, draw, held_out
from papers.records import Record


def learn(gap: int, seed: int, most: int) -> Record:
    """Counts ever more sequences, each time twice as many, until 99 % are answered right.

    The context is the sign and all that follows, `gap` + 2 symbols. A context that was never
    counted says nothing, and a guess is right half of the time.

    Args:
        gap: Symbols between sign and question.
        seed: Of the sequences.
        most: Sequences after which it has failed.

    Returns:
        `solved`, `right`, `sequences` and `seconds`.
    """
    random, began = np.random.default_rng((seed, gap)), time.process_time()
    judged, expected = held_out(gap)
    counts: dict[bytes, np.ndarray] = {}
    seen, right, more = 0, 0.0, 10
    while seen < most and right < RIGHT:
        sequences, answers = draw(gap, more, random)
        for context, answer in zip(_contexts(sequences), answers, strict=True):
            counts.setdefault(context, np.zeros(2))[answer] += 1
        seen += more
        more = min(seen, max(1, most - seen))
        known = [counts.get(context, np.zeros(2)) for context in _contexts(judged)]
        # a guess counts as half an answer
        chance = [
            0.5 if count[0] == count[1] else float(count.argmax() == answer)
            for count, answer in zip(known, expected, strict=True)
        ]
        right = float(np.mean(chance))
    return {
        "solved": right >= RIGHT,
        "right": right,
        "sequences": seen,
        "seconds": time.process_time() - began,
    }


def _contexts(sequences: np.ndarray) -> list[bytes]:
    return [row.tobytes() for row in sequences.astype(np.uint8)]
