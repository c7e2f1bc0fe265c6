"""`lstmkit predict`: forecasts from a saved model."""

from pathlib import Path
from typing import Annotated

import typer


def predict(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    data: Annotated[
        Path | None,
        typer.Argument(help="Table to forecast from; the end of the training data if not given."),
    ] = None,
    future: Annotated[
        Path | None, typer.Option(help="Table with the known covariates of the steps ahead.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write to a .csv, .parquet or .json file instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON, not CSV.")] = False,
) -> None:
    """Forecast the steps after the last row.

    Prints CSV: series, origin, time, step, target, forecast (the median) and the quantiles.
    """
    from lstmkit.cli.table_file import check_table_path, table_text, write_table

    if out is not None:
        check_table_path(out)
    from lstmkit.tasks import load

    table = load(model).predict(data, future=future)
    if out is None:
        typer.echo(table_text(table, "json" if as_json else "csv").rstrip("\n"))
        return
    write_table(table, out)
    typer.echo(f"{table.height:,} rows in {out}", err=True)
