"""The search: trial after trial, each judged by its validation loss alone."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lstmkit.errors import SettingsError
from lstmkit.tasks.settings import Settings
from lstmkit.tasks.tuning.space import Space
from lstmkit.tasks.tuning.study import distributions, sampler, study_in
from lstmkit.tasks.tuning.trials import Trial, best_of, finished
from lstmkit.train import CHECKPOINT, Diverged, History

if TYPE_CHECKING:
    from optuna import Study

TRIAL = "trial"
"""Folder of the trial at work, inside of the folder of the run."""


class Tunable(Protocol):
    """What a search asks of a task, beside its `Settings`."""

    seed: int

    def search_space(self) -> Space:
        """What may vary, once the task is fitted."""


Task = TypeVar("Task", bound=Settings)
Learn = Callable[..., History]
"""Fits a task by its training part; takes `folder`, `resume` and `after_epoch`, as `fit` does."""


def search(
    task: Settings,
    learn: Learn,
    *,
    folder: Path,
    data_mark: str,
    trials: int,
    resume: bool,
    space: Space | None,
    say: Callable[[str], None],
) -> list[Trial]:
    """Tries settings, beginning with those given.

    A trial learns and stops like any run, and its value is the lowest validation loss; a trial
    whose loss is above the median of the others at the same epoch is cut short. Only settings that
    were left as they are by default vary. Killed at any moment, the search goes on within the
    trial at work, and ends as if it had not been broken off.

    Args:
        task: The task, not yet fitted; it stays as it is.
        learn: Fits a task.
        folder: Folder of the run, for the study and the checkpoint of the trial at work.
        data_mark: What tells the data that the task learns from.
        trials: How many in all, those of the study in the folder included.
        resume: Go on with the study in the folder.
        space: What may vary; None takes what the task declares.
        say: Told a line after each trial.

    Returns:
        The trials, the first of them with the settings given.

    Raises:
        SettingsError: No trial, nothing left to vary, or a study of another task or of other
            data.
        MissingExtraError: optuna is not installed.
        Interrupted: Ctrl-C; the study and the trial's checkpoint are kept.
    """
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 1:
        raise SettingsError(
            f"tune: expected trials as a whole number of at least 1, got {trials!r}."
        )
    if os.environ.get("WORLD_SIZE", "1") != "1":
        raise SettingsError(
            "tune: a search runs in one process, got several. Start it without torchrun, and train "
            "with the settings that it finds by as many as you like."
        )
    with study_in(folder, task, data_mark=data_mark, resume=resume) as study:
        if not resume:
            # what a search before this one has left
            shutil.rmtree(folder / TRIAL, ignore_errors=True)
        at_work = _broken_off(study)
        known = finished(study)
        while len(known) < trials:
            if not known:
                _first(study, task, learn, folder / TRIAL, space)
            else:
                _next(study, task, learn, folder / TRIAL, len(known), at_work)
                at_work = None
            known = finished(study)
            say(_line(known, trials))
        return known


def changed(task: Task, params: Mapping[str, Any]) -> Task:
    """A task with other settings, not yet fitted."""
    return type(task)(**(task.get_params() | dict(params)))


def _first(study: "Study", task: Settings, learn: Learn, folder: Path, space: Space | None) -> None:
    """The settings as they were given; what may vary lies around what took effect."""
    from optuna.trial import create_trial

    one: Any = changed(task, {})
    started = time.monotonic()
    history = learn(one, folder=folder, resume=(folder / CHECKPOINT).exists())
    axes = _left_open(task, one.search_space() if space is None else space)
    study.add_trial(
        create_trial(
            params={name: axis.usual for name, axis in axes.items()},
            distributions=distributions(axes),
            value=history.best_valid_loss,
            intermediate_values=dict(enumerate(history.valid_loss, start=1)),
            user_attrs={"seconds": round(time.monotonic() - started, 1)},
        )
    )
    shutil.rmtree(folder, ignore_errors=True)


def _next(
    study: "Study",
    task: Settings,
    learn: Learn,
    folder: Path,
    number: int,
    at_work: Mapping[str, Any] | None,
) -> None:
    """One trial; `at_work` are the settings of the one that was broken off."""
    from optuna import TrialPruned
    from optuna.trial import TrialState

    study.sampler = sampler(getattr(task, "seed", 0), number)
    trial = study.ask(dict(study.get_trials(deepcopy=False)[0].distributions))
    reported = 0

    def after_epoch(history: History) -> None:
        nonlocal reported
        for epoch in range(reported + 1, history.num_epochs + 1):
            trial.report(history.valid_loss[epoch - 1], epoch)
            if trial.should_prune():
                raise TrialPruned
        reported = history.num_epochs

    resume = trial.params == at_work and (folder / CHECKPOINT).exists()
    started = time.monotonic()
    try:
        history = learn(
            changed(task, trial.params), folder=folder, resume=resume, after_epoch=after_epoch
        )
    except (TrialPruned, Diverged):
        ended: dict[str, Any] = {"state": TrialState.PRUNED}
    else:
        ended = {"values": history.best_valid_loss}
    trial.set_user_attr("seconds", round(time.monotonic() - started, 1))
    study.tell(trial, **ended)
    shutil.rmtree(folder, ignore_errors=True)


def _broken_off(study: "Study") -> dict[str, Any] | None:
    """Gives up the trial that was at work when the search was killed; returns its settings."""
    from optuna.trial import TrialState

    at_work = None
    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        at_work = dict(one.params)
        study.tell(one.number, state=TrialState.FAIL)
    return at_work


def _left_open(task: Settings, space: Space) -> Space:
    defaults = signature(type(task)).parameters
    for name in space:
        if name not in defaults:
            raise SettingsError(
                f"tune: {name!r} is no setting of a {type(task).__name__}. Settings are "
                f"{', '.join(defaults)}."
            )
    settings = task.get_params()
    found = {name: axis for name, axis in space.items() if settings[name] == defaults[name].default}
    if not found:
        raise SettingsError(
            f"tune: expected settings left open, but {', '.join(space)} are all given. Leave out "
            "those that are to be searched."
        )
    return found


def _line(known: list[Trial], trials: int) -> str:
    last, best = known[-1], best_of(known)
    told = f"cut short at {last.loss:.4g}" if last.pruned else f"validation loss {last.loss:.4g}"
    settings = ", ".join(f"{name} {_short(value)}" for name, value in last.params.items())
    return (
        f"Trial {last.number + 1} of {trials}: {told} (best {best.loss:.4g} in trial "
        f"{best.number + 1}); {settings}"
    )


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
