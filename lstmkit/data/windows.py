"""Windows over series: what is known at an origin, and what comes after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from lstmkit.data.missing import fill_forward
from lstmkit.errors import DataError


@dataclass(frozen=True, eq=False)
class Channels:
    """One series as numbers for a model, scaled and filled.

    Attributes:
        inputs: Channels known up to the origin (T, C), without NaN.
        known: Channels known ahead (T + E, G), without NaN; E at least the horizon where an origin
            lies in the last row.
        target: Values to forecast (T, K), NaN where missing.
        static: Channels of the whole series (S,).
        before: For each season what `last_known` tells of the targets before the first row
            (season, K); empty where there were none.
    """

    inputs: np.ndarray
    known: np.ndarray
    target: np.ndarray
    static: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    before: Mapping[int, np.ndarray] = field(default_factory=dict)


class Windows:
    """Rows for training and forecasting, cut out of series on demand.

    All series lie once in memory, one after the other, with room before each for windows that
    start before it; a batch is one copy out of them. A window that reaches before the first row of
    its series is zero there, and `valid` is False. The forecast of origin t sees `inputs` and
    `target` up to row t and `known` up to row t + horizon, nothing else.

    Args:
        series: The series; equal numbers of channels, any lengths.
        origins: Pairs (series, row of the last known value), int64 (N, 2).
        lookback: Rows that a window sees, the origin the last of them.
        horizon: Rows after the origin.
        seasons: Lengths of seasons, in steps, whose last known values are given for each step
            ahead.

    Raises:
        DataError: An origin outside its series, or known channels that end before the horizon.

    Example:
        >>> row = np.arange(6.0)[:, None]
        >>> windows = Windows([Channels(row, row, row)], np.array([[0, 3]]), lookback=2, horizon=2)
        >>> batch = windows.batch(np.array([0]))
        >>> batch["past"].flatten().tolist(), batch["target"].flatten().tolist()
        ([2.0, 3.0], [4.0, 5.0])
    """

    def __init__(
        self,
        series: Sequence[Channels],
        origins: np.ndarray,
        *,
        lookback: int,
        horizon: int,
        seasons: tuple[int, ...] = (),
    ) -> None:
        """Joins the series; see the class."""
        self.lookback, self.horizon, self.seasons = lookback, horizon, seasons
        self.origins = np.asarray(origins, np.int64).reshape(-1, 2)
        _check(series, self.origins, horizon)
        lengths = [len(one.target) for one in series]
        # before each series room for a window and a season, after it for a horizon: no window
        # meets a neighbour
        before = max(lookback, *seasons, 0)
        self._first = np.cumsum([0, *(before + n + horizon for n in lengths)])[:-1] + before

        def join(arrays: Sequence[np.ndarray], empty: float = 0.0) -> np.ndarray:
            return _join(arrays, lengths, before, horizon, empty)

        self._inputs = join([one.inputs for one in series])
        self._known = join([one.known for one in series])
        self._target = join([one.target for one in series], np.nan)
        self._level, *self._seasonal = [
            join(
                [
                    np.nan_to_num(fill_forward(one.target, season, one.before.get(season)))
                    for one in series
                ]
            )
            for season in (1, *seasons)
        ]
        self._static = np.stack([one.static for one in series]).astype(np.float32)

    def __len__(self) -> int:
        """Number of windows N."""
        return len(self.origins)

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        """Cuts out some windows.

        Args:
            indices: Which windows, int64 (B,), in any order.

        Returns:
            Tensors, float32 where not said otherwise: "past" (B, lookback, C), "valid"
            (B, lookback) bool, False before the series began; "future" (B, horizon, G), the
            channels known ahead; "seasonal" (B, horizon, K * number of seasons), for each season
            and step the last value of the target at the same place of a season that is known at
            the origin, missing ones from the season before, 0 where there is none; "level" (B, K),
            the last known target; "static" (B, S); "target" (B, horizon, K), the truth, NaN where
            missing, and "observed", bool of the same shape; "series" (B,) int64.
        """
        which, row = self.origins[indices].T
        origin = self._first[which] + row
        target = _runs(self._target, origin + 1, self.horizon)
        arrays = {
            "past": _runs(self._inputs, origin - self.lookback + 1, self.lookback),
            "valid": row[:, None] + np.arange(1 - self.lookback, 1) >= 0,
            "future": _runs(self._known, origin + 1, self.horizon),
            "seasonal": self._seasonal_values(origin),
            "level": self._level[origin],
            "static": self._static[which],
            "target": target,
            "observed": ~np.isnan(target),
            "series": which.copy(),
        }
        return {name: torch.from_numpy(array) for name, array in arrays.items()}

    def _seasonal_values(self, origin: np.ndarray) -> np.ndarray:
        channels = self._target.shape[1]
        shape = (len(origin), self.horizon, len(self.seasons), channels)
        values = np.empty(shape, np.float32)
        for place, (season, source) in enumerate(zip(self.seasons, self._seasonal, strict=True)):
            values[:, :, place] = source[origin[:, None] + seasonal_offsets(self.horizon, season)]
        return values.reshape(len(origin), self.horizon, len(self.seasons) * channels)


def seasonal_offsets(horizon: int, season: int) -> np.ndarray:
    """Where the last known value of the same place in a season lies, seen from the origin.

    Args:
        horizon: Steps of a forecast.
        season: Steps of a season.

    Returns:
        k - season * ceil(k / season) for k = 1 ... horizon, int64 (horizon,); never above 0.

    Example:
        >>> seasonal_offsets(5, season=3).tolist()
        [-2, -1, 0, -2, -1]
    """
    ahead = np.arange(1, horizon + 1)
    return ahead - season * -(-ahead // season)


def _runs(values: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """Rows starts[b] ... starts[b] + length - 1 for each b, (B, length, C), in one copy."""
    channels = values.shape[1]
    flat = np.lib.stride_tricks.as_strided(
        values,
        (len(values) - length + 1, length * channels),
        (values.strides[0], values.itemsize),
        writeable=False,
    )
    runs: np.ndarray = flat[starts].reshape(len(starts), length, channels)
    return runs


def _join(
    arrays: Sequence[np.ndarray], lengths: Sequence[int], before: int, after: int, empty: float
) -> np.ndarray:
    """Series one after the other, with empty rows before and after each; float32."""
    rows = sum(lengths) + len(lengths) * (before + after)
    joined = np.full((rows, arrays[0].shape[1]), empty, np.float32)
    start = 0
    for array, length in zip(arrays, lengths, strict=True):
        part = array[: length + after]
        joined[start + before : start + before + len(part)] = part
        start += before + length + after
    return joined


def _check(series: Sequence[Channels], origins: np.ndarray, horizon: int) -> None:
    for index, one in enumerate(series):
        rows = origins[origins[:, 0] == index, 1]
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(one.target):
            raise DataError(
                f"Windows: expected origins in the {len(one.target)} rows of series {index}, got "
                f"{rows.min()} to {rows.max()}. Choose origins from 0 to {len(one.target) - 1}."
            )
        if len(rows) and one.known.shape[1] and rows.max() + horizon >= len(one.known):
            raise DataError(
                f"Windows: expected known channels up to row {rows.max() + horizon} of series "
                f"{index}, got {len(one.known)} rows. Give known values for the whole horizon."
            )
        for name in ("inputs", "known"):
            if np.isnan(getattr(one, name)).any():
                raise DataError(
                    f"Windows: expected {name} of series {index} without missing values, got NaN. "
                    "Fill them first."
                )
