"""The settings of a detector that the other tasks do not have, checked before anything is read."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from lstmkit.data.columns import names_of
from lstmkit.errors import SettingsError, nearest
from lstmkit.tasks.detection.network import Method
from lstmkit.tasks.detection.next_step import WINDOW


def check_detector(settings: Mapping[str, Any]) -> None:
    """Refuses settings outside their range.

    Args:
        settings: By name.

    Raises:
        SettingsError: With the name, what was expected and what came.
    """
    if settings["method"] not in get_args(Method):
        raise SettingsError(
            f"Detector: expected method as one of {', '.join(get_args(Method))}, got "
            f"{settings['method']!r}."
        )
    if not 0 < settings["false_alarms"] < 1:
        raise SettingsError(
            "Detector: expected false_alarms as a share of clean steps between 0 and 1, got "
            f"{settings['false_alarms']!r}. 0.001 is one step in 1,000."
        )
    for name, least, most in (("window", 2, WINDOW), ("smoothing", 1, None), ("memory", 2, None)):
        value = settings[name]
        whole = isinstance(value, int) and not isinstance(value, bool)
        if name == "memory" and value is None:
            continue
        if not whole or value < least or (most is not None and value > most):
            above = "" if most is None else f" and at most {most}"
            raise SettingsError(
                f"Detector: expected {name} as a whole number of at least {least}{above}, got "
                f"{value!r}."
            )


def judged_channels(judged: str | Sequence[str] | None, channels: Sequence[str]) -> np.ndarray:
    """Finds which channels are judged.

    Args:
        judged: Their names; None for all.
        channels: Names of all channels.

    Returns:
        True where a channel is judged (C,).

    Raises:
        SettingsError: A name that is no channel, or none at all.

    Example:
        >>> judged_channels("speed", ("command", "speed"))
        array([False,  True])
    """
    if judged is None:
        return np.ones(len(channels), bool)
    names = names_of(judged)
    for name in names:
        if name not in channels:
            raise SettingsError(
                f"Detector: expected judged as names of channels, got {name!r}."
                f"{nearest(str(name), channels)} The channels are {', '.join(channels)}."
            )
    if not names:
        raise SettingsError(
            "Detector: expected judged as at least one name, got none. Leave it out to judge every "
            "channel."
        )
    return np.isin(channels, names)
