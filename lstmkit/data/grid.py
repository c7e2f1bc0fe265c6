"""Rows at even steps: what is out of order, twice there, off the step or missing is found here."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lstmkit.data.frequency import Frequency
from lstmkit.data.place import Place
from lstmkit.errors import DataError

Gaps = Literal["error", "fill"]

# a table may grow this many times by filling; more is a step that was inferred wrongly
_GROWTH = 20


@dataclass(frozen=True)
class Rows:
    """The rows of one series in a table.

    Attributes:
        name: Name of the series; None where the table holds one series.
        index: Row numbers in the table from 0, int64 (rows,).
        time: Their times, datetime64[us] or int64 (rows,).
    """

    name: str | None
    index: np.ndarray
    time: np.ndarray


@dataclass(frozen=True)
class Grid:
    """Checks the time column of one table.

    Attributes:
        column: Name of the time column.
        place: What the table is called and how its rows are counted.
    """

    column: str
    place: Place

    def check_order(self, rows: Rows) -> None:
        """Checks that time runs forward.

        Args:
            rows: One series.

        Raises:
            DataError: A row is earlier than the one before it, or has the same time.
        """
        backward = np.flatnonzero(np.diff(rows.time) <= np.zeros(1, np.diff(rows.time).dtype))
        if not len(backward):
            return
        first = int(backward[0])
        before, after = rows.time[first], rows.time[first + 1]
        who = f"{self.place.name}: expected time column {self.column!r} to run forward"
        where = f"in {self.place.row(int(rows.index[first + 1]))}{_of(rows)}"
        if before == after:
            hint = (
                "Keep one row for each time"
                if rows.name is not None
                else "Keep one row for each time, or name the column that tells several series apart"
            )
            raise DataError(f"{who}, got {shown(after)} a second time {where}. {hint}.")
        raise DataError(
            f"{who}, got {shown(after)} after {shown(before)} {where}. Sort the rows by time."
        )

    def steps(self, rows: Rows, frequency: Frequency, gaps: Gaps) -> np.ndarray:
        """Counts the steps from the first row of a series to each.

        Args:
            rows: One series in the order of time.
            frequency: The step.
            gaps: "error" to refuse missing rows, "fill" to let them be filled.

        Returns:
            Steps (rows,), int64, from 0.

        Raises:
            DataError: A time off the step, or a gap where gaps are refused or too many to fill.
        """
        steps, even = frequency.places(rows.time)
        who = f"{self.place.name}: expected a row every {frequency.label} in {self.column!r}"
        if not even.all():
            off = int(np.flatnonzero(~even)[0])
            raise DataError(
                f"{who}, got {shown(rows.time[off])} after {shown(rows.time[off - 1])} in "
                f"{self.place.row(int(rows.index[off]))}{_of(rows)}. Resample the table to even "
                "steps, or leave the time column out to count rows instead."
            )
        skipped = np.flatnonzero(np.diff(steps) > 1)
        if not len(skipped):
            return steps
        first, missing = int(skipped[0]), int(steps[-1]) + 1 - len(steps)
        there = f"{shown(rows.time[first])} ({self.place.row(int(rows.index[first]))}){_of(rows)}"
        count = "1 gap" if len(skipped) == 1 else f"{len(skipped)} gaps"
        if steps[-1] + 1 > _GROWTH * (len(steps) + 50):
            raise DataError(
                f"{who}, got {count} with {missing:,} missing rows, the first after {there}: more "
                "than can be filled sensibly. Resample the table to even steps, or leave the time "
                "column out to count rows instead."
            )
        if gaps == "error":
            raise DataError(
                f"{who}, got {count} with {missing:,} missing rows, the first after {there}. Add "
                'the rows, or fill the gaps with missing values by gaps="fill" (--gaps fill).'
            )
        return steps


def shown(time: np.generic) -> str:
    """A time as a person writes it: no T, no empty fraction, no midnight."""
    if not isinstance(time, np.datetime64):
        return str(time)
    text = str(time.astype("datetime64[us]")).replace("T", " ").removesuffix(".000000")
    return text.removesuffix(" 00:00:00")


def _of(rows: Rows) -> str:
    return "" if rows.name is None else f" of series {rows.name!r}"
