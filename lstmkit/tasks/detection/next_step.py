"""What a network that forecasts the next step reads, and what its outputs mean."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lstmkit.data.sequence_rows import SequenceRows
from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError
from lstmkit.tasks.sequence.preparation import SequencePreparation

WINDOW = 128
"""Steps of a training window; half of them are context where a part begins in mid-series."""


def changes(inputs: Float[np.ndarray, "time inputs"], scaled: np.ndarray) -> np.ndarray:
    """What each channel's next value differs by from its last known one (T, C).

    Args:
        inputs: Inputs of a series, the channels' last known values first.
        scaled: Its scaled values (T, C), NaN where missing.

    Returns:
        The changes, NaN where the next value is missing or there is none.
    """
    after = np.full_like(scaled, np.nan)
    after[:-1] = scaled[1:] - inputs[:-1, : scaled.shape[1]]
    return after


def training_rows(
    sequences: Sequences, prepared: SequencePreparation, counted: Sequence[np.ndarray]
) -> SequenceRows:
    """Cuts series into windows to learn from.

    Args:
        sequences: Series.
        prepared: Their scales.
        counted: For each the steps (T,) whose forecasts count. A window reaches back to 64 steps
            before the first of them.

    Returns:
        Rows with "target" and "weight" (W, C) at each step: the change to the next step, and 1
        where it counts; and "own", 1 where the step itself is known and counts.

    Raises:
        DataError: No step follows another.
    """
    static = prepared.static_inputs(sequences.static)
    steps, targets, weights, own, numbers = [], [], [], [], []
    for place, inputs in enumerate(prepared.inputs(sequences)):
        change = changes(inputs, prepared.scaler.scale(sequences.values[place]))
        # the forecast of a step is made at the one before
        wanted = np.append(counted[place][1:], False)[:, None] & ~np.isnan(change)
        known = counted[place][:, None] & ~np.isnan(sequences.values[place])
        for first, last in windows(wanted.any(1)):
            piece = slice(first, last)
            fresh = np.arange(first, last)[:, None] >= (first + WINDOW // 2 if first else 0)
            steps.append(inputs[piece])
            targets.append(np.nan_to_num(change[piece]))
            weights.append((wanted[piece] & fresh).astype(np.float64))
            own.append((known[piece] & fresh).astype(np.float64))
            numbers.append(static[place])
    if not steps:
        raise DataError(
            "Detector: expected series in which a known step follows another, to learn from and to "
            "hold out, got none. Give longer series."
        )
    by_step = {"target": targets, "weight": weights, "own": own}
    return SequenceRows(steps, {"static": np.stack(numbers)}, by_step)


def windows(wanted: np.ndarray) -> list[tuple[int, int]]:
    """First and end of windows of 128 steps, each half over the one before, over `wanted` steps.

    Example:
        >>> windows(np.arange(300) >= 150)
        [(86, 214), (150, 278), (214, 300)]
    """
    places = np.flatnonzero(wanted)
    if not len(places):
        return []
    half = WINDOW // 2
    first, last = max(0, int(places[0]) - half), int(places[-1]) + 1
    starts = range(first, max(last - half, first + 1), half)
    return [(start, min(start + WINDOW, last)) for start in starts]
