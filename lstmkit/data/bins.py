"""Steps at irregular times, gathered into bins of equal width."""

from dataclasses import replace

import numpy as np

from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError, SettingsError


def in_bins(
    sequences: Sequences, width: float, *, number: int | None = None, start: float = 0.0
) -> Sequences:
    r"""Gathers the steps of each sequence into bins of equal width, so that steps are even.

    A channel of a bin is the mean of its known values there, NaN where there are none. Hundreds of
    measurements of one or two channels each become a few dozen steps in which most channels are
    known. A task then shows the network what is missing, and since when. Bin b holds the times

    .. math::
        \mathrm{start} + b\,\mathrm{width} \le s < \mathrm{start} + (b + 1)\,\mathrm{width}

    and the last bin its right end too.

    Args:
        sequences: Sequences whose steps have times.
        width: Width of a bin, in the unit of the times.
        number: Bins of every sequence; steps that lie in none of them are left out. None takes as
            many for each sequence as reach its last step.
        start: Time at which the first bin begins; steps before it are left out.

    Returns:
        Sequences of even steps with the same channels, names and static numbers.

    Raises:
        DataError: Steps without times, or a sequence that ends before `start`.
        SettingsError: A width that is not above 0, or a number below 1.

    Example:
        >>> from lstmkit.data import to_sequences
        >>> found = to_sequences([[1.0, 3.0, 5.0]], times=[[0.1, 0.9, 2.5]])
        >>> in_bins(found, 1.0).values[0].ravel().tolist()
        [2.0, nan, 5.0]
    """
    if width <= 0 or (number is not None and number < 1):
        raise SettingsError(
            f"in_bins: expected a width above 0 and at least 1 bin, got width {width} and number "
            f"{number}. Give the width in the unit of the times."
        )
    if sequences.times is None:
        raise DataError(
            "in_bins: expected sequences whose steps have times, got even steps. Give times to "
            "to_sequences, or name the column of times."
        )
    values = []
    for name, steps, times in zip(sequences.names, sequences, sequences.times, strict=True):
        if number is None and times[-1] < start:
            raise DataError(
                f"in_bins: expected steps from {start:g} on, got sequence {name!r}, which ends at "
                f"{times[-1]:g}. Leave it out, or begin earlier."
            )
        place = np.floor((times - start) / width).astype(np.int64)
        bins = int(place[-1]) + 1 if number is None else number
        place[times == start + bins * width] = bins - 1
        values.append(_means(steps, place, bins))
    return replace(sequences, values=tuple(values), times=None, dates=None)


def _means(steps: np.ndarray, place: np.ndarray, bins: int) -> np.ndarray:
    """Means of the known values of each bin (bins, C)."""
    inside = (place >= 0) & (place < bins)
    steps, place = steps[inside], place[inside]
    sums, known = np.zeros((2, bins, steps.shape[1]))
    np.add.at(sums, place, np.nan_to_num(steps))
    np.add.at(known, place, ~np.isnan(steps))
    return np.where(known > 0, sums / np.maximum(known, 1), np.nan)
