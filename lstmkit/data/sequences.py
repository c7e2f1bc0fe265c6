"""Whole sequences of any lengths with several channels, from arrays and lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float
from torch import Tensor

from lstmkit.data.dated import Dates
from lstmkit.errors import DataError

Steps = Float[np.ndarray, "_ channels"]


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences that share their channels.

    Attributes:
        values: For each sequence its steps (T, C), float64, NaN where missing.
        channels: Names of the channels, C.
        names: Names of the sequences, N.
        times: For each sequence the times of its steps (T,), float64, not falling; None where
            steps are even.
        static: Numbers of a whole sequence (N, S), float64, NaN where missing.
        static_names: Names of these numbers, S.
        dates: How times are dates, where a table gave dates: then they are hours.
    """

    values: Sequence[Steps]
    channels: tuple[str, ...]
    names: tuple[str, ...]
    times: Sequence[Float[np.ndarray, " _"]] | None
    static: Float[np.ndarray, "sequences numbers"]
    static_names: tuple[str, ...] = ()
    dates: Dates | None = None

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.values)

    def __iter__(self) -> Iterator[Steps]:
        """The steps of each sequence."""
        return iter(self.values)

    def __getitem__(self, places: Any) -> "Sequences":
        """The sequences at some places, as scikit-learn picks them: numbers, a mask or a slice."""
        rows = places[0] if isinstance(places, tuple) else places
        return self.take(np.atleast_1d(np.arange(len(self))[rows]))

    @property
    def shape(self) -> tuple[int]:
        """Number of sequences, by which scikit-learn knows that several can be picked at once."""
        return (len(self),)

    @property
    def lengths(self) -> np.ndarray:
        """Steps of each sequence, int64 (N,)."""
        return np.array([len(one) for one in self.values], np.int64)

    def written_times(self) -> pl.Series | None:
        """Times of all steps, one sequence after another, as they were given; None without."""
        if self.times is None:
            return None
        times = np.concatenate(list(self.times))
        return pl.Series("time", times) if self.dates is None else self.dates.written(times)

    def called_steps(self, place: int) -> list[str]:
        """What the steps of one sequence are called: by their times, or else by number from 1."""
        if self.times is None:
            return [str(number) for number in range(1, len(self.values[place]) + 1)]
        times = self.times[place]
        return [f"{time:g}" for time in times] if self.dates is None else self.dates.shown(times)

    def parts(self) -> Iterator["Sequences"]:
        """Everything, in pieces that fit into memory: these sequences themselves."""
        yield self

    def take(self, places: Sequence[int] | np.ndarray) -> "Sequences":
        """Returns the sequences at some places, in that order."""
        chosen = [int(place) for place in places]
        return replace(
            self,
            values=tuple(self.values[place] for place in chosen),
            names=tuple(self.names[place] for place in chosen),
            times=None if self.times is None else tuple(self.times[place] for place in chosen),
            static=self.static[chosen],
        )


def to_sequences(
    source: Any, *, times: Any = None, static: Any = None, what: str = "data"
) -> Sequences:
    """Makes sequences of an array or of a list of arrays.

    Args:
        source: An array (sequence, time, channel) or, with one channel, (sequence, time), whose
            last steps are padding where every channel is NaN; or a list of arrays (time, channel)
            or (time,), which may differ in length. Tensors are taken alike.
        times: For each sequence the times of its steps, numbers (T,) that do not fall; None where
            steps are even.
        static: Numbers of each sequence (N, S) or (N,), NaN where missing.
        what: What it is called in messages.

    Returns:
        The sequences; channels are named channel_0, channel_1, ....

    Raises:
        DataError: No sequences, other shapes, numbers of channels that differ, something that is
            no number, an infinity, a sequence without steps, times that fall or are missing.

    Example:
        >>> padded = np.array([[1.0, 2.0, 3.0], [4.0, np.nan, np.nan]])
        >>> to_sequences(padded).lengths.tolist()
        [3, 1]
    """
    if isinstance(source, np.ndarray | Tensor) and source.ndim > 0:
        values = [_without_padding(one) for one in _whole(source, what)]
    else:
        values = [_one(one, f"{what}[{index}]") for index, one in enumerate(source)]
    if not values:
        raise DataError(f"{what}: expected sequences, got none. Give at least one.")
    width = values[0].shape[1]
    for index, one in enumerate(values):
        if one.shape[1] != width:
            raise DataError(
                f"{what}: expected {width} channels in each sequence as in the first, got "
                f"{one.shape[1]} in sequence {index}. Give every sequence the same channels."
            )
    check_steps(values, [f"sequence {index}" for index in range(len(values))], what)
    numbers = _static(static, len(values))
    return Sequences(
        values=tuple(values),
        channels=tuple(f"channel_{number}" for number in range(width)),
        names=tuple(str(number) for number in range(len(values))),
        times=None if times is None else _times(times, values),
        static=numbers,
        static_names=tuple(f"static_{number}" for number in range(numbers.shape[1])),
    )


