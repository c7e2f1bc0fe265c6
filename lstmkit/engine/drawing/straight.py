"""Takes small steps out of wires: moves what hangs together until more wires run straight."""

import itertools

from lstmkit.engine.drawing.layers import Item, Layers

STEP = 0.6
LEAST_GAP = 0.14
SAME = 1e-6


def straighten(layers: Layers) -> None:
    """Moves groups of items that are joined by straight wires, as far as there is room.

    Args:
        layers: Parts with heights; heights change in place, the order stays.
    """
    better = True
    while better:
        better = False
        for layer in range(len(layers.links)):
            for link, leave, arrive in sorted(
                layers.ends(layer), key=lambda end: abs(end[1] - end[2])
            ):
                step = leave - arrive
                if SAME < abs(step) < STEP and (
                    _moved(layers, link.right, step) or _moved(layers, link.left, -step)
                ):
                    better = True
                    break


def _moved(layers: Layers, item: Item, step: float) -> bool:
    group = _group(layers, item)
    if any(member in layers.rails for member in group):
        return False
    before, straight = dict(layers.height), _straight(layers)
    for member in group:
        layers.height[member] += step
    if _fits(layers) and _straight(layers) > straight:
        return True
    layers.height = before
    return False


def _group(layers: Layers, item: Item) -> set[Item]:
    """Everything that straight wires join to an item."""
    joined: dict[Item, list[Item]] = {}
    for layer in range(len(layers.links)):
        for link, leave, arrive in layers.ends(layer):
            if abs(leave - arrive) < SAME:
                joined.setdefault(link.left, []).append(link.right)
                joined.setdefault(link.right, []).append(link.left)
    group, pending = {item}, [item]
    while pending:
        for other in joined.get(pending.pop(), []):
            if other not in group:
                group.add(other)
                pending.append(other)
    return group


def _straight(layers: Layers) -> int:
    return sum(
        abs(leave - arrive) < SAME
        for layer in range(len(layers.links))
        for _, leave, arrive in layers.ends(layer)
    )


def _fits(layers: Layers) -> bool:
    for order in layers.order:
        for upper, lower in itertools.pairwise(order):
            room = layers.extent[upper][1] + layers.extent[lower][0] + LEAST_GAP
            if layers.height[upper] - layers.height[lower] < room - SAME:
                return False
    return True
