"""The settings of a forecaster, checked before anything is read."""

from collections.abc import Mapping
from typing import Any, get_args

from lstmkit.errors import SettingsError
from lstmkit.tasks.defaults import Preset
from lstmkit.tasks.season import checked_season

AT_LEAST_ONE = ("horizon", "num_layers", "lookback", "hidden_size", "epochs", "batch_size")
MAY_BE_OPEN = ("lookback", "hidden_size", "epochs", "batch_size")


def check_settings(settings: Mapping[str, Any]) -> None:
    """Refuses settings outside their range.

    Args:
        settings: The settings of a forecaster by name.

    Raises:
        SettingsError: With the name, what was expected and what came.
    """
    for name in AT_LEAST_ONE:
        if not (name in MAY_BE_OPEN and settings[name] is None):
            require_whole(name, settings[name])
    if settings["mode"] not in ("direct", "autoregressive"):
        raise SettingsError(
            f"Forecaster: expected mode 'direct' or 'autoregressive', got {settings['mode']!r}."
        )
    if settings["preset"] not in get_args(Preset):
        raise SettingsError(
            "Forecaster: expected preset 'steps', 'segments', 'smoothing' or 'counts', got "
            f"{settings['preset']!r}."
        )
    if settings["preset"] != "steps" and settings["mode"] != "direct":
        raise SettingsError(
            f"Forecaster: expected mode 'direct' with preset {settings['preset']!r}, got "
            f"{settings['mode']!r}. All steps come at once there; leave mode out, or take preset "
            "'steps'."
        )
    if settings["dropout"] is not None and not 0 <= settings["dropout"] < 1:
        raise SettingsError(f"Forecaster: expected dropout in [0, 1), got {settings['dropout']}.")
    checked_season(settings["season"])


def check_spans(settings: Mapping[str, Any], rows: int) -> None:
    """Refuses spans of the past that no training part holds.

    Args:
        settings: The settings of a forecaster by name.
        rows: Rows of the shortest training part.

    Raises:
        SettingsError: A lookback or a season that is too long.
    """
    for name in ("lookback", "season"):
        span = settings[name]
        if isinstance(span, int) and span >= rows:
            raise SettingsError(
                f"Forecaster: expected {name} below the {rows:,} rows of the shortest training "
                f"part, got {span}. Choose a shorter one, or leave it out."
            )


def require_whole(name: str, value: object) -> None:
    """Refuses what is not a whole number of at least 1.

    Args:
        name: Name of the setting.
        value: Its value.

    Raises:
        SettingsError: With the name and what came.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SettingsError(
            f"Forecaster: expected {name} as a whole number of at least 1, got {value!r}."
        )
