"""The drawing itself: boxes, circles and wires on a page."""

from typing import TYPE_CHECKING, Any

from lstmkit.engine.drawing.flow import flow_of
from lstmkit.engine.drawing.layers import CIRCLE, Item, Layers, box_height
from lstmkit.engine.drawing.order import place
from lstmkit.engine.drawing.routing import Run, dots, runs
from lstmkit.engine.drawing.spread import FONT, TRACK, Spread, spread_of, width
from lstmkit.engine.drawing.strokes import branches, rounded
from lstmkit.engine.equations import Equations
from lstmkit.engine.latex import symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#22303c"
PANEL = "#f4f6f8"
FILLS = {"sigma": "#fde8b4", "tanh": "#cfe3f7", "exp": "#f9d3c0", "": "#e7ebef"}
X_COLOR = "#4d7c3a"
STATE_COLORS = ("#a8323e", "#1f5f9e", "#7a4a9c", "#8a6100", "#00777a", "#5d5d5d")


def draw(equations: Equations) -> "Figure":
    """Draws the flow of signals through one step of a cell.

    The input and the states of the step before enter at the left, the states of this step and
    the output leave at the right. A box is a quantity that is squashed, with the function in it;
    a circle is arithmetic, unit by unit; what stands on a wire is applied to its signal: a
    learned map or vector, a sign. Biases are left out.

    Args:
        equations: The cell.

    Returns:
        A figure; `figure.savefig("cell.svg")` writes it.

    Example:
        >>> from lstmkit.engine import read
        >>> draw(read("h = tanh(W @ x + U @ h[-1] + b)")).savefig  # doctest: +ELLIPSIS
        <bound method Figure.savefig of <Figure size ...>>
    """
    return paint(place(flow_of(equations)))


