"""Searching settings for a task, and the run that the best of them make."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from lstmkit.data import Columns, read_series
from lstmkit.data.mark import series_mark
from lstmkit.data.parquet_table import stored_table
from lstmkit.data.stored_series import store_series
from lstmkit.errors import SettingsError
from lstmkit.tasks.forecast_settings import check_settings
from lstmkit.tasks.forecaster import Forecaster
from lstmkit.tasks.run_folder import run_forecast
from lstmkit.tasks.sequence.run_sequences import parted, run_sequences
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.tasks.tuning.leave import leave
from lstmkit.tasks.tuning.search import Learn, changed, search
from lstmkit.tasks.tuning.space import Space
from lstmkit.tasks.tuning.trials import Trial, best_of
from lstmkit.train import CHECKPOINT, TrainSettings
from lstmkit.train.device import require_device

VALIDATION = 0.2

Task = TypeVar("Task", Forecaster, SequenceTask)


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes:
        task: The task with the best settings, fitted.
        result: What metrics.json holds of its run: scores on the test part.
        trials: Every trial, the first with the settings given.
    """

    task: Forecaster | SequenceTask
    result: dict[str, Any]
    trials: list[Trial]


def tune(
    task: Task,
    data: Any,
    *args: Any,
    folder: str | Path,
    trials: int = 30,
    space: Space | None = None,
    resume: bool = False,
    progress: bool = True,
    **run: Any,
) -> Tuned:
    """Searches settings by the validation loss, then trains with the best and judges that once.

    The first trial takes the settings as they were given. Settings left at their defaults vary
    (`Forecaster.search_space`, `Classifier.search_space`), those given stay. Each trial is pruned
    by its validation loss after every epoch, against the median of the others. The test part, the
    same as in a run without a search, is looked at by nobody until the search is over.

    The folder holds what a run's folder holds (`run_forecast`, `run_sequences`), and besides
    study.db, the search itself, which can be broken off and made longer; trials.csv; and
    search.html with its figures.

    Args:
        task: The task, not yet fitted; it stays as it is.
        data: What the task learns from, as `run_forecast` or `run_sequences` takes it.
        args: The target of a forecaster, or y.
        folder: Folder of the run; made where it is missing.
        trials: How many in all.
        space: What may vary, by setting; None takes what the task declares.
        resume: Go on with the search in the folder, of the same task and data.
        progress: Tell of each trial, and of the last training, on stderr.
        run: What else `run_forecast` or `run_sequences` takes.

    Returns:
        The fitted task, what its run was, and the trials.

    Raises:
        DataError: What cannot be learnt from.
        SettingsError: Nothing left to vary, no validation part, or a search of another task or of
            other data in the folder.
        MissingExtraError: optuna is not installed.
        ModelFileError: A file cannot be written, or nothing to resume.
        Interrupted: Ctrl-C; the search and the checkpoint of its trial are kept.
    """
    tried: list[str] = []

    def say(line: str) -> None:
        tried.append(line)
        if progress:
            sys.stderr.write(line + "\n")

    folder = Path(folder)
    _require_start(task)
    base, learn, mark = (
        _forecasts(task, data, *args, **run)
        if isinstance(task, Forecaster)
        else (_sequences(task, data, *args, **run))
    )
    how: dict[str, Any] = {"trials": trials, "resume": resume, "space": space, "say": say}
    known = search(base, learn, folder=folder, data_mark=mark, **how)
    best = changed(task, best_of(known).params)
    whole: Callable[..., dict[str, Any]] = (
        run_forecast if isinstance(task, Forecaster) else run_sequences
    )
    # a checkpoint beside the study is of the run with what was best by then
    goes_on = not tried and (folder / CHECKPOINT).exists()
    result = whole(best, data, *args, folder=folder, resume=goes_on, progress=progress, **run)
    leave(folder, result["title"], known, result["settings"], run.get("again", ()))
    return Tuned(best, result, known)


_NOT_LEARNT = ("title", "again")


def _require_start(task: Forecaster | SequenceTask) -> None:
    """Refuses what no trial could begin with, before there is a folder."""
    TrainSettings(seed=task.seed, device=task.device)
    require_device(task.device)


def _forecasts(
    task: Forecaster, data: Any, target: Any, **run: Any
) -> tuple[Forecaster, Learn, str]:
    check_settings(task.get_params())
    columns = {name: value for name, value in run.items() if name not in _NOT_LEARNT}
    parts = {name: value for name, value in columns.items() if name != "watch_gradients"}
    named, files = Columns.of(target, **parts), stored_table(data)
    series = (
        read_series(data, named, gaps=task.gaps) if files is None else store_series(files, named)
    )
    return (
        task,
        lambda one, **how: one.fit(data, target, **columns, **how).history_,
        series_mark(series),
    )


def _sequences(
    task: SequenceTask, data: Any, y: Any = None, **run: Any
) -> tuple[SequenceTask, Learn, str]:
    if task.validation == 0:
        raise SettingsError(
            "tune: validation=0 leaves no sequences to choose settings by. Leave it out, or give a "
            "share."
        )
    unlike = (*_NOT_LEARNT, "watch_gradients")
    columns = {name: value for name, value in run.items() if name not in unlike}
    learnt, _ = parted(task, data, y, **columns)
    # few sequences are all learnt from in a run, but a search needs some to choose by
    base = changed(task, {"validation": task.validation or VALIDATION})
    mark = learnt.mark()
    how = {"progress": False, "data_mark": mark}
    return base, lambda one, **more: one.learn(learnt, **how, **more).history_, mark
