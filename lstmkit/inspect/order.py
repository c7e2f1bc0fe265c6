"""An order of units in which those that do alike stand together."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

# units whose correlation is below this on average belong to different groups
ALIKE = 0.5


@dataclass(frozen=True)
class Order:
    """Units sorted for a picture.

    Attributes:
        units: Numbers of the units, from top to bottom.
        groups: For each of them, in this order, the number of its group, from 0.
        heights: Distances 1 - r at which the groups were merged, in the order of merging.
    """

    units: tuple[int, ...]
    groups: tuple[int, ...]
    heights: tuple[float, ...]


def sorted_units(values: Float[np.ndarray, "steps units"]) -> Order:
    r"""Clusters units by how they move together.

    Average linkage (Sokal and Michener 1958) on the distance 1 - r, where r is the correlation of
    two units over all steps; of the four ways in which two groups can be put side by side the one
    is taken whose touching units are nearest.

    Args:
        values: What the units said, such as `trace.steps("h")`.

    Returns:
        The order. Units whose mean distance is below 0.5 form a group.

    Example:
        >>> wave = np.sin(np.arange(50.0))
        >>> sorted_units(np.stack([wave, -wave, 2 * wave], 1)).groups
        (0, 0, 1)
    """
    distance = _distances(values)
    number = len(distance)
    leaves: dict[int, list[int]] = {unit: [unit] for unit in range(number)}
    group = {unit: unit for unit in range(number)}
    mean = distance.copy()
    np.fill_diagonal(mean, np.inf)
    heights = []
    for _ in range(number - 1):
        one, other = sorted(divmod(int(mean.argmin()), number))
        heights.append(float(mean[one, other]))
        if heights[-1] < 1 - ALIKE:
            merged = group[leaves[one][0]]
            group |= dict.fromkeys(leaves[other], merged)
        sizes = len(leaves[one]), len(leaves[other])
        leaves[one] = _side_by_side(leaves[one], leaves.pop(other), distance)
        joined = (sizes[0] * mean[one] + sizes[1] * mean[other]) / sum(sizes)
        mean[one], mean[:, one] = joined, joined
        mean[other], mean[:, other], mean[one, one] = np.inf, np.inf, np.inf
    units = tuple(next(iter(leaves.values()))) if leaves else ()
    numbers: dict[int, int] = {}
    groups = tuple(numbers.setdefault(group[unit], len(numbers)) for unit in units)
    return Order(units, groups, tuple(heights))


def _distances(values: np.ndarray) -> np.ndarray:
    """1 - r for each pair; a unit that never moves is alike to no other."""
    centred = values - values.mean(0) if len(values) else values
    norm = np.linalg.norm(centred, axis=0)
    unit = np.divide(centred, norm, out=np.zeros_like(centred), where=norm > 1e-12)
    distances: np.ndarray = 1 - unit.T @ unit
    return distances


def _side_by_side(one: list[int], other: list[int], distance: np.ndarray) -> list[int]:
    ways = [(left, right) for left in (one, one[::-1]) for right in (other, other[::-1])]
    left, right = min(ways, key=lambda way: distance[way[0][-1], way[1][0]])
    return left + right
