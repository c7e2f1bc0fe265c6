"""The settings of a sequence task, checked before anything is read."""

from collections.abc import Mapping
from typing import Any

from lstmkit.errors import SettingsError

WHOLE = ("hidden_size", "num_layers", "epochs", "batch_size")


def check_settings(who: str, settings: Mapping[str, Any]) -> None:
    """Refuses settings outside their range, or that contradict each other.

    Args:
        who: Name of the task.
        settings: Its settings by name.

    Raises:
        SettingsError: With the name, what was expected and what came.
    """
    for name in WHOLE:
        value = settings[name]
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        if not (whole or (value is None and name != "num_layers")):
            raise SettingsError(
                f"{who}: expected {name} as a whole number of at least 1, got {value!r}."
            )
    seed = settings["seed"]
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise SettingsError(f"{who}: expected seed as a whole number of at least 0, got {seed!r}.")
    if not 0 <= settings["dropout"] < 1:
        raise SettingsError(f"{who}: expected dropout in [0, 1), got {settings['dropout']!r}.")
    replication = settings.get("replication", 0.0)
    if not 0 <= replication <= 1:
        raise SettingsError(f"{who}: expected replication from 0 to 1, got {replication!r}.")
    if replication and not settings["online"]:
        raise SettingsError(
            f"{who}: replication needs outputs at every step. Set online=True, or leave it out."
        )
