"""Rows that follow others: read, checked, and joined to the last rows of their series."""

from dataclasses import replace

import numpy as np

from lstmkit.data.grid import Gaps, even_steps, steps_after
from lstmkit.data.rows import Rows
from lstmkit.data.series import ONLY, Series, SeriesSet
from lstmkit.data.series_table import Given, even_series, read_given, step_of
from lstmkit.errors import DataError


def read_following(
    source: object, kept: SeriesSet, *, gaps: Gaps = "error", what: str = "rows"
) -> SeriesSet:
    """Reads rows that come after those of some series, and joins them.

    Args:
        source: A path or a table in memory, with the columns of `kept`; rows of a series that is
            not among them begin it, also without a known target.
        kept: The series so far, or their last rows.
        gaps: "error" refuses missing rows; "fill" puts rows of missing values in their place.
        what: What a table in memory is called in messages.

    Returns:
        The series that there are rows of, in the order of `kept`, new ones last; each is what was
        kept of it with the new rows after that.

    Raises:
        DataError: What `read_series` refuses, and times that do not follow, times with a zone after
            times without, another static value.

    Example:
        >>> from lstmkit.data import Columns, read_series
        >>> kept = read_series({"day": [1, 2], "y": [3.0, 4.0]}, Columns.of("y", "day"))
        >>> read_following({"day": [3], "y": [5.0]}, kept)[0].target.ravel().tolist()
        [3.0, 4.0, 5.0]
    """
    given = read_given(source, kept.columns, what)
    _require_zone(given, kept)
    known = {one.name: one for one in kept}
    joined = {}
    for rows in given.groups:
        name = ONLY if rows.name is None else rows.name
        before = known.get(name)
        if before is None:
            one = _begun(given, rows, kept, gaps)
        else:
            one = _joined(before, given, rows, kept, gaps)
        joined[name] = one
    order = dict.fromkeys([*known, *joined])
    return replace(kept, series=tuple(joined[name] for name in order if name in joined))


def _begun(given: Given, rows: Rows, kept: SeriesSet, gaps: Gaps) -> Series:
    """A series that had no rows before."""
    steps = even_steps(rows, kept.frequency, gaps, kept.columns.time or "", given.place)
    return even_series(given, rows, steps, kept.frequency)


def _joined(before: Series, given: Given, rows: Rows, kept: SeriesSet, gaps: Gaps) -> Series:
    """A series with the rows that follow."""
    columns, frequency, last = kept.columns, kept.frequency, before.time[-1]
    if columns.time is None:
        rows = replace(rows, time=rows.time + last + 1)
    steps = steps_after(last, rows, frequency, gaps, columns.time or "", given.place)
    found = even_series(given, rows, steps - steps[0], frequency)
    _require_unchanged(before, found, given, rows)
    lacking = int(steps[0]) - 1
    between = frequency.times(last, np.arange(1, lacking + 1)) if lacking else before.time[:0]

    def join(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        return np.concatenate([old, np.full((lacking, old.shape[1]), np.nan), new])

    return replace(
        before,
        time=np.concatenate([before.time, between, found.time]),
        target=join(before.target, found.target),
        past=join(before.past, found.past),
        known=join(before.known, found.known),
    )


def _require_unchanged(before: Series, found: Series, given: Given, rows: Rows) -> None:
    """Refuses another value of a static column."""
    names = given.columns.static + given.columns.category
    for name, old, new in zip(names, before.static_words, found.static_words, strict=True):
        if old != new:
            raise DataError(
                f"{given.place.name}: expected {old} in static column {name!r}{rows.of} as in "
                f"the rows before, got {new}. Feed it unchanged."
            )


def _require_zone(given: Given, kept: SeriesSet) -> None:
    """Refuses dates after numbers, and times with a zone after times without."""
    come = step_of(given, kept.frequency).clock.zone
    zone = kept.frequency.clock.zone
    if bool(come) != bool(zone):
        words = ("without a zone", "with a zone")
        raise DataError(
            f"{given.place.name}: expected times {words[bool(zone)]} in time column "
            f"{kept.columns.time!r} as in the rows before, got some {words[bool(come)]}. Write the "
            "times alike."
        )
