"""What every run leaves in its folder, each file written at once or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from lstmkit.errors import ModelFileError
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.tasks.settings_text import settings_text


def write_run(
    folder: Path, task: Forecaster | SequenceTask, result: dict[str, Any], frame: pl.DataFrame
) -> None:
    """Writes model.safetensors, settings.toml, metrics.json and predictions.parquet.

    Args:
        folder: Folder of the run.
        task: The fitted task.
        result: What metrics.json holds.
        frame: What was answered for the test part, beside the truth.

    Raises:
        OSError: A file cannot be written; the old one, if there was any, is untouched.
    """
    task.save(folder / "model.safetensors")
    _replace(folder / "settings.toml", settings_text(task).encode())
    _replace(folder / "metrics.json", json.dumps(result, indent=2).encode())
    partial = folder / f".predictions.parquet.{os.getpid()}.tmp"
    try:
        frame.write_parquet(partial)
        partial.replace(folder / "predictions.parquet")
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Says what to do where a run's folder takes no more.

    Raises:
        ModelFileError: A file cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise ModelFileError(
            f"run: cannot write into {folder}: {error.strerror or error}. Free some space, or "
            "choose another folder with --out; --resume then finishes without training again."
        ) from error


def _replace(path: Path, content: bytes) -> None:
    """Writes a small file at once or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
