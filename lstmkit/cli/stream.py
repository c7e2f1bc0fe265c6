"""`lstmkit stream`: answers to the rows of a series or sequence, as they come on standard input."""

import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from lstmkit.cli.stream_forecast import forecasts
from lstmkit.cli.stream_rows import at_least_one, numbered
from lstmkit.cli.stream_state import KeptState, stops
from lstmkit.errors import DataError, LstmkitError, SettingsError, nearest

if TYPE_CHECKING:
    import polars as pl

    from lstmkit.tasks.forecast_stream import ForecastStream
    from lstmkit.tasks.sequence.sequence_task import SequenceTask
    from lstmkit.tasks.sequence.stream import SequenceStream

# as of every command that is stopped by hand
STOPPED = 130


def stream(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    state: Annotated[
        Path | None,
        typer.Option(help="Go on from this file if it is there, and keep the state in it."),
    ] = None,
    future: Annotated[
        Path | None,
        typer.Option(
            help="Table with the known covariates of the steps ahead of every row, for a "
            "forecaster; it is read anew for each row."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON, not CSV.")] = False,
) -> None:
    """Answer each row of standard input at once: a CSV with a header, a row a step.

    A forecaster goes on from the end of its training data, or from the state, and prints the
    forecasts of the row's series. The other tasks follow one sequence: a detector prints step,
    score, alarm, cause and the surprise of each channel; the others, trained with --online, print
    what they answer after each step. Where steps have times, the time of a step follows its number.

    The file of --state is written whenever no further row is there, every second where there
    always is one, and at the end: after the last row, by Ctrl-C or SIGTERM, where a row is refused,
    or where nobody reads the answers any more.

    Example: tail -n +1 -f machine.csv | lstmkit stream model.safetensors --state machine.state
    """
    from lstmkit.tasks import Forecaster, load

    task = load(model)
    rows = csv.reader(iter(sys.stdin.readline, ""))
    path = state if state is not None and state.exists() else None
    following: ForecastStream | SequenceStream
    fed: Iterator[Any]
    answer: Callable[[Any], pl.DataFrame]
    if isinstance(task, Forecaster):
        following, fed, answer = forecasts(task, rows, path, future)
    elif future is not None:
        raise SettingsError(
            f"stream: a {task.kind} reads no --future; only a forecaster does. Leave it out."
        )
    else:
        following, fed, answer = _answers(task, rows, path)
    kept = KeptState(following.save, state)
    with stops() as stop:
        try:
            for number, row in enumerate(stop.until(fed)):
                _print(answer(row), header=not number, as_json=as_json)
                kept.answered()
        except (LstmkitError, OSError):
            # a row that is refused changes nothing; one whose answer nobody reads was taken
            kept.write()
            raise
        kept.write()
    if stop.requested:
        raise typer.Exit(STOPPED)


def _print(answer: "pl.DataFrame", *, header: bool, as_json: bool) -> None:
    sys.stdout.write(answer.write_ndjson() if as_json else answer.write_csv(include_header=header))
    sys.stdout.flush()


def _answers(
    task: "SequenceTask", rows: Iterator[list[str]], path: Path | None
) -> "tuple[SequenceStream, Iterator[Any], Callable[[Any], pl.DataFrame]]":
    """The stream of a sequence task, its steps, and what answers each."""
    first, fed = at_least_one(_steps(rows, _places(task, next(rows, []))))
    following = task.stream(static=first.static or None if path is None else None, path=path)
    if path is not None:
        # rows without times do not tell by themselves which of them the state has seen
        typer.echo(f"Going on after step {following.steps:,}.", err=True)

    before: str | float | None = None

    def answer(step: _Step) -> "pl.DataFrame":
        nonlocal before
        _require_later(step, following.latest, before)
        told = _dated(following.table([step.values], step.hours), step.time)
        before = step.time
        return told

    return following, fed, answer


class _Places(NamedTuple):
    """Names and places of the columns that are read."""

    names: list[str]
    values: list[int]
    static: list[int]
    time: int | None


class _Step(NamedTuple):
    row: int
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
    for number, row in numbered(rows, len(places.names)):
        values, static = (
            [_number(row[place], places.names[place], number) for place in part]
            for part in (places.values, places.static)
        )
        time = None if places.time is None else _time(row[places.time])
        hours = None if time is None else [_hours(time, number)]
        yield _Step(number, values, static, time, hours)


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


def _require_later(step: _Step, latest: float | None, before: str | float | None) -> None:
    """Refuses a step before the `latest`, whose time was written as `before`, if it was read."""
    if step.hours is None or latest is None or not step.hours[0] < latest:
        return
    if before is None:
        before = _clock(latest) if isinstance(step.time, str) else latest
    raise DataError(
        f"standard input: expected times that do not fall, got {step.time} in row {step.row} after "
        f"{before}. Give the rows in the order of time."
    )


def _clock(hours: float) -> str:
    """What `_hours` made of a date and time."""
    import numpy as np

    from lstmkit.data.clock import Clock

    microseconds = round(hours * 3_600_000_000)
    return Clock().shown(np.datetime64(0, "us") + np.timedelta64(microseconds, "us"))


def _dated(answer: "pl.DataFrame", time: str | float | None) -> "pl.DataFrame":
    """An answer with the time of its step, unless something called so was answered."""
    import polars as pl

    if time is None or "time" in answer.columns:
        return answer
    return answer.insert_column(1, pl.Series("time", [time]))