def check_steps(values: Sequence[np.ndarray], called: Sequence[str], what: str) -> None:
    """Refuses sequences without steps and values that are infinite.

    Args:
        values: Steps of each sequence.
        called: What each is called.
        what: What they are called together.

    Raises:
        DataError: Names the sequence, and the step where there is one.
    """
    for name, one in zip(called, values, strict=True):
        if not len(one):
            raise DataError(
                f"{what}: expected at least 1 step in each sequence, got 0 in {name}. Leave it out."
            )
        infinite = np.argwhere(np.isinf(one))
        if len(infinite):
            step, channel = infinite[0]
            raise DataError(
                f"{what}: expected finite numbers, got {one[step, channel]} in {name}, step "
                f"{step + 1}, channel {channel + 1}. Give NaN where a value is missing."
            )


def _whole(source: np.ndarray | Tensor, what: str) -> np.ndarray:
    array = _numbers(source, what)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3:
        raise DataError(
            f"{what}: expected an array (sequence, time, channel) or (sequence, time), got shape "
            f"{array.shape}. Reshape it, or give a list of arrays (time, channel)."
        )
    return array


def _one(source: Any, what: str) -> np.ndarray:
    array = _numbers(source, what)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise DataError(
            f"{what}: expected an array (time, channel) or (time,), got shape {array.shape}. "
            "Reshape it."
        )
    return array


def _times(times: Any, values: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    found = tuple(_numbers(one, f"times[{index}]") for index, one in enumerate(times))
    lengths, wanted = [one.shape for one in found], [(len(one),) for one in values]
    if lengths != wanted:
        raise DataError(
            f"times: expected one for each step of the {len(values)} sequences, got "
            f"{len(found)} arrays of other lengths. Give times (T,) for each sequence."
        )
    for index, one in enumerate(found):
        if np.isnan(one).any() or (np.diff(one) < 0).any():
            raise DataError(
                f"times: expected numbers that do not fall, got others in sequence {index}. Sort "
                "its steps by time, and leave out steps without one."
            )
    return found


def _static(static: Any, number: int) -> np.ndarray:
    if static is None:
        return np.zeros((number, 0))
    array = _numbers(static, "static")
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) != number:
        raise DataError(
            f"static: expected numbers ({number}, any), got shape {array.shape}. Give one row for "
            "each sequence."
        )
    return array


def _numbers(source: Any, what: str) -> np.ndarray:
    if isinstance(source, Tensor):
        source = source.detach().cpu().numpy()
    elif hasattr(source, "to_numpy"):
        source = source.to_numpy()
    try:
        array: np.ndarray = np.asarray(source, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{what}: expected numbers, got {type(source).__name__} that holds something else "
            f"({error}). Give arrays of numbers, NaN where missing."
        ) from error
    return array


def _without_padding(one: np.ndarray) -> np.ndarray:
    """Drops the steps after the last one at which some channel has a value."""
    known = np.flatnonzero(~np.isnan(one).all(axis=1))
    return one[: known[-1] + 1] if len(known) else one
