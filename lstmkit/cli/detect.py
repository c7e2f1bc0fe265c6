"""`lstmkit train detect`: anomalous steps of series."""

from typing import Annotated, Any, Literal

import typer

from lstmkit.cli.sequence_command import sequence_command
from lstmkit.cli.train_sequences import train_sequences


@sequence_command(without=("online", "replication"))
def detect(
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            help="Column with 1 at anomalous steps, if there is one: they are not learnt from.",
            metavar="COLUMN",
        ),
    ] = None,
    judged: Annotated[
        list[str] | None,
        typer.Option(
            help="Channel to be judged; repeat for several. All if none; others are context.",
            metavar="COLUMN",
        ),
    ] = None,
    method: Annotated[
        Literal["forecast", "reconstruction", "both"] | None,
        typer.Option(help="What is wrong: the next step, a window given back, or both."),
    ] = None,
    false_alarms: Annotated[
        float | None,
        typer.Option(help="Share of clean steps that may raise an alarm.", metavar="SHARE"),
    ] = None,
    window: Annotated[
        int | None, typer.Option(help="Steps of a window that is given back.", metavar="N")
    ] = None,
    smoothing: Annotated[
        int | None, typer.Option(help="Steps over which errors are smoothed.", metavar="N")
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(help="Steps after which errors of late are forgotten.", metavar="N"),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(help="Share of the clean steps to set the threshold by.", metavar="SHARE"),
    ] = None,
    **options: Any,
) -> None:
    """Learn from clean series what is normal, and say which steps of others are not.

    Without --series a table is one series, a row a step. It is judged by the last steps, or by
    --test. It leaves a folder with model.safetensors, report.html, metrics.json,
    predictions.parquet, settings.toml and figures.

    Example: lstmkit train detect machine.csv --time timestamp --value pressure --value current
    """
    own = {
        "target": target,
        "judged": judged or None,
        "method": method,
        "false_alarms": false_alarms,
        "window": window,
        "smoothing": smoothing,
        "memory": memory,
        "validation": validation,
    }
    train_sequences("Detector", own | options)
