"""`lstmkit predict`: answers from a saved model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstmkit.errors import SettingsError

if TYPE_CHECKING:
    import polars as pl


def predict(
    model: Annotated[Path, typer.Argument(help="Model file.")],
    data: Annotated[
        Path | None,
        typer.Argument(
            help="Table or file of sequences; a forecast goes on from its training data without."
        ),
    ] = None,
    future: Annotated[
        Path | None, typer.Option(help="Table with the known covariates of the steps ahead.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write to a .csv, .parquet or .json file instead.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print rows as JSON, not CSV.")] = False,
) -> None:
    """Forecast the steps after the last row, or answer for new sequences.

    Prints CSV. A forecast: series, origin, time, step, target, forecast (the median) and the
    quantiles. A classifier: sequence, label and the probability of each label; a tagger the same
    for every step, with its time; a detector for every step score, alarm and cause; a regressor:
    sequence and its numbers.
    """
    from lstmkit.cli.table_file import check_table_path, table_text, write_table

    if out is not None:
        check_table_path(out)
    table = _answers(model, data, future)
    if out is None:
        typer.echo(table_text(table, "json" if as_json else "csv").rstrip("\n"))
        return
    write_table(table, out)
    typer.echo(f"{table.height:,} rows in {out}", err=True)


def _answers(path: Path, data: Path | None, future: Path | None) -> "pl.DataFrame":
    from lstmkit.tasks import Forecaster, load

    model = load(path)
    if isinstance(model, Forecaster):
        forecast: pl.DataFrame = model.predict(data, future=future)
        return forecast
    if data is None or future is not None:
        raise SettingsError(
            f"predict: a {model.kind} needs DATA, a table or file of sequences, and no --future. "
            f"Give it as in: lstmkit predict {path} NEW_DATA"
        )
    given = model.read(data, labelled=False)
    return model.table(given, model.outputs(given.sequences))
