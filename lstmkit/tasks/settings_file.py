"""Settings files: TOML with the settings of a task, [columns] and [cell], checked at once."""

import tomllib
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as SequenceType
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from lstmkit.data import Columns, SequenceColumns
from lstmkit.errors import SettingsError, nearest
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.settings import Settings

_WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
}


@dataclass(frozen=True)
class SettingsFile:
    """What a settings file says.

    Attributes:
        settings: Settings of the task by name.
        columns: Columns by the part they play.
    """

    settings: dict[str, Any]
    columns: dict[str, Any]


def read_settings(
    path: Path,
    verb: str = "forecast",
    task: type[Settings] = Forecaster,
    columns: type[Columns | SequenceColumns] = Columns,
) -> SettingsFile:
    """Reads a settings file, such as the settings.toml of a run.

    Args:
        path: A TOML file.
        verb: Name of the table with the task's settings.
        task: The task that they are of.
        columns: What its columns are.

    Returns:
        Its settings; equations under [cell] become the task's cell.

    Raises:
        SettingsError: No such file, not TOML, an unknown name or a value of the wrong type.
    """
    tables = _toml(path)
    names = (verb, "columns", "cell")
    _known(path, "table", tables, names)
    for name, content in tables.items():
        if not isinstance(content, dict):
            raise SettingsError(
                f"{path.name}: expected {name!r} to be a table, got {content!r}. Write [{name}] on "
                "a line of its own, and the settings below it."
            )
    settings, parts, cell = (dict(tables.get(name, {})) for name in names)
    hints = get_type_hints(task.__init__)
    _check(path, verb, settings, {name: hints[name] for name in task.setting_names()})
    _check(path, "columns", parts, _column_types(columns))
    _check(path, "cell", cell, {"text": str})
    if cell:
        if "cell" in settings:
            raise SettingsError(
                f"{path.name}: expected one cell, got the name {settings['cell']!r} and equations "
                "under [cell]. Leave one of them out."
            )
        settings["cell"] = cell["text"]
    return SettingsFile(settings, parts)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{path}: the settings file cannot be read: {error.strerror}. Check the path."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path.name}: expected a settings file in TOML, got something else: {error}. "
            'Write settings as: horizon = 24, cell = "lstm".'
        ) from error


def _column_types(columns: type) -> dict[str, Any]:
    single = {"time": str, "series": str, "group": str}
    several = str | SequenceType[str]
    return {name: single.get(name, several) for name in signature(columns).parameters}


def _known(path: Path, what: str, names: Iterable[str], known: SequenceType[str]) -> None:
    for name in names:
        if name not in known:
            raise SettingsError(
                f"{path.name}: {what} {name!r} is not known.{nearest(name, known)} Known are "
                f"{', '.join(known)}."
            )


def _check(path: Path, table: str, values: Mapping[str, Any], hints: Mapping[str, Any]) -> None:
    _known(path, f"[{table}] setting", values, list(hints))
    for name, value in values.items():
        if not _fits(value, hints[name]):
            raise SettingsError(
                f"{path.name}: expected [{table}] {name} to be {_described(hints[name])}, got "
                f"{value!r}."
            )


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) in (Union, UnionType):
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) in (SequenceType, tuple, list):
        return isinstance(value, list) and all(_fits(one, get_args(hint)[0]) for one in value)
    if get_origin(hint) is Mapping:
        return isinstance(value, dict) and all(_fits(v, get_args(hint)[1]) for v in value.values())
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, int | float if hint is float else hint)


def _described(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        parts = [one for one in get_args(hint) if one is not NoneType]
        return " or ".join(dict.fromkeys(_described(one) for one in parts))
    if get_origin(hint) is Literal:
        return " or ".join(repr(one) for one in get_args(hint))
    if get_origin(hint) in (SequenceType, tuple, list):
        return f"a list ({_described(get_args(hint)[0])} each)"
    if get_origin(hint) is Mapping:
        return f"a table ({_described(get_args(hint)[1])} each)"
    return _WORDS.get(hint, getattr(hint, "__name__", str(hint)))
