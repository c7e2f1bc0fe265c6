"""The picture itself: a column for each level, circles for units, dots where gates act."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from lstmkit.nn.graph.drawing.curve import Curve, Point, between, toward
from lstmkit.nn.graph.graph import Connection, Graph, Unit
from lstmkit.nn.graph.levels import levels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMN, ROW, RADIUS, LOOP = 2.1, 0.95, 0.27, 0.19
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

    Example:
        >>> from lstmkit.nn.graph import lstm
        >>> draw(lstm(2, 1, 1)).savefig  # doctest: +ELLIPSIS
        <bound method Figure.savefig of <Figure size ...>>
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    places = _places(graph)
    curves = {each: _curve(each, places, graph) for each in graph.connections}
    points = [*places.values(), *(curve.control for curve in curves.values())]
    left, right = min(x for x, _ in points) - 0.6, max(x for x, _ in points) + 0.6
    low, high = min(y for _, y in points) - 0.6, max(y for _, y in points) + 0.6
    figure = Figure(figsize=((right - left) * 0.8, (high - low) * 0.8), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, right), ylim=(low, high))
    axes.set_axis_off()
    order = [unit.name for unit in graph.units]
    for each, curve in curves.items():
        late = order.index(each.source) >= order.index(each.target)
        _connection(axes, each, curve, places, BACK if late else AHEAD)
    for unit in graph.units:
        _unit(axes, unit, places[unit.name])
    return figure


def _places(graph: Graph) -> dict[str, Point]:
    """Middles of all units: a column a level, spread evenly about the middle row."""
    columns: dict[int, list[str]] = defaultdict(list)
    for name, level in levels(graph).items():
        columns[level].append(name)
    return {
        name: (
            column * COLUMN,
            # every other column is shifted, so that lines to the next but one pass between units
            ((len(names) - 1) / 2 - row + (0.22 if column % 2 else 0.0)) * ROW,
        )
        for column, (_, names) in enumerate(sorted(columns.items()))
        for row, name in enumerate(names)
    }


def _curve(each: Connection, places: dict[str, Point], graph: Graph) -> Curve:
    start, end = places[each.source], places[each.target]
    if each.source == each.target:
        top = start[1] + RADIUS
        return Curve((start[0], top), (start[0], top + 4 * LOOP), (start[0], top))
    order = [unit.name for unit in graph.units]
    ahead = order.index(each.source) < order.index(each.target)
    span = abs(end[0] - start[0]) / COLUMN
    return between(start, end, bend=0.12 * span if ahead else 0.5 + 0.3 * span, radius=RADIUS)


def _connection(
    axes: "Axes", each: Connection, curve: Curve, places: dict[str, Point], color: str
) -> None:
    from matplotlib.patches import Circle, FancyArrowPatch
    from matplotlib.path import Path

    if each.source == each.target:
        x, y = curve.start
        axes.add_patch(
            Circle((x, y + LOOP - 0.05), LOOP, fill=False, edgecolor=color, linewidth=1.3, zorder=1)
        )
        touched = (x, y + 2 * LOOP - 0.05)
    else:
        path = Path(
            [curve.start, curve.control, curve.end], [Path.MOVETO, Path.CURVE3, Path.CURVE3]
        )
        axes.add_patch(
            FancyArrowPatch(
                path=path, arrowstyle="-|>", mutation_scale=8, color=color, linewidth=0.9, zorder=2
            )
        )
        touched = curve.middle
    if each.gate is not None:
        start = toward(places[each.gate], touched, RADIUS)
        axes.plot(*zip(start, touched, strict=True), "--", color=GATE, linewidth=0.8, zorder=3)
        axes.plot(*touched, "o", color=GATE, markersize=4, zorder=4)


def _unit(axes: "Axes", unit: Unit, place: Point) -> None:
    from matplotlib.patches import Circle

    axes.add_patch(
        Circle(place, RADIUS, facecolor=FILLS[unit.role], edgecolor=INK, linewidth=1.0, zorder=5)
    )
    x, y = place
    text: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "zorder": 6}
    if unit.role == "input":
        axes.text(x, y, unit.name, fontsize=8.5, **text)
        return
    axes.text(x, y + 0.06, unit.name, fontsize=8.5, **text)
    axes.text(x, y - 0.13, SIGNS[unit.function], fontsize=6.5, **text)
