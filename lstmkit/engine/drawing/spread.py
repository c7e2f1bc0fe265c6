"""Where the layers of a drawing stand from left to right, and how wide what is written is."""

from dataclasses import dataclass, field

from lstmkit.engine.drawing.layers import CIRCLE, Item, Layers
from lstmkit.engine.drawing.routing import Run
from lstmkit.engine.latex import symbol

TRACK = 0.17
MARGIN = 0.16
FONT = 8.0


@dataclass
class Spread:
    """Horizontal places: the middle and width of every layer, the tracks of every gap."""

    middle: list[float] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    tracks: list[float] = field(default_factory=list)


def spread_of(layers: Layers, gaps: list[list[Run]]) -> Spread:
    """Places layers as near as their wires and labels allow."""
    spread = Spread()
    for order in layers.order:
        spread.width.append(max((width(layers, item) for item in order), default=0.0))
    here = spread.width[0] / 2
    spread.middle.append(here)
    for layer, gap in enumerate(gaps):
        count = sum(run.track is not None for run in gap)
        labels = [
            label_width(layers.flow.wires[wire].label)
            for run in gap
            for _, _, wire in run.leaves
            if wire is not None
        ]
        here += spread.width[layer] / 2 + MARGIN
        spread.tracks.append(here)
        here += max(count - 1, 0) * TRACK + MARGIN + max(labels, default=0.0) + 0.14
        here += spread.width[layer + 1] / 2
        spread.middle.append(here)
    return spread


def width(layers: Layers, item: Item) -> float:
    """Width of an item in inches."""
    if layers.is_lane(item):
        return 0.0
    part = layers.flow.parts[item[0]]
    if part.shape == "circle":
        return CIRCLE
    if part.shape in {"input", "output"}:
        return 0.3
    name = symbol(part.quantity) if part.quantity else ""
    return max(0.52, 0.22 + max(text_width(part.text, 9), text_width(name, 9)))


def text_width(text: str, size: float) -> float:
    """Width of mathematics in inches."""
    from matplotlib.mathtext import MathTextParser

    if not text:
        return 0.0
    return float(MathTextParser("path").parse(f"${text}$").width) / 10 * size / 72


def label_width(text: str) -> float:
    """Room that the label of a wire takes."""
    return text_width(text, FONT - 1) + 0.1 if text else 0.0
