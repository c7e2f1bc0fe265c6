"""Time series with their covariates, at even steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lstmkit.data.columns import Columns
from lstmkit.data.frequency import Frequency
from lstmkit.data.missing import last_known

ONLY = "series"
"""Name of the series of a table without a series column."""


@dataclass(frozen=True, eq=False)
class Series:
    """One time series at even steps; T rows.

    Attributes:
        name: What its column of series names calls it; "series" where there is no such column.
        time: Times (T,): datetime64[us], in UTC where the column has a zone, or int64.
        target: Values to forecast (T, K), float64, NaN where missing.
        past: Covariates known up to the origin (T, P), float64, NaN where missing.
        known: Covariates known ahead (T, Q), float64, NaN where missing.
        static: Numbers of the whole series (N,), float64, NaN where missing.
        category: Categories of the whole series (S,); "" where missing.
        before: What rows before the first, which are kept no longer, leave to fill missing values
            by: for each length of season what `last_known` tells of target, past and known
            (season, K + P + Q). Empty where the series begins here, or nothing is missing.
    """

    name: str
    time: np.ndarray
    target: np.ndarray
    past: np.ndarray
    known: np.ndarray
    static: np.ndarray
    category: tuple[str, ...]
    before: Mapping[int, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of rows T."""
        return len(self.time)

    @property
    def begun(self) -> np.ndarray:
        """Of which targets a value is known, in these rows or before them (K,)."""
        known, earlier = [~np.isnan(self.target)], self.before.get(1)
        if earlier is not None:
            known.append(~np.isnan(earlier[:, : self.target.shape[1]]))
        return np.asarray(np.concatenate(known).any(axis=0))

    @property
    def static_words(self) -> tuple[str, ...]:
        """What static columns hold, numbers and then categories, as messages say it."""
        return (*map(repr, self.static.tolist()), *map(repr, self.category))

    def tail(self, rows: int, seasons: Sequence[int]) -> "Series":
        """Keeps the last rows, from which missing values are filled as from all of them.

        Args:
            rows: How many to keep, at least the longest season.
            seasons: Lengths of the seasons that missing values are filled by.

        Returns:
            The series without the rows before them.
        """
        gone = len(self) - rows
        if gone <= 0:
            return self
        numbers = np.concatenate([self.target, self.past, self.known], axis=1)
        before = {
            season: last_known(numbers[:gone], season, self.before.get(season))
            for season in {1, *seasons}
        }
        return replace(
            self,
            # copies, for what is cut off shall not stay in memory
            time=self.time[gone:].copy(),
            target=self.target[gone:].copy(),
            past=self.past[gone:].copy(),
            known=self.known[gone:].copy(),
            # where nothing is missing, nothing asks for what came before, nor ever will
            before=before if np.isnan(numbers[gone:]).any() else {},
        )


@dataclass(frozen=True, eq=False)
class SeriesSet:
    """Series of one table, which share columns and step.

    Attributes:
        series: In the order in which they first appear in the table.
        columns: The columns read.
        frequency: The step from row to row, the same for all.
        notices: What was found missing and what was done about it, in sentences.
    """

    series: tuple[Series, ...]
    columns: Columns
    frequency: Frequency
    notices: tuple[str, ...]

    def __len__(self) -> int:
        """Number of series."""
        return len(self.series)

    def __iter__(self) -> Iterator[Series]:
        """The series in order."""
        return iter(self.series)

    def __getitem__(self, index: int) -> Series:
        """The series at a place, from 0."""
        return self.series[index]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the series in order."""
        return tuple(one.name for one in self.series)
