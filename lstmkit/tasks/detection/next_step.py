"""What a network that forecasts the next step reads, and what its outputs mean."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from lstmkit.data.sequence_rows import SequenceRows
from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError
from lstmkit.tasks.sequence.preparation import SequencePreparation

WINDOW = 128
"""Steps of a training window; half of them are context where a part begins in mid-series."""
HALF = WINDOW // 2


def of_judged(
    values: Float[np.ndarray, "time channels"], judged: Bool[np.ndarray, " channels"]
) -> Float[np.ndarray, "time channels"]:
    """Values of the channels that are judged, NaN in the others."""
    found: np.ndarray = np.where(judged, values, np.nan)
    return found


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
    sequences: Sequences,
    prepared: SequencePreparation,
    counted: Sequence[np.ndarray],
    judged: Bool[np.ndarray, " channels"],
) -> SequenceRows:
    """Cuts series into windows to learn from.

    Args:
        sequences: Series.
        prepared: Their scales.
        counted: For each the steps (T,) whose forecasts count. A window reaches back to 64 steps
            before the first of them.
        judged: Which channels count.

    Returns:
        Rows with "target" and "weight" (W, C) at each step: the change to the next step, and 1
        where it counts; and "own", 1 where the step itself is known and counts.

    Raises:
        DataError: No step follows another.
    """
    static = prepared.static_inputs(sequences.static)
    found: list[dict[str, np.ndarray]] = []
    numbers: list[np.ndarray] = []
    for place, inputs in enumerate(prepared.inputs(sequences)):
        values, which = of_judged(sequences.values[place], judged), counted[place]
        followed = np.append(foretold(values, which)[1:], False)
        spans = windows(followed)
        found += cut_windows(inputs, prepared.scaler.scale(values), which, spans)
        numbers += [static[place]] * len(spans)
    require_windows(len(found))
    return window_rows(found, numbers)


def require_windows(number: int) -> None:
    """Refuses to go on without any windows.

    Raises:
        DataError: No step follows another.
    """
    if not number:
        raise DataError(
            "Detector: expected series in which a known step follows another, to learn from and to "
            "hold out, got none. Give longer series."
        )


def foretold(values: Float[np.ndarray, "time channels"], counted: np.ndarray) -> np.ndarray:
    """The steps (T,) whose forecasts count: those `counted` of which some channel is known."""
    known: np.ndarray = counted & ~np.isnan(values).all(1)
    return known


def cut_windows(
    inputs: Float[np.ndarray, "time inputs"],
    scaled: Float[np.ndarray, "time channels"],
    counted: np.ndarray,
    spans: Sequence[tuple[int, int]],
    begin: int = 0,
) -> list[dict[str, np.ndarray]]:
    """Cuts windows out of steps of a series.

    Args:
        inputs: Inputs of the steps.
        scaled: Their scaled values, NaN where missing.
        counted: Which of them count (T,).
        spans: First step and end of each window in the series; the step at the end is there too,
            if the series has one.
        begin: Number in the series of the first of these steps.

    Returns:
        For each window what `training_rows` tells of its steps, and "steps", their inputs.
    """
    change = changes(inputs, scaled)
    # the forecast of a step is made at the one before
    wanted = np.append(counted[1:], False)[:, None] & ~np.isnan(change)
    known = counted[:, None] & ~np.isnan(scaled)
    found = []
    for first, last in spans:
        piece = slice(first - begin, last - begin)
        fresh = np.arange(first, last)[:, None] >= (first + HALF if first else 0)
        found.append(
            {
                "steps": inputs[piece],
                "target": np.nan_to_num(change[piece]),
                "weight": (wanted[piece] & fresh).astype(np.float64),
                "own": (known[piece] & fresh).astype(np.float64),
            }
        )
    return found


def window_rows(
    found: Sequence[dict[str, np.ndarray]], static: Sequence[np.ndarray]
) -> SequenceRows:
    """Windows as rows.

    Args:
        found: What `cut_windows` found, at least one.
        static: For each the inputs that the numbers of its series become.
    """
    by_step = {name: [one[name] for one in found] for name in ("target", "weight", "own")}
    return SequenceRows([one["steps"] for one in found], {"static": np.stack(static)}, by_step)


def windows(wanted: np.ndarray) -> list[tuple[int, int]]:
    """First and end of windows of 128 steps, each half over the one before, over `wanted` steps.

    Example:
        >>> windows(np.arange(300) >= 150)
        [(86, 214), (150, 278), (214, 300)]
    """
    places = np.flatnonzero(wanted)
    if not len(places):
        return []
    first, end = window_starts(places[:1], places[-1:])
    starts, last = range(int(first[0]), int(end[0]), HALF), int(places[-1]) + 1
    return [(start, min(start + WINDOW, last)) for start in starts]


def window_starts(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the first window over wanted steps begins, and before where the last one does.

    Args:
        first: The first wanted step of each series.
        last: The last wanted step of each; -1 where none is wanted.

    Example:
        >>> window_starts(np.array([150, 0]), np.array([299, -1]))
        (array([86,  0]), array([236,   0]))
    """
    begin = np.where(last < 0, 0, np.maximum(first - HALF, 0))
    return begin, np.where(last < 0, 0, np.maximum(last + 1 - HALF, begin + 1))
