"""`lstmkit stream`: answers to the steps of one sequence, as they come in on standard input."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from lstmkit.errors import DataError, SettingsError, nearest

if TYPE_CHECKING:
    import polars as pl

    from lstmkit.tasks.sequence.sequence_task import SequenceTask


def stream(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    state: Annotated[
        Path | None,
        typer.Option(help="Go on from this file if it is there, and leave the state in it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON, not CSV.")] = False,
) -> None:
    """Answer each row of standard input at once: a CSV with a header, one sequence, a row a step.

    A detector prints step, score, alarm, cause and the surprise of each channel; the other tasks,
    trained with --online, print what they answer after each step. Where steps have times, the time
    of a step follows its number.

    Example: tail -n +1 -f machine.csv | lstmkit stream model.safetensors --state machine.state
    """
    from lstmkit.tasks import Forecaster, load

    task = load(model)
    if isinstance(task, Forecaster):
        raise SettingsError(
            "stream: a forecaster forecasts from a table, and follows no sequence. Use: "
            f"lstmkit predict {model}"
        )
    rows = csv.reader(iter(sys.stdin.readline, ""))
    fed = _steps(rows, _places(task, next(rows, [])))
    path = state if state is not None and state.exists() else None
    first = next(fed, None)
    if first is None:
        raise DataError(
            "standard input: expected rows below the header, got none. Pipe a CSV into it."
        )
    following = task.stream(static=first.static or None if path is None else None, path=path)
    told = False
    try:
        while first is not None:
            answer = _dated(following.table([first.values], first.hours), first.time)
            header = not (told or as_json)
            sys.stdout.write(
                answer.write_ndjson() if as_json else answer.write_csv(include_header=header)
            )
            sys.stdout.flush()
            told, first = True, next(fed, None)
    finally:
        if state is not None:
            following.save(state)


class _Places(NamedTuple):
    """Names and places of the columns that are read."""

    names: list[str]
    values: list[int]
    static: list[int]
    time: int | None


class _Step(NamedTuple):
    values: list[float]
    static: list[float]
    time: str | float | None
    hours: list[float] | None


def _places(task: "SequenceTask", header: list[str]) -> _Places:
    columns, channels = task.columns_, task.prepared_.channels
    if columns is None:
        if len(header) != len(channels):
            raise DataError(
                f"standard input: expected a header with {len(channels)} channels in the order of "
                f"the data learnt from, got {len(header)} columns. Give {', '.join(channels)}."
            )
        return _Places(header, list(range(len(header))), [], None)
    wanted = [*columns.values, *columns.static, *([columns.time] if columns.time else [])]
    for name in wanted:
        if name not in header:
            raise DataError(
                f"standard input: expected column {name!r}, got the columns "
                f"{', '.join(map(repr, header)) or 'none'}.{nearest(name, header)} Give a header "
                "with the names of the data learnt from."
            )
    place = {name: number for number, name in enumerate(header)}
    return _Places(
        header,
        [place[name] for name in columns.values],
        [place[name] for name in columns.static],
        place[columns.time] if columns.time else None,
    )


def _steps(rows: Iterator[list[str]], places: _Places) -> Iterator[_Step]:
    for number, row in enumerate(rows, 1):
        if not row:
            continue
        if len(row) != len(places.names):
            raise DataError(
                f"standard input: expected {len(places.names)} fields as in the header, got "
                f"{len(row)} in row {number}. Give every column, empty where missing."
            )
        values, static = (
            [_number(row[place], places.names[place], number) for place in part]
            for part in (places.values, places.static)
        )
        time = None if places.time is None else _time(row[places.time])
        hours = None if time is None else [_hours(time, number)]
        yield _Step(values, static, time, hours)


def _number(text: str, name: str, row: int) -> float:
    from math import isinf, nan

    from lstmkit.data.table import MISSING_WORDS

    word = text.strip()
    if word in MISSING_WORDS:
        return nan
    try:
        value = float(word)
    except ValueError:
        value = float("inf")
    if isinf(value):
        raise DataError(
            f"standard input: expected numbers in column {name!r}, got {text!r} in row {row}. "
            "Leave the field empty if missing."
        )
    return value


def _time(text: str) -> str | float:
    """A time as the row writes it, or as a number where it is one."""
    try:
        return float(text)
    except ValueError:
        return text


def _hours(time: str | float, row: int) -> float:
    """A time as a number; dates and times as hours, of which only differences count."""
    import numpy as np
    import polars as pl

    from lstmkit.data.clock import read_clock
    from lstmkit.data.place import Place

    if isinstance(time, float):
        return time
    read, _ = read_clock(pl.Series("time", [time]), Place(f"standard input, row {row}"))
    return float((read[0] - np.datetime64(0, "us")) / np.timedelta64(1, "h"))


def _dated(answer: "pl.DataFrame", time: str | float | None) -> "pl.DataFrame":
    """An answer with the time of its step, unless something called so was answered."""
    import polars as pl

    if time is None or "time" in answer.columns:
        return answer
    return answer.insert_column(1, pl.Series("time", [time]))
