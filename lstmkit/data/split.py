"""Cutting time into a part to learn from, one to choose by and one to judge by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lstmkit.errors import DataError, SettingsError

Part = Literal["train", "valid", "test"]
Parts = Sequence[float] | Sequence[int] | Literal["last"]

FRACTIONS = (0.7, 0.1, 0.2)


@dataclass(frozen=True)
class Split:
    """Row counts at which the parts of one series end; time runs train, valid, test.

    Attributes:
        train_end: Rows [0, train_end) are learnt from.
        valid_end: Rows [train_end, valid_end) choose the moment to stop.
        test_end: Rows [valid_end, test_end) judge the model.
    """

    train_end: int
    valid_end: int
    test_end: int

    @classmethod
    def of(
        cls,
        rows: int,
        parts: Parts = FRACTIONS,
        *,
        horizon: int = 1,
        name: str = "data",
    ) -> "Split":
        """Cuts a series in the order of time.

        The default 70 / 10 / 20 % is the split that the long-horizon benchmarks use (exchange
        rates, electricity, traffic), so that numbers compare.

        Args:
            rows: Rows of the series.
            parts: Three fractions that sum to 1, or three whole row counts (8640, 2880, 2880 for
                ETTh1), which may leave rows at the end unused; or "last": the last horizon of
                rows judges, the one before it chooses, and all others are learnt from, as in the M
                competitions.
            horizon: Steps of a forecast; with fractions, valid and test part hold at least as many
                rows.
            name: What the series is called in messages.

        Returns:
            The split.

        Raises:
            DataError: Too few rows for the parts or for the horizon.
            SettingsError: Parts that are none of these.

        Example:
            >>> Split.of(1000)
            Split(train_end=700, valid_end=800, test_end=1000)
            >>> Split.of(1000, "last", horizon=48)
            Split(train_end=904, valid_end=952, test_end=1000)
        """
        counts = _counts(rows, parts, horizon)
        needed = (2, horizon, horizon)
        if any(count < least for count, least in zip(counts, needed, strict=True)):
            raise DataError(
                f"{name}: expected at least {2 + 2 * horizon} rows, 2 to learn from and twice the "
                f"horizon of {horizon} to choose and to judge by, got {rows:,} rows cut into "
                f"{counts[0]:,} / {counts[1]:,} / {counts[2]:,}. Give more rows, or shorten the "
                "horizon."
            )
        if sum(counts) > rows:
            raise DataError(
                f"{name}: expected at least {sum(counts):,} rows for the parts {tuple(parts)}, got "
                f"{rows:,}. Give more rows, or smaller parts."
            )
        train, valid, test = counts
        return cls(train, train + valid, train + valid + test)

    def span(self, part: Part) -> tuple[int, int]:
        """First row of a part, and the first row after it.

        Example:
            >>> Split(700, 800, 1000).span("valid")
            (700, 800)
        """
        spans = {
            "train": (0, self.train_end),
            "valid": (self.train_end, self.valid_end),
            "test": (self.valid_end, self.test_end),
        }
        return spans[part]

    def origins(
        self, part: Part, *, horizon: int, lookback: int = 1, stride: int = 1
    ) -> np.ndarray:
        """Origins whose targets lie wholly inside a part; their past may reach before it.

        Args:
            part: Which part.
            horizon: Steps of a forecast.
            lookback: Rows that a window sees; in the training part, origins with less of a past
                are left out, unless no others fit.
            stride: Steps from one origin to the next.

        Returns:
            Row numbers of the last known row, int64, ascending; possibly none.

        Example:
            >>> Split(6, 8, 12).origins("test", horizon=2)
            array([7, 8, 9])
        """
        start, end = self.span(part)
        if part == "train":
            start = lookback if lookback + horizon <= end else 1
        return rolling_origins(start, end, horizon, stride)


def rolling_origins(start: int, end: int, horizon: int, stride: int = 1) -> np.ndarray:
    """Origins whose `horizon` targets lie in rows [start, end).

    Args:
        start: First row that may be a target, at least 1, for an origin needs a row.
        end: First row that may not be a target.
        horizon: Steps of a forecast.
        stride: Steps from one origin to the next.

    Returns:
        Row numbers of the last known row, int64, ascending: start - 1, start - 1 + stride, ....

    Example:
        >>> rolling_origins(10, 20, horizon=4, stride=3)
        array([ 9, 12, 15])
    """
    return np.arange(max(start, 1) - 1, end - horizon, stride, dtype=np.int64)


def all_origins(origins: Sequence[np.ndarray]) -> np.ndarray:
    """Joins the origins of several series.

    Args:
        origins: For each series its origins, int64.

    Returns:
        Pairs (series, row), int64 (N, 2), series by series.

    Example:
        >>> all_origins([np.array([4, 5]), np.array([7])]).tolist()
        [[0, 4], [0, 5], [1, 7]]
    """
    series = np.repeat(np.arange(len(origins)), [len(one) for one in origins])
    rows = np.concatenate([*origins, np.zeros(0, np.int64)]).astype(np.int64)
    return np.stack([series, rows], axis=1)


def _counts(rows: int, parts: Parts, horizon: int) -> tuple[int, int, int]:
    if parts == "last":
        return rows - 2 * horizon, horizon, horizon
    if isinstance(parts, str):
        raise SettingsError(
            f"Split: expected 'last', three fractions or three row counts, got {parts!r}."
        )
    if len(parts) == 3 and all(isinstance(part, int) and part > 0 for part in parts):
        train, valid, test = (int(part) for part in parts)
        return train, valid, test
    if len(parts) != 3 or min(parts) <= 0 or abs(sum(parts) - 1) > 1e-9:
        raise SettingsError(
            f"Split: expected three fractions above 0 that sum to 1, or three row counts, got "
            f"{tuple(parts)}. The default is {FRACTIONS}; 'last' judges by the last horizon."
        )
    test = max(round(rows * parts[2]), horizon)
    valid = max(round(rows * parts[1]), horizon)
    return rows - valid - test, valid, test
