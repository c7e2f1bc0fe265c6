"""Clustering, against an independent program."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from lstmkit.inspect import sorted_units


def waves() -> np.ndarray:
    """Six units of three kinds, mixed."""
    rng = np.random.default_rng(0)
    kinds = rng.normal(size=(200, 3))
    return kinds[:, [0, 2, 1, 0, 1, 2]] + 0.1 * rng.normal(size=(200, 6))


def test_units_of_one_kind_stand_together() -> None:
    found = sorted_units(waves())
    assert sorted(found.units) == list(range(6))
    pairs = {frozenset(found.units[k : k + 2]) for k in (0, 2, 4)}
    assert pairs == {frozenset({0, 3}), frozenset({1, 5}), frozenset({2, 4})}
    assert found.groups == (0, 0, 1, 1, 2, 2)


@pytest.mark.parametrize("units", [2, 7, 30])
def test_heights_and_groups_are_those_of_scipy(units: int) -> None:
    rng = np.random.default_rng(units)
    values = (
        rng.normal(size=(40, units)) + 2 * rng.normal(size=(40, 3))[:, rng.integers(0, 3, units)]
    )
    distance = 1 - np.corrcoef(values.T)
    tree = linkage(squareform(distance, checks=False), method="average")
    found = sorted_units(values)
    np.testing.assert_allclose(found.heights, tree[:, 2], rtol=1e-9, atol=1e-12)
    theirs = fcluster(tree, 0.5, criterion="distance")[list(found.units)]
    own = np.array(found.groups)
    assert np.array_equal(own[:, None] == own, theirs[:, None] == theirs)


def test_a_unit_that_never_moves_is_alone() -> None:
    wave = np.sin(np.arange(30.0))
    found = sorted_units(np.stack([wave, np.ones(30), wave], 1))
    assert len(set(found.groups)) == 2
    assert found.groups[found.units.index(0)] == found.groups[found.units.index(2)]


@pytest.mark.parametrize(("steps", "units"), [(5, 1), (0, 3), (5, 0)])
def test_edges(steps: int, units: int) -> None:
    assert sorted(sorted_units(np.zeros((steps, units))).units) == list(range(units))
