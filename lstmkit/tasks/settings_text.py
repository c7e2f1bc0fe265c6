"""The settings of a run as TOML, in the form that `--config` reads."""

import json
from typing import Any

from lstmkit.cells import CATALOGUE
from lstmkit.engine import Cell
from lstmkit.tasks.forecaster import Forecaster


def settings_text(forecaster: Forecaster) -> str:
    """Writes the settings and columns of a fitted forecaster as TOML.

    Settings that were left open stay open: the file repeats the run, not its choices.

    Args:
        forecaster: A fitted forecaster.

    Returns:
        Tables [forecast] and [columns], and [cell] with the text of a cell of one's own.
    """
    settings = forecaster.get_params()
    cell = forecaster.used_cell
    own = CATALOGUE.get(cell.name) != cell
    settings["cell"] = None if own else cell.name
    # TOML has no null; a season of one step is none
    settings["season"] = 1 if forecaster.season is None else forecaster.season
    columns = forecaster.columns_
    named = {
        "target": list(columns.target),
        "time": columns.time,
        "series": columns.series,
        "past": list(columns.past),
        "known": list(columns.known),
        "static": list(columns.static),
    }
    parts = [_table("forecast", settings), _table("columns", named)]
    if own:
        parts.append(f"[cell]\ntext = {_cell_text(cell)}\n")
    return "\n".join(parts)


def _table(name: str, values: dict[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in values.items() if _said(value)]
    return "\n".join([f"[{name}]", *lines, ""])


def _said(value: Any) -> bool:
    return value is not None and value not in ((), [])


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)


def _string(value: str) -> str:
    """A basic string: JSON's escapes are TOML's too, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _cell_text(cell: Cell) -> str:
    readable = "'''" not in cell.text and all(c == "\n" or c.isprintable() for c in cell.text)
    return f"'''\n{cell.text}\n'''" if readable else _string(cell.text)
