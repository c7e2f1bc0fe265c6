"""Rows at even steps: times off the step are refused, gaps refused or counted for filling."""

from typing import Literal

import numpy as np

from lstmkit.data.frequency import Frequency
from lstmkit.data.place import Place
from lstmkit.data.rows import Rows
from lstmkit.errors import DataError

Gaps = Literal["error", "fill"]

# a table may grow this many times by filling; more is a step that was inferred wrongly
_GROWTH = 20
_EVEN = "Resample the table to even steps, or leave the time column out to count rows instead."


def even_steps(
    rows: Rows, frequency: Frequency, gaps: Gaps, column: str, place: Place
) -> np.ndarray:
    """Counts the steps from the first row of a series to each.

    Args:
        rows: One series in the order of time.
        frequency: The step.
        gaps: "error" to refuse missing rows, "fill" to let them be filled.
        column: Name of the time column.
        place: What the table is called and how its rows are counted.

    Returns:
        Steps (rows,), int64, from 0.

    Raises:
        DataError: A time off the step, or a gap where gaps are refused or too many to fill.
    """
    steps, even = frequency.places(rows.time)
    shown = frequency.clock.shown
    who = f"{place.name}: expected a row every {frequency.label} in time column {column!r}"
    if not even.all():
        off = int(np.flatnonzero(~even)[0])
        raise DataError(
            f"{who}, got {shown(rows.time[off])} after {shown(rows.time[max(off - 1, 0)])} in "
            f"{place.row(int(rows.index[off]))}{rows.of}. {_EVEN}"
        )
    skipped = np.flatnonzero(np.diff(steps) > 1)
    if not len(skipped):
        return steps
    first, missing = int(skipped[0]), int(steps[-1]) + 1 - len(steps)
    number = "1 gap" if len(skipped) == 1 else f"{len(skipped):,} gaps"
    lack = "1 missing row" if missing == 1 else f"{missing:,} missing rows"
    what = (
        f"{number} with {lack}{rows.of}, the first after {shown(rows.time[first])} "
        f"({place.row(int(rows.index[first]))})"
    )
    if steps[-1] + 1 > _GROWTH * (len(steps) + 50):
        raise DataError(f"{who}, got {what}: more than can be filled sensibly. {_EVEN}")
    if gaps == "error":
        raise DataError(
            f'{who}, got {what}. Add the rows, or fill the gaps with missing values by gaps="fill" '
            "(--gaps fill)."
        )
    return steps


def steps_after(
    last: np.generic, rows: Rows, frequency: Frequency, gaps: Gaps, column: str, place: Place
) -> np.ndarray:
    """Counts the steps from a last row to each of those that follow it.

    Args:
        last: Time of the last row, datetime64[us] or int64.
        rows: What follows, in the order of time.
        frequency: The step.
        gaps: "error" to refuse missing rows, "fill" to let them be filled.
        column: Name of the time column.
        place: What the table is called and how its rows are counted.

    Returns:
        Steps (rows,), int64, from 1.

    Raises:
        DataError: A time that is not after the last, or off the step, or a gap where gaps are
            refused or too many to fill; the message says which time was expected.
    """
    time = np.concatenate([np.asarray([last]), rows.time])
    steps, even = frequency.places(time)
    off, skipped = np.flatnonzero(~even[1:]), np.flatnonzero(np.diff(steps) > 1)
    if time[1] <= last:
        first, remedy = 0, "Feed each row once, in the order of time."
    elif len(off):
        first, remedy = int(off[0]), _EVEN
    elif len(skipped) and gaps == "error":
        first = int(skipped[0])
        remedy = (
            'Feed the rows between, or take them as missing values by gaps="fill" (--gaps fill).'
        )
    elif steps[-1] > _GROWTH * (len(rows.time) + 50):
        first, remedy = int(skipped[0]), f"More is missing than can be filled sensibly. {_EVEN}"
    else:
        return steps[1:]
    expected = frequency.times(last, steps[first : first + 1] + 1)[0]
    shown = frequency.clock.shown
    where = f" in {place.row(int(rows.index[first]))}" if len(rows.index) > 1 else ""
    raise DataError(
        f"{place.name}: expected {shown(expected)} next in time column {column!r}{rows.of}, after "
        f"{shown(time[first])}, got {shown(time[first + 1])}{where}. {remedy}"
    )
