"""Loads any saved task."""

from pathlib import Path

from lstmkit.errors import ModelFileError
from lstmkit.tasks.detection.detector import Detector
from lstmkit.tasks.forecast_file import TASK
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.sequence.classifier import Classifier
from lstmkit.tasks.sequence.regressor import Regressor
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.tasks.sequence.tagger import Tagger
from lstmkit.train import read_file

TASKS: dict[str, type[Forecaster | SequenceTask]] = {
    TASK: Forecaster,
    **{task.kind: task for task in (Classifier, Detector, Regressor, Tagger)},
}


def load(path: str | Path) -> Forecaster | SequenceTask:
    """Reads a model file and returns the task that was saved in it. No code in it is ever run.

    Args:
        path: The file.

    Returns:
        The task, ready to predict.

    Raises:
        ModelFileError: Not a model file, damaged, or from a newer version.
    """
    told = read_file(Path(path))[1].get("task", "no task")
    if told not in TASKS:
        raise ModelFileError(
            f"load: {path} holds {told!r}, expected one of {', '.join(TASKS)}. Give the model file "
            "of a task."
        )
    return TASKS[told].load(path)
