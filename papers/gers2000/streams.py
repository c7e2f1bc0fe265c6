"""The paper's endless streams, as stretches of whole strings and sequences."""

import numpy as np

from papers.hochreiter1997.sequences import ordered
from papers.reber import EMBEDDED
from papers.stretch import BEGINS, COUNTS, DUE, ENDS, Stretch

# strings, or sequences, of a stretch
STRINGS, SEQUENCES = 256, 32


def reber(random: np.random.Generator, *, told: bool = False) -> Stretch:
    """Strings of the embedded Reber grammar one after another; all that may come next is due.

    Args:
        random: Where they come from.
        told: Whether the net is told where a string ends, by being emptied.
    """
    state, going_on = np.zeros(STRINGS, dtype=int), np.ones(STRINGS, dtype=bool)
    symbols, states, there = [], [], []
    while going_on.any():
        way = random.integers(0, 2, STRINGS)
        symbols.append(EMBEDDED.symbol[state, way])
        state = EMBEDDED.leads[state, way]
        states.append(state)
        there.append(going_on)
        # a string that is over runs on unseen
        going_on = going_on & (state != 0)
    seen = np.array(there).T
    after = np.array(states).T[seen]
    flags = np.full(len(after), DUE + COUNTS, dtype=np.uint8)
    flags[after == 0] += ENDS * told
    flags[np.flatnonzero(np.concatenate([[True], after[:-1] == 0]))] += BEGINS
    legal = EMBEDDED.legal[after].astype(float)
    return Stretch(np.array(symbols).T[seen].astype(np.int64), legal, flags)


def order(random: np.random.Generator) -> Stretch:
    """Noisy temporal order (experiment 6b of 1997) one sequence after another.

    Args:
        random: Where they come from.
    """
    return ordered(3)(random, SEQUENCES).stretch(at_end=DUE + COUNTS)
