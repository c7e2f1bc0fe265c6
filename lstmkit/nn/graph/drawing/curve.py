"""The curves of a drawing: a bend between two circles, and the point where a gate touches it."""

import math
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A quadratic Bezier curve.

    Attributes:
        start: Where it begins.
        control: Towards what it bends.
        end: Where it ends.
    """

    start: Point
    control: Point
    end: Point

    @property
    def middle(self) -> Point:
        """The point halfway along it."""
        return _weigh((0.25, self.start), (0.5, self.control), (0.25, self.end))


def between(start: Point, end: Point, *, bend: float, radius: float) -> Curve:
    """Joins two circles.

    Args:
        start: Middle of the first circle.
        end: Middle of the second circle.
        bend: How far the curve's control point lies to the left of the straight line.
        radius: Of both circles; the curve begins and ends on them.

    Returns:
        The curve.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    control = (
        (start[0] + end[0]) / 2 - bend * dy / length,
        (start[1] + end[1]) / 2 + bend * dx / length,
    )
    return Curve(toward(start, control, radius), control, toward(end, control, radius))


def toward(start: Point, end: Point, distance: float) -> Point:
    """Returns the point at a `distance` from `start` in the direction of `end`."""
    part = distance / math.hypot(end[0] - start[0], end[1] - start[1])
    return _weigh((1 - part, start), (part, end))


def _weigh(*terms: tuple[float, Point]) -> Point:
    return (
        sum(weight * point[0] for weight, point in terms),
        sum(weight * point[1] for weight, point in terms),
    )
