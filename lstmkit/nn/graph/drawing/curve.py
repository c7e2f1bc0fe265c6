"""The curves of a drawing: bends between two circles that keep clear of the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Point = Float[np.ndarray, "2"]
Points = Float[np.ndarray, "points 2"]


@dataclass(frozen=True, eq=False)
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

    def at(self, part: float) -> Point:
        """Returns the point at a `part` of the curve, between 0 and 1."""
        rest = 1 - part
        return rest**2 * self.start + 2 * rest * part * self.control + part**2 * self.end


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
    along = end - start
    left = np.array([-along[1], along[0]]) / np.hypot(*along)
    control = (start + end) / 2 + bend * left
    return Curve(toward(start, control, radius), control, toward(end, control, radius))


def routed(
    start: Point, end: Point, *, bends: Sequence[float], radius: float, around: Points
) -> Curve:
    """Joins two circles by the first curve that keeps clear of others, or the one that comes close.

    Args:
        start: Middle of the first circle.
        end: Middle of the second circle.
        bends: Bends to try, the best looking first.
        radius: Of all circles.
        around: Middles of the circles that should not be touched.

    Returns:
        The curve.
    """
    curves = [between(start, end, bend=bend, radius=radius) for bend in bends]
    parts = np.linspace(0, 1, 25)
    return max(
        curves,
        key=lambda curve: min(1.3 * radius, *(clearance(curve.at(part), around) for part in parts)),
    )


def clearance(point: Point, others: Points) -> float:
    """Returns the distance from a `point` to the nearest of `others`; infinite without any."""
    return float(np.hypot(*(others - point).T).min(initial=np.inf))


def toward(start: Point, end: Point, distance: float) -> Point:
    """Returns the point at a `distance` from `start` in the direction of `end`."""
    point: Point = start + (end - start) * (distance / np.hypot(*(end - start)))
    return point
