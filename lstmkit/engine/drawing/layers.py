"""Parts in layers from left to right, the lanes of wires that pass a layer, and all heights."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, pairwise

from lstmkit.engine.drawing.flow import Flow

Item = tuple[str, int]

BOX = 0.46
CIRCLE = 0.36
PORT = 0.28
STEM = 0.44
RAIL = 1.0


@dataclass(frozen=True, slots=True)
class Link:
    """A stretch of a signal between two neighbouring layers; `wire` is set where it ends."""

    left: Item
    right: Item
    wire: int | None = None


@dataclass
class Layers:
    """Parts and lanes by layer, from top to bottom, and their heights in inches.

    Attributes:
        flow: The graph.
        depth: Layer of every part.
        order: Items of every layer, from top to bottom.
        height: Vertical place of every item.
    """

    flow: Flow
    depth: dict[str, int]
    order: list[list[Item]]
    height: dict[Item, float] = field(default_factory=dict)

    @cached_property
    def links(self) -> list[list[Link]]:
        """For every gap between layers, what crosses it."""
        found: list[list[Link]] = [[] for _ in self.order[1:]]
        reach = reach_of(self.flow, self.depth)
        for source, last in reach.items():
            for layer in range(self.depth[source], last - 1):
                found[layer].append(Link((source, layer), (source, layer + 1)))
        for index, wire in enumerate(self.flow.wires):
            layer = self.depth[wire.target] - 1
            right = (wire.target, layer + 1)
            found[layer].append(Link((wire.source, layer), right, index))
        return found

    @cached_property
    def incoming(self) -> dict[Item, list[Link]]:
        """Links by the item that they end at."""
        found: dict[Item, list[Link]] = {}
        for link in chain.from_iterable(self.links):
            found.setdefault(link.right, []).append(link)
        return found

    @cached_property
    def rails(self) -> dict[Item, int]:
        """Items that are held on a straight line, with the number of the line from the top."""
        depth = self.depth
        ways = sorted(self.flow.rails.values(), key=lambda way: depth[way[-2]], reverse=True)
        held: dict[Item, int] = {}
        for rail, way in enumerate(ways):
            for start, end in pairwise(way):
                for layer in range(depth[start], depth[end]):
                    held[start, layer] = rail
            held[way[-1], depth[way[-1]]] = rail
        return held

    def is_lane(self, item: Item) -> bool:
        """Whether an item is a wire that passes a layer."""
        return self.depth[item[0]] != item[1]

    def arriving(self, item: Item) -> list[Link]:
        """Links that end at an item, from the highest to the lowest, a rail first."""
        return sorted(
            self.incoming.get(item, []),
            key=lambda link: (not self.on_rail(link), -self.height[link.left], link.wire),
        )

    def on_rail(self, link: Link) -> bool:
        """Whether a link is a stretch of a rail."""
        rail = self.rails.get(link.left)
        return rail is not None and rail == self.rails.get(link.right)

    def offsets(self, item: Item) -> dict[int, float]:
        """Height of every port of a part above its middle, by the number of its wire."""
        wires = [link.wire for link in self.arriving(item) if link.wire is not None]
        if not wires:
            return {}
        if self.flow.parts[item[0]].shape == "circle":
            stems = {1: [0.0], 2: [0.0, -STEM], 3: [STEM, 0.0, -STEM]}[len(wires)]
            if len(wires) == 3 and item in self.rails:
                stems = [0.0, STEM, -STEM]
        else:
            middle = (len(wires) - 1) / 2
            stems = [(middle - place) * PORT for place in range(len(wires))]
        return dict(zip(wires, stems, strict=True))

    def extent(self, item: Item) -> tuple[float, float]:
        """How far an item reaches above and below its middle."""
        if self.is_lane(item):
            return 0.0, 0.0
        part = self.flow.parts[item[0]]
        if part.shape in {"input", "output"}:
            return 0.07, 0.07
        count = sum(wire.target == item[0] for wire in self.flow.wires)
        if part.shape == "circle":
            top = STEM if count == 3 else CIRCLE / 2
            return top, STEM if count > 1 else CIRCLE / 2
        half = box_height(count) / 2
        return half, half

    def ends(self, layer: int) -> Iterator[tuple[Link, float, float]]:
        """Yields the links behind a layer with the heights at which they leave and arrive."""
        ports = {item: self.offsets(item) for item in self.order[layer + 1]}
        for link in self.links[layer]:
            offset = ports[link.right].get(link.wire, 0.0) if link.wire is not None else 0.0
            yield link, self.height[link.left], self.height[link.right] + offset

    def crossings(self) -> int:
        """Counts pairs of different signals that cross between neighbouring layers."""
        total = 0
        for layer in range(len(self.links)):
            ends = list(self.ends(layer))
            for place, (one, a, b) in enumerate(ends):
                for other, c, d in ends[:place]:
                    total += one.left != other.left and (a - c) * (b - d) < 0
        return total

    def length(self) -> float:
        """Adds up how far links climb or fall."""
        return sum(abs(a - b) for layer in range(len(self.links)) for _, a, b in self.ends(layer))


def box_height(ports: int) -> float:
    """Height of a box with so many wires on its left side."""
    return max(BOX, ports * PORT + 0.06)


def reach_of(flow: Flow, depth: dict[str, int]) -> dict[str, int]:
    """The last layer that each signal gets to."""
    reach: dict[str, int] = {}
    for wire in flow.wires:
        reach[wire.source] = max(reach.get(wire.source, 0), depth[wire.target])
    return reach
