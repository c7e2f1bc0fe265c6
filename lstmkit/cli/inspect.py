"""`lstmkit inspect`: what goes on inside a saved model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstmkit.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl


def inspect(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    data: Annotated[Path, typer.Argument(help="Table or file like the training data.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "--out", help="The page; inspect.html beside the model if not given."
        ),
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(help="Sequence to show on the page; the first if none.", metavar="NAME"),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(help="Column of tokens to write along the time axis.", metavar="COLUMN"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Look inside a model while it answers.

    Writes one page that opens in any browser: every gate over time, unit by unit, how the gradient
    flows back, how far the memory reaches, and which gates are stuck. Prints the numbers.
    """
    from lstmkit.tasks import Forecaster, inspect_forecaster, inspect_sequences, load

    task = load(model)
    if not isinstance(task, Forecaster):
        found = inspect_sequences(task, data, show=show, text=text)
    elif show is None and text is None:
        found = inspect_forecaster(task, data)
    else:
        raise SettingsError(
            "inspect: a forecaster shows its last window, along the numbers of its target. Leave "
            "--show and --text out."
        )
    table, remarks = found.table(), found.remarks()
    path = found.write(output or model.with_name("inspect.html"))
    if as_json:
        facts = {
            "page": str(path),
            "remarks": remarks,
            "quantities": table.to_dicts(),
            "by_lag": found.by_lag().to_dicts(),
        }
        typer.echo(json.dumps(facts, indent=2, allow_nan=False))
        return
    _print(table)
    typer.echo("\n" + "\n".join(remarks))
    typer.echo(f"\nPage: {path}")


def _print(table: "pl.DataFrame") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name in table.columns:
        text = name in ("layer", "quantity")
        shown.add_column(name.replace("_", " "), justify="left" if text else "right")
    for row in table.iter_rows():
        shown.add_row(*(Text(_short(value)) for value in row))
    Console(width=None if typer.get_text_stream("stdout").isatty() else 120).print(shown)


def _short(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
