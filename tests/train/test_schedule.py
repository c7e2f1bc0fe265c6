"""The learning rate over a run."""

import itertools
import math

import pytest

from lstmkit.train.schedule import FLOOR, learning_rate


def test_the_rate_climbs_to_its_peak_and_then_only_falls() -> None:
    rates = [learning_rate(step, 200, 0.5) for step in range(200)]
    assert rates[:10] == pytest.approx([0.05 * (step + 1) for step in range(10)])
    assert max(rates) == 0.5
    assert all(a > b for a, b in itertools.pairwise(rates[9:]))
    assert rates[-1] == pytest.approx(FLOOR * 0.5)


def test_the_fall_is_half_a_cosine() -> None:
    middle = learning_rate(10 + 95 - 1, 200, 1.0)
    assert middle == pytest.approx(FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi / 2)) / 2)


@pytest.mark.parametrize("num_steps", [1, 2, 3])
def test_the_shortest_runs_have_rates_above_zero(num_steps: int) -> None:
    rates = [learning_rate(step, num_steps, 1.0) for step in range(num_steps)]
    assert rates[0] == 1.0
    assert min(rates) > 0
