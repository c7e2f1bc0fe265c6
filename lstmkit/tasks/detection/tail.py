"""How seldom a value is among clean ones, beyond the largest of them too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lstmkit.errors import DataError

LEAST = 20
"""Fewer clean values tell nothing of their tail."""
SHARE, MOST = 0.1, 50
FLATTEST = 0.05
KNOTS = 40


@dataclass(frozen=True, eq=False)
class Tail:
    r"""Turns logarithms of values into how seldom values so large are among clean ones.

    The surprise of a value is

    .. math::
        s(y) = -\log_{10} P(Y \ge y)

    so that 3 is what one clean value in 1,000 reaches. Up to the k-th largest of n clean values, u,
    it is counted. Beyond, the tail is taken for a power law (Hill 1975, equation 2.4), which is
    a straight line here because y is a logarithm:

    .. math::
        s(y) = \log_{10} \frac nk + \frac{y - u}{\xi \ln 10} , \qquad
        \xi = \frac1k \sum_{i=1}^{k} (y_{(i)} - u)

    k is a tenth of n, at most 50. Errors with a lighter tail are less surprising by this than they
    should be: false alarms come more seldom than stated, not more often.

    Attributes:
        values: Where the counted part bends, rising (K,).
        surprises: The surprise there (K,), rising.
        slope: Surprise for each unit of y beyond the last.
    """

    values: Float[np.ndarray, " knots"]
    surprises: Float[np.ndarray, " knots"]
    slope: float

    @classmethod
    def fit(cls, clean: Float[np.ndarray, " values"]) -> "Tail":
        """Learns from clean values.

        Args:
            clean: Logarithms, NaN where unknown.

        Returns:
            The tail.

        Raises:
            DataError: Fewer than 20 known values.
        """
        known = np.sort(clean[~np.isnan(clean)])
        number = len(known)
        if number < LEAST:
            raise DataError(
                f"Detector: expected at least {LEAST} clean steps to set the threshold by, got "
                f"{number}. Give longer series, or hold out more of them: validation=0.5."
            )
        beyond = int(np.clip(number * SHARE, LEAST / 4, MOST))
        bend = known[-beyond]
        slope = 1 / (max(float((known[-beyond:] - bend).mean()), FLATTEST) * np.log(10))
        ranks = np.unique(np.geomspace(beyond, number, KNOTS).astype(np.int64))
        values = np.unique(known[number - ranks])
        reached = number - np.searchsorted(known, values)
        return cls(values, -np.log10(reached / number), float(slope))

    def surprise(self, values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Returns how surprising logarithms of values are, in powers of ten; NaN stays NaN."""
        counted = np.interp(values, self.values, self.surprises)
        beyond = np.maximum(values - self.values[-1], 0.0) * self.slope
        found: np.ndarray = counted + beyond
        return found

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return {
            "values": self.values.tolist(),
            "surprises": self.surprises.tolist(),
            "slope": self.slope,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Tail":
        """The tail that `to_dict` described."""
        return cls(np.array(values["values"]), np.array(values["surprises"]), values["slope"])


def surprises(tails: Sequence[Tail], values: Float[np.ndarray, "time views"]) -> np.ndarray:
    """Returns the surprise of each view by its own tail (T, V)."""
    return np.stack([one.surprise(values[:, place]) for place, one in enumerate(tails)], axis=1)
