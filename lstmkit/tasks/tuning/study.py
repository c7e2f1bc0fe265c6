"""A search's memory: optuna's study in a file of the run's folder."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmkit.errors import MissingExtraError, ModelFileError, SettingsError
from lstmkit.tasks.settings import Settings
from lstmkit.tasks.tuning.space import Between, OneOf, Space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

STUDY = "study.db"
"""Name of the search's file in the folder of a run."""

_NAME, _TASK, _DATA = "lstmkit", "task", "data"
# trials before a trial may be cut short, and epochs that each is given
_STARTUP, _WARMUP = 5, 2


@contextmanager
def study_in(folder: Path, task: Settings, *, data_mark: str, resume: bool) -> Iterator["Study"]:
    """Opens the study of a folder, or begins one.

    Args:
        folder: Folder of the run; made where it is missing.
        task: The task as it was given: a study goes on with the same one alone.
        data_mark: What tells the data that is learnt from; a study goes on with the same alone.
        resume: Go on with the study in the folder.

    Yields:
        The study.

    Raises:
        MissingExtraError: optuna is not installed.
        ModelFileError: Nothing to resume, a damaged file, or a folder that cannot be used.
        SettingsError: A study of other settings or other data, or one that would be lost.
    """
    optuna = _optuna()
    path = folder / STUDY
    if path.exists() != resume:
        raise _refused(path, resume=resume)
    from sqlalchemy.engine import URL
    from sqlalchemy.exc import DatabaseError

    loudness = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        url = URL.create("sqlite", database=str(path)).render_as_string()
        storage = optuna.storages.RDBStorage(url)
        pruner = optuna.pruners.MedianPruner(n_startup_trials=_STARTUP, n_warmup_steps=_WARMUP)
        study = optuna.create_study(
            storage=storage, study_name=_NAME, pruner=pruner, load_if_exists=True
        )
        _require_same(path, study, repr(task), data_mark)
        yield study
    except (OSError, DatabaseError) as error:
        raise ModelFileError(
            f"tune: {path} cannot be used ({str(error).splitlines()[0]}). Choose another folder, "
            "or start anew by overwrite."
        ) from error
    finally:
        if storage is not None:
            storage.remove_session()
            storage.engine.dispose()
        optuna.logging.set_verbosity(loudness)


def sampler(seed: int, number: int) -> "BaseSampler":
    """Draws the settings of one trial, by a tree of Parzen estimators after ten random ones.

    A sampler for each trial, seeded by its place, makes a study that was broken off draw what an
    unbroken one draws.

    Args:
        seed: Seed of the task.
        number: How many trials there are already.
    """
    place = np.random.SeedSequence([seed, number]).generate_state(1)[0]
    drawn: BaseSampler = _optuna().samplers.TPESampler(seed=int(place))
    return drawn


def distributions(space: Space) -> dict[str, "BaseDistribution"]:
    """Says in optuna's words what may vary."""
    found = _optuna().distributions

    def of(axis: Between | OneOf) -> "BaseDistribution":
        if isinstance(axis, OneOf):
            choice: BaseDistribution = found.CategoricalDistribution(axis.values)
            return choice
        whole = isinstance(axis.low, int) and isinstance(axis.high, int)
        kind = found.IntDistribution if whole else found.FloatDistribution
        span: BaseDistribution = kind(low=axis.low, high=axis.high, log=axis.log)
        return span

    return {name: of(axis) for name, axis in space.items()}


def _optuna() -> Any:
    try:
        # what it calls experimental is none of the user's business
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import optuna
    except ImportError as error:
        raise MissingExtraError(
            "tune: searching needs optuna, which is not installed. Install it with: "
            "pip install 'lstmkit[tune]'"
        ) from error
    return optuna


def _require_same(path: Path, study: "Study", told: str, data_mark: str) -> None:
    known = study.user_attrs.get(_TASK)
    if known is None:
        study.set_user_attr(_DATA, data_mark)
        study.set_user_attr(_TASK, told)
        return
    if known != told:
        raise SettingsError(
            f"tune: {path} searches settings for {known}, not for {told}. Give what was given "
            "before, or choose another folder."
        )
    if study.user_attrs.get(_DATA) != data_mark:
        got = "other data" if _DATA in study.user_attrs else "a search that does not tell"
        raise SettingsError(
            f"tune: cannot go on with {path}: expected the data that its trials learnt from, got "
            f"{got}. Resume with the same table and columns, or choose another folder."
        )


def _refused(path: Path, *, resume: bool) -> ModelFileError | SettingsError:
    if resume:
        return ModelFileError(
            f"tune: there is nothing to resume: {path} does not exist. Start without --resume."
        )
    return SettingsError(
        f"tune: {path.parent} holds a search. Go on with it by --resume, start anew by "
        "--overwrite, or choose another folder by --out."
    )
