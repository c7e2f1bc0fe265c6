"""`lstmkit train regress`: numbers for whole sequences."""

from typing import Any

from lstmkit.cli.sequence_command import sequence_command
from lstmkit.cli.train_sequences import train_sequences


@sequence_command()
def regress(**options: Any) -> None:
    """Train a model of numbers for whole sequences, and judge it on sequences it never saw.

    Several --target give several numbers. It leaves a folder with model.safetensors, report.html,
    metrics.json, predictions.parquet, settings.toml and figures.

    Example: lstmkit train regress cycles.csv --series battery --target capacity
    """
    train_sequences("Regressor", options)