def paint(layers: Layers) -> "Figure":
    """Draws parts that have their places.

    Args:
        layers: The parts.

    Returns:
        A figure as large as the drawing.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    gaps = [runs(layers, layer) for layer in range(len(layers.links))]
    spread = spread_of(layers, gaps)
    heights = [
        height + sign * layers.extent[item][side]
        for item, height in layers.height.items()
        for side, sign in ((0, 1), (1, -1))
    ]
    low, high = min(heights) - 0.3, max(heights) + 0.3
    left, right = spread.middle[0] - 0.45, spread.middle[-1] + 0.45
    figure = Figure(figsize=(right - left, high - low), dpi=200)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(low, high))
    axes.set_axis_off()
    _Painter(axes, layers, spread).paint(gaps, low, high)
    return figure


class _Painter:
    def __init__(self, axes: "Axes", layers: Layers, spread: Spread) -> None:
        self.axes = axes
        self.layers = layers
        self.spread = spread
        self.flow = layers.flow
        self.strokes: dict[tuple[str, bool], list[Any]] = {}
        states = [key for key in self.flow.parts if key.endswith("[-1]")]
        self.colors = {"x": X_COLOR}
        for number, key in enumerate(states):
            color = STATE_COLORS[number % len(STATE_COLORS)]
            name = key.removesuffix("[-1]")
            self.colors |= dict.fromkeys((key, name, *self.flow.rails.get(name, ())), color)

    def paint(self, gaps: list[list[Run]], low: float, high: float) -> None:
        from matplotlib.patches import FancyBboxPatch

        left, right = self.spread.middle[0] + 0.22, self.spread.middle[-1] - 0.22
        panel = FancyBboxPatch(
            (left, low + 0.08),
            right - left,
            high - low - 0.16,
            boxstyle="round,pad=0,rounding_size=0.15",
            facecolor=PANEL,
            edgecolor="#d4dae0",
            linewidth=0.8,
        )
        self.axes.add_patch(panel)
        for layer, gap in enumerate(gaps):
            for run in gap:
                self.run(layer, run)
        for layer, order in enumerate(self.layers.order):
            for item in order:
                if self.layers.is_lane(item):
                    self.lane(layer, item)
                else:
                    self.part(layer, item)
        self.stroke()

    def color(self, item: Item) -> str:
        return self.colors.get(item[0], INK)

    def edge(self, layer: int, item: Item, side: int) -> float:
        """The left (-1) or right (1) end of an item."""
        half = width(self.layers, item) / 2
        return self.spread.middle[layer] + side * half

    def line(self, points: list[tuple[float, float]], item: Item) -> None:
        """Keeps a wire until all of its signal can be stroked at once."""
        rail = self.layers.height[item] if item in self.layers.rails else None
        on_rail = all(height == rail for _, height in points)
        self.strokes.setdefault((item[0], on_rail), []).append(rounded(points))

    def stroke(self) -> None:
        """Draws every signal as one path, so that it is equally dark where it branches."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        for (source, on_rail), paths in self.strokes.items():
            self.axes.add_patch(
                PathPatch(
                    Path.make_compound_path(*paths),
                    fill=False,
                    edgecolor=self.color((source, 0)),
                    linewidth=2.2 if on_rail else 1.1,
                    capstyle="butt",
                    joinstyle="round",
                    zorder=2 + on_rail,
                )
            )

    def lane(self, layer: int, item: Item) -> None:
        half = self.spread.width[layer] / 2
        middle, height = self.spread.middle[layer], self.layers.height[item]
        self.line([(middle - half, height), (middle + half, height)], item)

    def run(self, layer: int, run: Run) -> None:
        start = self.edge(layer, run.source, 1)
        if self.layers.is_lane(run.source):
            start = self.spread.middle[layer] + self.spread.width[layer] / 2
        across = self.spread.tracks[layer] + TRACK * (run.track or 0)
        ways = branches(run, start, across)
        for height, target, wire in run.leaves:
            self.finish(ways[height], height, layer + 1, target, wire, run.source)
        if all(points[0][0] != start for points in ways.values()):
            self.line([(start, run.enters), (across, run.enters)], run.source)
        for height in dots(run):
            self.axes.plot(
                [across], [height], "o", color=self.color(run.source), markersize=3.2, zorder=4
            )

    def finish(
        self,
        points: list[tuple[float, float]],
        height: float,
        layer: int,
        target: Item,
        wire: int | None,
        source: Item,
    ) -> None:
        """Ends a wire at its port, with an arrow and what is done to the signal."""
        middle = self.spread.middle[layer]
        if wire is None:
            self.line([*points, (middle - self.spread.width[layer] / 2, height)], source)
            return
        part = self.flow.parts[target[0]]
        offset = height - self.layers.height[target]
        if part.shape == "circle" and abs(offset) > CIRCLE / 2:
            sign = 1 if offset > 0 else -1
            tip = (middle, self.layers.height[target] + sign * (CIRCLE / 2 + 0.01))
            points = [*points, (middle, height), tip]
        else:
            tip = (self.edge(layer, target, -1) - 0.01, height)
            points = [*points, tip]
        self.line(points, source)
        self.arrow(points[-2], tip, source)
        label = self.flow.wires[wire].label
        if label:
            self.axes.text(
                self.edge(layer, target, -1) - 0.11,
                height + 0.025,
                f"${label}$",
                ha="right",
                va="bottom",
                fontsize=FONT - 1,
                color=self.color(source),
                zorder=5,
            )

    def arrow(self, before: tuple[float, float], tip: tuple[float, float], item: Item) -> None:
        from matplotlib.patches import Polygon

        dx, dy = tip[0] - before[0], tip[1] - before[1]
        size = max(abs(dx), abs(dy)) or 1.0
        dx, dy = dx / size * 0.09, dy / size * 0.09
        points = [
            tip,
            (tip[0] - dx - dy * 0.42, tip[1] - dy + dx * 0.42),
            (tip[0] - dx + dy * 0.42, tip[1] - dy - dx * 0.42),
        ]
        self.axes.add_patch(Polygon(points, facecolor=self.color(item), edgecolor="none", zorder=4))

    def part(self, layer: int, item: Item) -> None:
        from matplotlib.patches import Circle, FancyBboxPatch

        part, height = self.flow.parts[item[0]], self.layers.height[item]
        middle = self.spread.middle[layer]
        if part.shape in {"input", "output"}:
            side = "right" if part.shape == "input" else "left"
            edge = middle + (0.11 if part.shape == "input" else -0.11)
            self.text(edge, height, part.text, 10, ha=side)
            return
        if part.shape == "circle":
            self.axes.add_patch(
                Circle((middle, height), CIRCLE / 2, facecolor="white", edgecolor=INK, zorder=5)
            )
            small = len(part.text.replace("\\times", "x")) > 1
            self.text(middle, height, part.text, 8 if small else 11)
            if part.quantity and f"{part.quantity}[t]" not in self.flow.parts:
                self.text(
                    middle + 0.1, height + CIRCLE / 2 + 0.09, symbol(part.quantity), 9, ha="left"
                )
            return
        count = sum(wire.target == item[0] for wire in self.flow.wires)
        tall, wide = box_height(count), width(self.layers, item)
        self.axes.add_patch(
            FancyBboxPatch(
                (middle - wide / 2, height - tall / 2),
                wide,
                tall,
                boxstyle="round,pad=0,rounding_size=0.08",
                facecolor=fill(part.text),
                edgecolor=INK,
                linewidth=0.9,
                zorder=5,
            )
        )
        name = symbol(part.quantity) if part.quantity else ""
        if name and part.text:
            self.text(middle, height + 0.105, name, 9.5)
            self.text(middle, height - 0.105, part.text, 8.5)
        else:
            self.text(middle, height, name or part.text, 9.5)

    def text(self, x: float, y: float, text: str, size: float, **options: Any) -> None:
        placed: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "color": INK,
            "zorder": 6,
        } | options
        self.axes.text(x, y, f"${text}$", fontsize=size, **placed)


def fill(text: str) -> str:
    """The colour of a box by the function in it."""
    for word, color in FILLS.items():
        if word and word in text:
            return color
    return FILLS[""]
