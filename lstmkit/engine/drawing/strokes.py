"""Ways of wires: right-angled stretches that never lie on one another, with rounded corners."""

from typing import TYPE_CHECKING

from lstmkit.engine.drawing.routing import Run

if TYPE_CHECKING:
    from matplotlib.path import Path

BEND = 0.07


def branches(run: Run, start: float, across: float) -> dict[float, list[tuple[float, float]]]:
    """Cuts a signal into stretches that do not lie upon one another.

    Args:
        run: The signal.
        start: Where it leaves its part.
        across: Where its track is.

    Returns:
        For every height at which it leaves the gap, the points before that place. None begins
        at `start` where the signal goes both up and down, or straight on as well.
    """
    if run.track is None:
        return {height: [(start, run.enters)] for height, _, _ in run.leaves}
    heights = {height for height, _, _ in run.leaves}
    low, high = run.span
    ways = {height: [(across, height)] for height in heights}
    ends = [height for height in (low, high) if height in heights and height != run.enters]
    splits = len(ends) > 1 or run.enters in heights
    for height in ends:
        ways[height] = [(across, run.enters), (across, height)]
        if not splits:
            ways[height].insert(0, (start, run.enters))
    return ways


def rounded(points: list[tuple[float, float]]) -> "Path":
    """A path along right-angled corners, each cut by a small curve."""
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into, out = _toward(corner, before), _toward(corner, after)
        vertices += [into, corner, out]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def _toward(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max(abs(dx), abs(dy))
    part = min(BEND, length / 2) / length if length else 0.0
    return start[0] + dx * part, start[1] + dy * part
