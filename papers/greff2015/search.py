"""What a random search says: the best trials, tests between variants, shares of the variance."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from papers.records import Record

NAMES = ("rate", "hidden", "momentum", "noise")
BEST, POINTS, OTHERS = 5, 25, 500


def best(ones: Sequence[Record]) -> list[Record]:
    """The best tenth of the trials by validation, or five where there are fewer than fifty."""
    ordered = sorted(ones, key=lambda one: one["valid"])
    return ordered[: max(BEST, len(ones) // 10)]


def welch(ones: Sequence[Record], others: Sequence[Record]) -> float:
    """The p-value of Welch's test that two sets of trials have the same mean test loss."""
    from scipy.stats import ttest_ind

    tests = ([one["test"] for one in some] for some in (ones, others))
    with warnings.catch_warnings():
        # trials that have learned nothing are all alike, of which scipy warns
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(ttest_ind(*tests, equal_var=False).pvalue)


@dataclass(frozen=True, kw_only=True, slots=True)
class Importance:
    """What hyper-parameters do to the test loss, by functional analysis of variance.

    Attributes:
        shares: Part of the variance that each explains alone.
        at: For each, values between its lowest (0) and its highest (1).
        marginals: For each, the test loss at those values, a mean over all values of the others.
    """

    shares: dict[str, float]
    at: Float[ndarray, " points"]
    marginals: dict[str, Float[ndarray, " points"]]


def importance(ones: Sequence[Record]) -> Importance:
    r"""Splits the variance of a random forest that has learned the test loss of all trials.

    With all hyper-parameters uniform over their ranges, the share of one is
    :math:`\mathrm{Var}_x\, E[y \mid x] / \mathrm{Var}\, y` (Hutter, Hoos and Leyton-Brown 2014);
    the mean over the others is taken over 500 draws.

    Args:
        ones: Trials.
    """
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(100, min_samples_leaf=2, random_state=0)
    forest.fit(scaled(ones), [one["test"] for one in ones])
    at = (np.arange(POINTS) + 0.5) / POINTS
    drawn = np.random.default_rng(0).random((OTHERS, len(NAMES)))
    whole = forest.predict(drawn).var()
    marginals = {}
    for column, name in enumerate(NAMES):
        fixed = np.tile(drawn, (POINTS, 1))
        fixed[:, column] = np.repeat(at, OTHERS)
        marginals[name] = forest.predict(fixed).reshape(POINTS, OTHERS).mean(1)
    shares = {name: float(curve.var() / whole) for name, curve in marginals.items()}
    return Importance(shares=shares, at=at, marginals=marginals)


def scaled(ones: Sequence[Record]) -> Float[ndarray, "trials 4"]:
    """Hyper-parameters between 0 and 1, each uniform there as it was drawn."""
    columns = {name: np.array([one[name] for one in ones]) for name in NAMES}
    return np.stack(
        [
            (np.log10(columns["rate"]) + 6) / 4,
            np.log10(columns["hidden"] / 20),
            -np.log10(1 - columns["momentum"]) / 2,
            columns["noise"],
        ],
        axis=1,
    )
