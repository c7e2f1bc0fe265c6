"""`lstmkit train classify`: a label for whole sequences."""

from typing import Any

from lstmkit.cli.options import ClassWeight
from lstmkit.cli.sequence_command import sequence_command
from lstmkit.cli.train_sequences import train_sequences


@sequence_command()
def classify(*, class_weight: ClassWeight = None, **options: Any) -> None:
    """Train a classifier of whole sequences, and judge it on sequences it never saw.

    It leaves a folder with model.safetensors, report.html, metrics.json, predictions.parquet,
    settings.toml and figures.

    Example: lstmkit train classify steps.csv --target activity --series walk --time second
    """
    train_sequences("Classifier", {"class_weight": class_weight, **options})
