"""The picture itself: a column for each level, circles for units, dots where gates act."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmkit.nn.graph.drawing.curve import Curve, Point, clearance, routed, toward
from lstmkit.nn.graph.graph import Connection, Graph, Unit
from lstmkit.nn.graph.levels import levels
from lstmkit.nn.graph.settings import check_graph

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMN, ROW, RADIUS, LOOP = 2.1, 1.15, 0.27, 0.19
PARTS = np.linspace(0, 1, 9)
ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
SHIFTS = (0.0, 0.3, -0.45, 0.55)
INK, AHEAD, BACK, GATE = "#22303c", "#8b98a5", "#1f5f9e", "#a8323e"
FILLS = {"input": "#e3efd9", "hidden": "#ffffff", "output": "#fde8b4"}
SIGNS = {"logistic": r"$\sigma$", "tanh": "tanh", "identity": "id"}


def draw(graph: Graph) -> "Figure":
    """Draws a network.

    Units stand in columns in the order in which they run. A grey line carries a value of this
    step, a blue one that bends back carries a value of the step before, a loop keeps a unit's
    state; a red dashed line goes from a gating unit to a dot on the connection that it multiplies.

    Args:
        graph: The network.

    Returns:
        A figure; `figure.savefig("network.svg")` writes it.

    Raises:
        SettingsError: No graph.

    Example:
        >>> from lstmkit.nn.graph import lstm
        >>> draw(lstm(2, 1, 1)).savefig  # doctest: +ELLIPSIS
        <bound method Figure.savefig of <Figure size ...>>
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_graph("draw", graph)
    layout = _Layout(graph)
    points = np.array([*layout.places.values(), *layout.loops.values()])
    points = np.vstack([points, *(curve.at(0.5) for curve in layout.curves.values())])
    low, high = points.min(axis=0) - 0.6, points.max(axis=0) + 0.6
    figure = Figure(figsize=tuple((high - low) * 0.8), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.set_axis_off()
    for each in graph.connections:
        _connection(axes, each, layout)
    for unit in graph.units:
        _unit(axes, unit, layout.places[unit.name])
    return figure


class _Layout:
    """Where everything lies."""

    def __init__(self, graph: Graph) -> None:
        self.order = [unit.name for unit in graph.units]
        self.places = _places(graph)
        kept = [each.source for each in graph.connections if each.source == each.target]
        self.loops = {name: self.places[name] + (0, RADIUS + LOOP - 0.05) for name in kept}
        self.curves = {
            each: self._curve(each) for each in graph.connections if each.source != each.target
        }
        self.dots: list[Point] = []

    def late(self, each: Connection) -> bool:
        """Whether a connection carries a value of the step before."""
        return self.order.index(each.source) >= self.order.index(each.target)

    def touched(self, each: Connection) -> Point:
        """Where a gate meets a connection: away from units and from other gates."""
        if each.source == each.target:
            return self.loops[each.source] + (0, LOOP)
        gate = self.places[str(each.gate)]
        others = np.array([at for name, at in self.places.items() if name != each.gate])
        dots = np.array([*self.dots, gate])

        def room(point: Point) -> float:
            line = (clearance(gate + part * (point - gate), others) for part in PARTS)
            return min(1.4 * RADIUS, clearance(point, dots), *line)

        points = [self.curves[each].at(part) for part in ALONG]
        self.dots.append(max(points, key=room))
        return self.dots[-1]

    def _curve(self, each: Connection) -> Curve:
        start, end = self.places[each.source], self.places[each.target]
        span = max(abs(end[0] - start[0]) / COLUMN, 0.5)
        least = 0.5 + 0.2 * span if self.late(each) else 0.1 * span
        others = [at for name, at in self.places.items() if name not in (each.source, each.target)]
        return routed(
            start,
            end,
            bends=[sign * (least + more * 0.4) for more in range(5) for sign in (1, -1)],
            radius=RADIUS,
            around=np.array([*others, *self.loops.values()]).reshape(-1, 2),
        )


def _places(graph: Graph) -> dict[str, Point]:
    """Middles of all units: a column a level, spread evenly about the middle row."""
    columns: dict[int, list[str]] = defaultdict(list)
    for name, level in levels(graph).items():
        columns[level].append(name)
    return {
        # columns are shifted, so that lines to the next but one pass between units
        name: np.array([column, (len(names) - 1) / 2 - row + SHIFTS[column % 4]]) * (COLUMN, ROW)
        for column, (_, names) in enumerate(sorted(columns.items()))
        for row, name in enumerate(names)
    }


def _connection(axes: "Axes", each: Connection, layout: _Layout) -> None:
    from matplotlib.patches import Circle, FancyArrowPatch
    from matplotlib.path import Path

    color = BACK if layout.late(each) else AHEAD
    if each.source == each.target:
        middle = layout.loops[each.source]
        axes.add_patch(
            Circle(tuple(middle), LOOP, fill=False, edgecolor=color, linewidth=1.3, zorder=1)
        )
    else:
        curve = layout.curves[each]
        path = Path(
            [curve.start, curve.control, curve.end], [Path.MOVETO, Path.CURVE3, Path.CURVE3]
        )
        axes.add_patch(
            FancyArrowPatch(
                path=path, arrowstyle="-|>", mutation_scale=8, color=color, linewidth=0.9, zorder=2
            )
        )
    if each.gate is not None:
        dot = layout.touched(each)
        start = toward(layout.places[each.gate], dot, RADIUS)
        axes.plot(*np.transpose([start, dot]), "--", color=GATE, linewidth=0.8, zorder=3)
        axes.plot(*dot, "o", color=GATE, markersize=4, zorder=4)


def _unit(axes: "Axes", unit: Unit, place: Point) -> None:
    from matplotlib.patches import Circle

    axes.add_patch(
        Circle(
            tuple(place), RADIUS, facecolor=FILLS[unit.role], edgecolor=INK, linewidth=1.0, zorder=5
        )
    )
    x, y = place
    text: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "zorder": 6}
    if unit.role == "input":
        axes.text(x, y, unit.name, fontsize=8.5, **text)
        return
    axes.text(x, y + 0.06, unit.name, fontsize=8.5, **text)
    axes.text(x, y - 0.13, SIGNS[unit.function], fontsize=6.5, **text)
