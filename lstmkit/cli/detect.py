"""`lstmkit train detect`: anomalous steps of series."""

from typing import Annotated, Literal

import typer

from lstmkit.cli import sequence_options as option
from lstmkit.cli.train_sequences import train_sequences


def detect(
    data: option.Data,
    series: option.Series = None,
    time: option.Time = None,
    static: option.Static = None,
    values: option.Values = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            help="Column with 1 at anomalous steps, if there is one: they are not learnt from.",
            metavar="COLUMN",
        ),
    ] = None,
    group: option.Group = None,
    test: option.Test = None,
    test_share: option.TestShare = 0.2,
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
    cell: option.CellName = None,
    hidden_size: option.HiddenSize = None,
    num_layers: option.Layers = None,
    dropout: option.Dropout = None,
    validation: Annotated[
        float | None,
        typer.Option(help="Share of the clean steps to set the threshold by.", metavar="SHARE"),
    ] = None,
    epochs: option.Epochs = None,
    batch_size: option.BatchSize = None,
    learning_rate: option.LearningRate = None,
    seed: option.Seed = None,
    device: option.Device = None,
    config: option.Config = None,
    out: option.Out = None,
    resume: option.Resume = False,
    overwrite: option.Overwrite = False,
    watch_gradients: option.WatchGradients = False,
    as_json: option.AsJson = False,
    quiet: option.Quiet = False,
) -> None:
    """Learn from clean series what is normal, and say which steps of others are not.

    Without --series a table is one series, a row a step. It is judged by the last steps, or by
    --test. It leaves a folder with model.safetensors, report.html, metrics.json,
    predictions.parquet, settings.toml and figures.

    Example: lstmkit train detect machine.csv --time timestamp --value pressure --value current
    """
    train_sequences("Detector", locals())
