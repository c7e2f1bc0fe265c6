"""What a forecaster of counts may learn from: whole numbers from 0."""

import numpy as np

from lstmkit.data import SeriesSet
from lstmkit.errors import DataError


def require_counts(series: SeriesSet) -> None:
    """Refuses targets that are no counts; missing ones may be.

    Args:
        series: The series.

    Raises:
        DataError: A target below 0 or between two whole numbers, with its place.
    """
    for one in series:
        wrong = np.argwhere((one.target < 0) | (np.floor(one.target) < one.target))
        if len(wrong):
            row, column = wrong[0]
            time = series.frequency.clock.shown(one.time[row])
            raise DataError(
                "Forecaster: expected counts, whole numbers from 0, in target column "
                f"{series.columns.target[column]!r} with preset 'counts', got "
                f"{one.target[row, column]:.12g} at {time} of series {one.name!r}. Mend the "
                "value, leave it empty if it is not known, or take preset 'steps'."
            )
