"""Where parts stand: layers by longest path, order by barycentre, heights that keep wires straight.

Sugiyama's method (K. Sugiyama, S. Tagawa, M. Toda 1981): a wire that passes a layer holds a lane
there, and a lane is placed as a part is. States that only arithmetic touches run straight through
the top.
"""

from lstmkit.engine.drawing.flow import Flow
from lstmkit.engine.drawing.layers import RAIL, Item, Layers, reach_of
from lstmkit.engine.drawing.straight import straighten

GAP = 0.22
STILL = 0.002
STIFFNESS = (1.0, 2.0, 8.0)


def place(flow: Flow) -> Layers:
    """Places every part and lane of a graph.

    Args:
        flow: The graph of a cell.

    Returns:
        Layers with heights; nothing overlaps.
    """
    depth = _depths(flow)
    layers = Layers(flow, depth, [[] for _ in range(max(depth.values()) + 1)])
    for source, last in reach_of(flow, depth).items():
        for layer in range(depth[source], max(last, depth[source] + 1)):
            layers.order[layer].append((source, layer))
    for key, part in flow.parts.items():
        if part.shape == "output":
            layers.order[-1].append((key, depth[key]))
    for order in layers.order:
        order.sort(key=lambda item: layers.rails.get(item, len(flow.rails)))
    _settle(layers)
    _sweep(layers)
    _swap(layers)
    _settle(layers, 40)
    straighten(layers)
    return layers


def _depths(flow: Flow) -> dict[str, int]:
    depth: dict[str, int] = {}
    sources: dict[str, list[str]] = {key: [] for key in flow.parts}
    for wire in flow.wires:
        sources[wire.target].append(wire.source)

    def of(key: str) -> int:
        if key not in depth:
            depth[key] = 1 + max((of(source) for source in sources[key]), default=-1)
        return depth[key]

    last = max(of(key) for key in flow.parts)
    outputs = [key for key, part in flow.parts.items() if part.shape == "output"]
    return depth | dict.fromkeys(outputs, last)


def _settle(layers: Layers, rounds: int = 12) -> None:
    """Finds heights for a given order that keep wires as straight as the order allows.

    Least absolute differences by reweighted least squares, a layer at a time.
    """
    if not layers.height:
        for order in layers.order:
            for number, item in enumerate(order):
                layers.height[item] = -RAIL * number
    layers.connect()
    for number in range(rounds):
        before = list(layers.height.values())
        sequence = range(len(layers.order))
        for layer in sequence if number % 2 == 0 else reversed(sequence):
            _settle_layer(layers, layer)
        moves = (abs(a - b) for a, b in zip(before, layers.height.values(), strict=True))
        if max(moves) < STILL:
            break


def _settle_layer(layers: Layers, layer: int) -> None:
    height = layers.height
    pull = dict.fromkeys(layers.order[layer], 0.0)
    weight = dict.fromkeys(layers.order[layer], 0.0)
    for gap in (layer - 1, layer):
        if not 0 <= gap < len(layers.links):
            continue
        for link, leave, arrive in layers.ends(gap):
            item, step = (
                (link.right, leave - arrive) if gap < layer else (link.left, arrive - leave)
            )
            strength = STIFFNESS[link.lanes] / (abs(step) + 0.02)
            pull[item] += strength * (height[item] + step)
            weight[item] += strength
    free = [item for item in layers.order[layer] if item not in layers.rails]
    wanted = [
        (pull[item] / weight[item], weight[item]) if weight[item] else (height[item], 0.01)
        for item in free
    ]
    ceiling = -RAIL * len(layers.flow.rails) + 0.35 if layers.flow.rails else None
    height.update(
        zip(free, _apart(wanted, [layers.extent[item] for item in free], ceiling), strict=True)
    )
    for item in layers.order[layer]:
        if item in layers.rails:
            height[item] = -RAIL * layers.rails[item]


def _apart(
    wanted: list[tuple[float, float]], extents: list[tuple[float, float]], ceiling: float | None
) -> list[float]:
    """Heights nearest to the wanted ones that fall in order with a gap between (isotonic)."""
    shift = 0.0
    shifts = []
    for number, (above, _) in enumerate(extents):
        if number:
            shift += extents[number - 1][1] + GAP + above
        shifts.append(shift)
    blocks: list[list[float]] = []  # mean, weight, count
    for (height, weight), shift in zip(wanted, shifts, strict=True):
        blocks.append([height + shift, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] < blocks[-1][0]:
            mean, w, count = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[1] + mean * w) / (last[1] + w)
            last[1] += w
            last[2] += count
    flat = [mean for mean, _, count in blocks for _ in range(int(count))]
    if ceiling is not None and extents:
        flat = [min(mean, ceiling - extents[0][0]) for mean in flat]
    return [mean - shift for mean, shift in zip(flat, shifts, strict=True)]


def _sweep(layers: Layers) -> None:
    """Orders every layer by the mean height of its neighbours and keeps the best order."""
    best = _cost(layers), [list(order) for order in layers.order]
    for number in range(16):
        forward = number % 2 == 0
        sequence = list(range(len(layers.order)))
        for layer in sequence if forward else reversed(sequence):
            gap = layer - 1 if forward else layer
            if not 0 <= gap < len(layers.links):
                continue
            seen: dict[Item, list[float]] = {}
            for link, leave, arrive in layers.ends(gap):
                item, height = (link.right, leave) if forward else (link.left, arrive)
                seen.setdefault(item, []).append(height)
            layers.order[layer].sort(
                key=lambda item: (
                    layers.rails.get(item, len(layers.flow.rails)),
                    -sum(seen[item]) / len(seen[item]) if item in seen else -layers.height[item],
                )
            )
            layers.connect()
            _settle_layer(layers, layer)
        _settle(layers, 4)
        cost = _cost(layers)
        if cost < best[0]:
            best = cost, [list(order) for order in layers.order]
    layers.order = best[1]
    _settle(layers)


def _swap(layers: Layers) -> None:
    """Exchanges neighbours as long as that makes the drawing simpler."""
    crossings, cost, better = layers.crossings(), _cost(layers), True
    while better:
        better = False
        for order in layers.order:
            for upper in range(len(order) - 1):
                if _swapped(layers, order, upper, crossings, cost):
                    crossings, cost, better = layers.crossings(), _cost(layers), True


def _swapped(layers: Layers, order: list[Item], upper: int, crossings: int, cost: float) -> bool:
    one, two = order[upper : upper + 2]
    if one in layers.rails or two in layers.rails:
        return False
    height = dict(layers.height)
    order[upper : upper + 2] = two, one
    layers.height[one], layers.height[two] = height[two], height[one]
    layers.connect()
    # most exchanges show at once that they tangle the wires
    if layers.crossings() <= crossings:
        layers.height = dict(height)
        _settle(layers, 6)
        if _cost(layers) < cost - 1e-6:
            return True
    order[upper : upper + 2] = one, two
    layers.height = height
    layers.connect()
    return False


def _cost(layers: Layers) -> float:
    return 1.5 * layers.crossings() + layers.length()
