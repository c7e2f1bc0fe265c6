"""Loads any saved task."""

from pathlib import Path

from lstmkit.tasks.forecaster import Forecaster


def load(path: str | Path) -> Forecaster:
    """Reads a model file and returns the task that was saved in it. No code in it is ever run.

    Args:
        path: The file.

    Returns:
        The task, ready to predict.

    Raises:
        ModelFileError: Not a model file, damaged, or from a newer version.
    """
    return Forecaster.load(path)
