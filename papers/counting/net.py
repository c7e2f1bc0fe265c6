"""The nets: a memory block a counter, with peepholes, and how far they count."""

import numpy as np

from papers.counting.language import at
from papers.online import Nets
from papers.shape import Shape

# Gers and Schmidhuber 2001: keep, and let out only what has been learned
BIASES = {"i": -1.0, "f": 2.0, "o": -2.0}
SPREAD = 0.1


def counters(letters: int, seeds: list[int], momentum: float = 0.0) -> Nets:
    """Returns nets with a block of one cell for each letter that is counted, side by side.

    Args:
        letters: 2 or 3.
        seeds: Of their weights.
        momentum: Share of the change before that is made again.

    Example:
        >>> counters(2, [0]).shape.weights
        38
    """
    shape = Shape(
        inputs=letters + 1,
        outputs=letters + 1,
        blocks=letters - 1,
        peepholes=True,
        shortcut=True,
        biased=("cells", "gates", "outputs"),
        squash_in="linear",
        output="wide",
    )
    biases = {kind: (start,) * shape.blocks for kind, start in BIASES.items()}
    return Nets(shape, seeds, spread=SPREAD, biases=biases, momentum=momentum)


def reach(net: Nets, letters: int, limit: int) -> int:
    """Returns the largest n up to which a net accepts every string.

    A string is accepted if after each letter exactly those outputs are positive that may come next.

    Args:
        net: A single net.
        letters: 2 or 3.
        limit: Where to stop.
    """
    first, many = 1, 8
    while first <= limit:
        accepted = _accepted(net, letters, np.arange(first, min(first + many, limit + 1)))
        if not accepted.all():
            return first - 1 + int(np.argmin(accepted))
        first, many = first + many, 2 * many
    return limit


def _accepted(net: Nets, letters: int, n: np.ndarray) -> np.ndarray:
    """Which strings a net accepts; n goes up."""
    copies = net.select(np.zeros(len(n), dtype=int))
    eye, accepted = np.eye(net.shape.inputs), np.ones(len(n), dtype=bool)
    for step in range(letters * int(n[-1]) + 1):
        # a string that has ended is judged no more
        seen, may_follow = at(letters, n, np.minimum(step, letters * n))
        right = ((copies.step(eye[seen], tracing=False) > 0) == may_follow).all(1)
        accepted &= right | (step > letters * n)
        if not accepted[0]:
            break
    return accepted
