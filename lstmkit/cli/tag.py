"""`lstmkit train tag`: a label for every step of sequences."""

from typing import Annotated, Literal

import typer

from lstmkit.cli import sequence_options as option
from lstmkit.cli.train_sequences import train_sequences


def tag(
    data: option.Data,
    target: option.Targets = None,
    series: option.Series = None,
    time: option.Time = None,
    static: option.Static = None,
    values: option.Values = None,
    group: option.Group = None,
    test: option.Test = None,
    test_share: option.TestShare = 0.2,
    class_weight: Annotated[
        Literal["balanced"] | None, typer.Option(help="Count every class alike.")
    ] = None,
    cell: option.CellName = None,
    hidden_size: option.HiddenSize = None,
    num_layers: option.Layers = None,
    dropout: option.Dropout = None,
    online: option.Online = None,
    smooth: Annotated[
        bool | None,
        typer.Option("--smooth", help="Answer the likeliest course of labels, in segments."),
    ] = None,
    validation: option.Validation = None,
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
    """Train a model that labels every step, and judge it on sequences it never saw.

    Steps whose label is missing do not count. It leaves a folder with model.safetensors,
    report.html, metrics.json, predictions.parquet, settings.toml and figures.

    Example: lstmkit train tag nights.csv --target stage --series night
    """
    train_sequences("Tagger", locals())
