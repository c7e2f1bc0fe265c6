"""Wires between two layers: straight where they can be, else by a vertical track of their own."""

from dataclasses import dataclass
from itertools import pairwise, permutations

from lstmkit.engine.drawing.layers import Item, Layers

SAME = 0.012
MOST_PERMUTED = 5


@dataclass
class Run:
    """One signal in the gap between two layers: where it comes from and where it goes.

    Attributes:
        source: The item that it leaves.
        enters: Height at the left.
        leaves: Heights at the right with the item and the wire that each belongs to.
        track: Number of its vertical track from the left, or None if it is straight.
    """

    source: Item
    enters: float
    leaves: list[tuple[float, Item, int | None]]
    track: int | None = None

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest point of the vertical track."""
        heights = [self.enters, *(height for height, _, _ in self.leaves)]
        return min(heights), max(heights)

    @property
    def is_straight(self) -> bool:
        """Whether it needs no vertical track."""
        low, high = self.span
        return high - low < SAME


def runs(layers: Layers, layer: int) -> list[Run]:
    """Gives every signal behind a layer a track, so that none lies upon another.

    Args:
        layers: Parts with their heights.
        layer: The layer on the left.

    Returns:
        The signals that cross, with tracks chosen for few crossings.
    """
    found: dict[Item, Run] = {}
    for link, leave, arrive in layers.ends(layer):
        run = found.setdefault(link.left, Run(link.left, leave, []))
        run.leaves.append((arrive, link.right, link.wire))
    track(list(found.values()))
    return list(found.values())


def track(found: list[Run]) -> None:
    """Numbers the tracks of all signals that need one, for the fewest crossings.

    Args:
        found: The signals between two layers; their `track` is set.
    """
    for number, run in enumerate(_ordered([run for run in found if not run.is_straight])):
        run.track = number


def _ordered(bent: list[Run]) -> list[Run]:
    if len(bent) <= MOST_PERMUTED:
        return list(min(permutations(bent), key=lambda order: _clashes(list(order))))
    order = list(bent)
    best = _clashes(order)
    better = True
    while better:
        better = False
        for one in range(len(order)):
            for two in range(one):
                order[one], order[two] = order[two], order[one]
                cost = _clashes(order)
                if cost < best:
                    best, better = cost, True
                else:
                    order[one], order[two] = order[two], order[one]
    return order


def _clashes(order: list[Run]) -> int:
    """Counts crossings of tracks with the wires that enter and leave, overlaps a hundredfold."""
    total = 0
    for place, left in enumerate(order):
        for right in order[place + 1 :]:
            # the left one's wires go on to the right across the right one's track
            total += sum(_meets(height, right) for height, _, _ in left.leaves)
            # the right one comes from the left across the left one's track
            total += _meets(right.enters, left)
            total += 100 * sum(abs(height - right.enters) < SAME for height, _, _ in left.leaves)
    return total


def _meets(height: float, run: Run) -> int:
    low, high = run.span
    if abs(height - low) < SAME or abs(height - high) < SAME:
        return 3
    return int(low < height < high)


def dots(run: Run) -> list[float]:
    """Heights at which a track branches."""
    if run.track is None:
        return []
    low, high = run.span
    heights = sorted({round(height, 4) for height, _, _ in run.leaves} | {round(run.enters, 4)})
    merged = [heights[0], *(b for a, b in pairwise(heights) if b - a > SAME)]
    both = [h for h in merged if abs(h - run.enters) < SAME and _arrives(run, h)]
    return [h for h in merged if low + SAME < h < high - SAME or h in both]


def _arrives(run: Run, height: float) -> bool:
    return any(abs(height - leave) < SAME for leave, _, _ in run.leaves)
