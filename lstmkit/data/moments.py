"""Mean and standard deviation of values that come piece by piece."""

import numpy as np
from jaxtyping import Float


class Moments:
    r"""Counts, means and squared deviations of channels, merged from piece to piece.

    Two pieces a and b have together (Chan, Golub and LeVeque 1983, equation 1.5)

    .. math::
        S = S_a + S_b + (m_b - m_a)^2 \frac{n_a n_b}{n_a + n_b}

    which loses no digits where the mean is large beside the deviation. Of a single piece the result
    is that of the plain formulas, to the last bit.

    Example:
        >>> moments = Moments()
        >>> for piece in ([[1.0]], [[3.0], [np.nan]]):
        ...     moments.add(np.array(piece))
        >>> moments.mean, moments.std
        (array([2.]), array([1.]))
    """

    def __init__(self) -> None:
        self._number: np.ndarray = np.zeros(0)
        self._mean: np.ndarray = np.zeros(0)
        self._squares: np.ndarray = np.zeros(0)

    def add(self, values: Float[np.ndarray, "rows channels"]) -> None:
        """Counts values in; missing ones (NaN) do not count."""
        known = ~np.isnan(values)
        number = known.sum(axis=0)
        mean = np.where(known, values, 0.0).sum(axis=0) / np.maximum(number, 1)
        squares = (np.where(known, values - mean, 0.0) ** 2).sum(axis=0)
        if not len(self._number):
            self._number, self._mean, self._squares = number, mean, squares
            return
        total = np.maximum(self._number + number, 1)
        off = mean - self._mean
        self._squares = self._squares + squares + off**2 * self._number * number / total
        self._mean = self._mean + off * number / total
        self._number = self._number + number

    def to_array(self) -> Float[np.ndarray, "3 channels"]:
        """Counts, means and squared deviations, for a file."""
        return np.stack([self._number, self._mean, self._squares])

    @classmethod
    def from_array(cls, told: Float[np.ndarray, "3 channels"]) -> "Moments":
        """The moments that `to_array` told."""
        moments = cls()
        moments._number = told[0].astype(np.int64)
        moments._mean, moments._squares = told[1:]
        return moments

    @property
    def mean(self) -> np.ndarray:
        """Means (C,); 0 where nothing is known."""
        return self._mean

    @property
    def std(self) -> np.ndarray:
        """Standard deviations (C,); 1 where a channel does not vary."""
        std = np.sqrt(self._squares / np.maximum(self._number, 1))
        # a channel that varies less than its own rounding errors is constant
        return np.where(std > 1e-12 * np.abs(self._mean), std, 1.0)
