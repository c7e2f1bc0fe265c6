"""Hours of steps as the dates that a table gave."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float

from lstmkit.data.clock import Clock

HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True)
class Dates:
    """What the hours of steps count from, and how their table writes times.

    Attributes:
        since: Hour 0, datetime64[us], in UTC where there is a zone.
        clock: How the column writes times.

    Example:
        >>> dates = Dates(np.datetime64("2024-02-28T12:00", "us"), Clock())
        >>> dates.written(np.array([0.25])).to_list()
        [datetime.datetime(2024, 2, 28, 12, 15)]
    """

    since: np.datetime64
    clock: Clock

    def hours(self, time: np.ndarray) -> Float[np.ndarray, " rows"]:
        """Times, datetime64[us], as hours."""
        hours: np.ndarray = (time - self.since) / HOUR
        return hours

    def written(self, hours: Float[np.ndarray, " rows"]) -> pl.Series:
        """Hours as the table writes times, to the microsecond within 40 years of hour 0."""
        return self.clock.written(self._times(hours))

    def shown(self, hours: Float[np.ndarray, " rows"]) -> list[str]:
        """Hours as a person writes times."""
        return [self.clock.shown(time) for time in self._times(hours)]

    def _times(self, hours: np.ndarray) -> np.ndarray:
        microseconds = np.rint(hours * (HOUR / np.timedelta64(1, "us"))).astype(np.int64)
        times: np.ndarray = self.since + microseconds.astype("timedelta64[us]")
        return times
