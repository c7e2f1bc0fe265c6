"""Parts in layers from left to right, the lanes of wires that pass a layer, and all heights."""

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
    """A stretch of a signal between two neighbouring layers.

    Attributes:
        left: Where it comes from.
        right: Where it goes.
        lanes: How many of the two are lanes.
        wire: Number of the wire that ends here, if one does.
    """

    left: Item
    right: Item
    lanes: int
    wire: int | None = None


@dataclass
class Layers:
    """Parts and lanes by layer, from top to bottom, and their heights in inches.

    Attributes:
        flow: The graph.
        depth: Layer of every part.
        order: Items of every layer, from top to bottom.
        height: Vertical place of every item.
        offset: Height of a wire's port above the middle of its part, if not 0; `connect` finds it.
    """

    flow: Flow
    depth: dict[str, int]
    order: list[list[Item]]
    height: dict[Item, float] = field(default_factory=dict)
    offset: dict[int | None, float] = field(default_factory=dict)

    @cached_property
    def links(self) -> list[list[Link]]:
        """For every gap between layers, what crosses it."""
        found: list[list[Link]] = [[] for _ in self.order[1:]]
        for source, last in reach_of(self.flow, self.depth).items():
            first = self.depth[source]
            for layer in range(first, last - 1):
                lanes = 2 if layer > first else 1
                found[layer].append(Link((source, layer), (source, layer + 1), lanes))
        for index, wire in enumerate(self.flow.wires):
            layer = self.depth[wire.target] - 1
            lanes = int(layer > self.depth[wire.source])
            right = (wire.target, layer + 1)
            found[layer].append(Link((wire.source, layer), right, lanes, index))
        return found

    @cached_property
    def incoming(self) -> dict[Item, list[Link]]:
        """Links by the part that they end at, for parts where several do."""
        found: dict[Item, list[Link]] = {}
        for link in chain.from_iterable(self.links):
            if link.wire is not None:
                found.setdefault(link.right, []).append(link)
        return {item: links for item, links in found.items() if len(links) > 1}

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

    def connect(self) -> None:
        """Gives every wire a port, in the order in which the wires lie before the part."""
        place = {item: number for order in self.order for number, item in enumerate(order)}
        for item, links in self.incoming.items():
            rail = self.rails.get(item, -1)
            ends = sorted(
                (self.rails.get(link.left) != rail, place[link.left], link.wire) for link in links
            )
            stems = self.stems(item, len(ends))
            self.offset.update(zip((wire for _, _, wire in ends), stems, strict=True))

    def stems(self, item: Item, count: int) -> list[float]:
        """Heights of the ports of a part above its middle, in the order of the wires."""
        if self.flow.parts[item[0]].shape == "circle":
            middle = [0.0, STEM, -STEM] if item in self.rails else [STEM, 0.0, -STEM]
            return middle if count == 3 else [0.0, -STEM][:count]
        return [((count - 1) / 2 - place) * PORT for place in range(count)]

    @cached_property
    def extent(self) -> dict[Item, tuple[float, float]]:
        """How far every item reaches above and below its middle."""
        return {item: self._extent(item) for order in self.order for item in order}

    def _extent(self, item: Item) -> tuple[float, float]:
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

    def ends(self, layer: int) -> list[tuple[Link, float, float]]:
        """Returns the links behind a layer with the heights at which they leave and arrive."""
        height, offset = self.height, self.offset
        return [
            (link, height[link.left], height[link.right] + offset.get(link.wire, 0.0))
            for link in self.links[layer]
        ]

    def crossings(self) -> int:
        """Counts pairs of different signals that cross between neighbouring layers."""
        total = 0
        for layer in range(len(self.links)):
            ends = self.ends(layer)
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
