"""Missing values: carried forward from what was known before, never from what comes after."""

import numpy as np


def fill_forward(
    values: np.ndarray, season: int = 1, before: np.ndarray | None = None
) -> np.ndarray:
    """Replaces each missing value by the last known one, or by that of the last known season.

    Row t of the result depends on rows up to t alone, so that it is known at the origin t.

    Args:
        values: Values (T, C), NaN where missing.
        season: Steps of a season: a missing value is taken from one season earlier, or as many
            as it takes; what no earlier season knows, from the last known row.
        before: What `last_known` tells of the rows before these (season, C); None without any.

    Returns:
        New values (T, C); NaN only before the first known value of a channel.

    Example:
        >>> fill_forward(np.array([[1.0], [2.0], [np.nan], [np.nan]]), season=2).ravel().tolist()
        [1.0, 2.0, 1.0, 2.0]
    """
    filled = values.copy()
    if not np.isnan(values).any():
        return filled
    if before is not None:
        return fill_forward(np.concatenate([before, values]), season)[len(before) :]
    for step in (season, 1) if season > 1 else (1,):
        filled = _carry(filled, step)
    return filled


def last_known(values: np.ndarray, season: int = 1, before: np.ndarray | None = None) -> np.ndarray:
    """Tells all that rows leave behind for `fill_forward` of the rows after them.

    Args:
        values: Values (T, C), NaN where missing.
        season: Steps of a season.
        before: What this told of the rows before; None without any.

    Returns:
        The last known value at each place of a season (season, C), as rows that end where the
        values end; NaN where none is known.

    Example:
        >>> last_known(np.array([[1.0], [2.0], [3.0], [np.nan]]), season=2).ravel().tolist()
        [3.0, 2.0]
    """
    first = np.full((season, values.shape[1]), np.nan) if before is None else before
    return _carry(np.concatenate([first, values]), season)[-season:]


def _carry(values: np.ndarray, season: int) -> np.ndarray:
    """Carries forward in strides of a season: rows become (cycle, phase), then along cycles."""
    num_rows, channels = values.shape
    cycles = -(-num_rows // season)
    padded = np.full((cycles * season, channels), np.nan, values.dtype)
    padded[:num_rows] = values
    table = padded.reshape(cycles, season * channels)
    known = np.where(np.isnan(table), 0, np.arange(cycles)[:, None])
    last = np.maximum.accumulate(known, axis=0)
    carried = np.take_along_axis(table, last, axis=0)
    return carried.reshape(cycles * season, channels)[:num_rows]
