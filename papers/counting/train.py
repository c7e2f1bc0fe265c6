"""Two ways to train counters, both online: gradient descent, and a Kalman filter."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from papers.counting.filter import Filter
from papers.counting.language import at
from papers.counting.net import counters, reach
from papers.online import Nets

LONGEST = 10
RATE, MOMENTUM = 1e-5, 0.99
# both go from one end to the other by equal factors, over so many strings
START, MEASUREMENT, PROCESS, ANNEALED = 100.0, (100.0, 1.0), (1e-1, 1e-3), 1000

# changes all nets by their errors, given how many strings each has seen
Update = Callable[[np.ndarray, np.ndarray], None]


def by_gradient(
    letters: int, seeds: Sequence[int], *, strings: int, every: int, limit: int
) -> list[dict[str, Any]]:
    """Trains nets by plain descent with momentum, along the truncated gradient.

    Args:
        letters: 2 or 3.
        seeds: Of weights and strings, one for each net.
        strings: How many each net sees.
        every: Strings between two tests.
        limit: Largest n that is tried.

    Returns:
        For each net whether it learned n up to 10, after how many strings, how far it counted
        then, how far at its best, after how many strings that was, and seconds.
    """
    nets = counters(letters, list(seeds), MOMENTUM)

    def update(error: np.ndarray, _: np.ndarray) -> None:
        nets.learn(error, RATE)

    return _train(nets, letters, seeds, update, strings, every, limit)


def by_filter(
    letters: int, seeds: Sequence[int], *, strings: int, every: int, limit: int
) -> list[dict[str, Any]]:
    """Trains nets by a Kalman filter; arguments and results are those of `by_gradient`."""
    nets = counters(letters, list(seeds))
    rule = Filter(nets, START)

    def update(error: np.ndarray, seen: np.ndarray) -> None:
        part = np.minimum(1.0, seen / ANNEALED)
        rule.update(error, _between(MEASUREMENT, part), _between(PROCESS, part))

    return _train(nets, letters, seeds, update, strings, every, limit)


def _train(
    nets: Nets,
    letters: int,
    seeds: Sequence[int],
    update: Update,
    strings: int,
    every: int,
    limit: int,
) -> list[dict[str, Any]]:
    began, count = time.process_time(), len(seeds)
    draws = [np.random.default_rng((2001, seed)) for seed in seeds]
    step, n = np.zeros(count, dtype=int), np.array([1 + d.integers(LONGEST) for d in draws])
    seen, done = np.zeros(count, dtype=int), np.zeros(count, dtype=bool)
    found = [{"learned": None, "first": 0, "reach": 0, "at": 0} for _ in seeds]
    eye = np.eye(letters + 1)
    while not done.all():
        symbol, may_follow = at(letters, n, step)
        outputs = nets.step(eye[symbol])
        update(np.where(may_follow, 1.0, -1.0) - outputs, seen)
        step += 1
        over = step > letters * n
        if over.any():
            nets.reset(over)
            step[over], seen = 0, seen + over
            for place in np.flatnonzero(over):
                n[place] = 1 + draws[place].integers(LONGEST)
            for place in np.flatnonzero(over & (seen % every == 0) & ~done):
                got = reach(nets.select(np.array([place])), letters, limit)
                _note(found[place], got, int(seen[place]))
                done[place] = got == limit or seen[place] >= strings
    spent = (time.process_time() - began) / count
    return [one | {"solved": one["learned"] is not None, "seconds": spent} for one in found]


def _note(found: dict[str, Any], got: int, seen: int) -> None:
    """Keeps what a test showed."""
    if got >= LONGEST and found["learned"] is None:
        found.update(learned=seen, first=got)
    if got > found["reach"]:
        found.update(reach=got, at=seen)


def _between(ends: tuple[float, float], part: np.ndarray) -> np.ndarray:
    """Goes from one end to the other by equal factors."""
    return np.asarray(ends[0] ** (1.0 - part) * ends[1] ** part)
