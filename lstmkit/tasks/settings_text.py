"""The settings of a run as TOML, in the form that `--config` reads."""

import json
from dataclasses import asdict
from typing import Any

from lstmkit.cells import CATALOGUE, find
from lstmkit.engine import Cell
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.sequence.sequence_task import SequenceTask


def settings_text(task: Forecaster | SequenceTask) -> str:
    """Writes the settings and columns of a fitted task as TOML.

    Settings that were left open stay open: the file repeats the run, not its choices.

    Args:
        task: A fitted task.

    Returns:
        A table of settings, named after the verb that trains the task, [columns] where it learnt
        from a table, and [cell] with the text of a cell of one's own.
    """
    settings, cell = task.get_params(), find(task.cell)
    own = CATALOGUE.get(cell.name) != cell
    settings["cell"] = None if own else cell.name
    if isinstance(task, Forecaster):
        # TOML has no null; a season of one step is none
        settings["season"] = 1 if task.season is None else task.season
    verb = "forecast" if isinstance(task, Forecaster) else task.verb
    parts = [_table(verb, settings)]
    if task.columns_ is not None:
        parts.append(_table("columns", asdict(task.columns_)))
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
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_string(str(k))} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return repr(value)


def _string(value: str) -> str:
    """A basic string: JSON's escapes are TOML's too, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _cell_text(cell: Cell) -> str:
    readable = "'''" not in cell.text and all(c == "\n" or c.isprintable() for c in cell.text)
    return f"'''\n{cell.text}\n'''" if readable else _string(cell.text)
