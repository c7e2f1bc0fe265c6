"""`lstmkit train tag`: a label, or several, for every step of sequences."""

from typing import Annotated, Any

import typer

from lstmkit.cli.options import ClassWeight
from lstmkit.cli.sequence_command import sequence_command
from lstmkit.cli.train_sequences import train_sequences


@sequence_command(without=("replication",))
def tag(
    *,
    class_weight: ClassWeight = None,
    smooth: Annotated[
        bool | None,
        typer.Option("--smooth", help="Answer the likeliest course of labels, in segments."),
    ] = None,
    **options: Any,
) -> None:
    """Train a model that labels every step, and judge it on sequences it never saw.

    Several targets are several labels of each step. Steps whose label is missing do not count. It
    leaves a folder with model.safetensors, report.html, metrics.json, predictions.parquet,
    settings.toml and figures.

    Example: lstmkit train tag nights.csv --target stage --series night
    """
    train_sequences("Tagger", {"class_weight": class_weight, "smooth": smooth, **options})
