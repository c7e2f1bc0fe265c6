"""Steps as they are fed to a stream: checked, and brought into one form."""

import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from lstmkit.errors import DataError


def fed_steps(steps: Any, channels: Sequence[str]) -> Float[np.ndarray, "time channels"]:
    """Reads one step or several.

    Args:
        steps: Values (C,) of one step or (T, C) of several; (T,) where there is one channel.
        channels: Names of the channels.

    Returns:
        The steps, float64, NaN where missing.

    Raises:
        DataError: Another number of channels, no step, what is no number, or an infinity.

    Example:
        >>> fed_steps([1.0, 2.0], ("x", "y")).shape
        (1, 2)
    """
    wide, values = len(channels), fed_numbers(steps, "steps")
    if values.ndim < 2:
        values = values.reshape(-1, 1) if wide == 1 else values.reshape(1, -1)
    if values.ndim != 2 or values.shape[1] != wide or not len(values):
        raise DataError(
            f"stream: expected steps (time, {wide}) or one step ({wide},), got shape "
            f"{np.shape(steps)}. Give every channel, NaN where missing."
        )
    infinite = np.argwhere(np.isinf(values))
    if len(infinite):
        step, channel = infinite[0]
        raise DataError(
            f"stream: expected finite numbers, got {values[step, channel]} in channel "
            f"{channels[channel]!r}. Give NaN where a value is missing."
        )
    return values


def fed_times(times: Any, number: int, latest: float | None) -> Float[np.ndarray, " time"]:
    """Reads the times of steps.

    Args:
        times: A time for each of the steps.
        number: How many steps there are.
        latest: Time of the step before them; None where they are the first.

    Returns:
        The times, float64.

    Raises:
        DataError: Another number of times, what is no finite number, or times that fall.
    """
    when = np.atleast_1d(fed_numbers(times, "times"))
    if when.shape != (number,) or not np.isfinite(when).all():
        raise DataError(
            f"stream: expected a finite time for each step, {number} in all, got "
            f"{reprlib.repr(when.tolist())}. Leave out steps without a time."
        )
    before = np.concatenate([[-np.inf if latest is None else latest], when[:-1]])
    falls = np.flatnonzero(when < before)
    if len(falls):
        raise DataError(
            f"stream: expected times that do not fall, got {when[falls[0]].item()} after "
            f"{before[falls[0]].item()}. Give the steps in the order of time."
        )
    return when


def fed_numbers(given: Any, what: str) -> np.ndarray:
    """Reads numbers.

    Args:
        given: Numbers in any form.
        what: What they are, for the error.

    Returns:
        An array, float64.

    Raises:
        DataError: Something else.
    """
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"stream: expected {what} as numbers, got {reprlib.repr(given)} ({error}). Give "
            "numbers, NaN where a value is missing."
        ) from error
