"""The training loop: everything that happens between the first batch and the best weights."""

import math
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from torch import nn

from lstmkit.errors import DataError, LstmkitError, ModelFileError, SettingsError
from lstmkit.inspect.watch import GradientWatch
from lstmkit.train.batches import Batches, InBlocks
from lstmkit.train.checkpoint import CHECKPOINT
from lstmkit.train.device import accelerator, require_device
from lstmkit.train.fingerprint import fingerprint
from lstmkit.train.history import History, Stopped
from lstmkit.train.interruption import Interrupted, interruptions
from lstmkit.train.optimiser import set_learning_rate
from lstmkit.train.order import block_batches, epoch_batches, num_batches
from lstmkit.train.progress import ProgressDisplay
from lstmkit.train.run import Run
from lstmkit.train.schedule import learning_rate
from lstmkit.train.session import Session
from lstmkit.train.settings import TrainSettings


class Diverged(LstmkitError):  # noqa: N818 (says what the run did)
    """The loss or its gradient stopped being a finite number."""


def fit(
    model: nn.Module,
    train_data: Batches,
    valid_data: Batches,
    settings: TrainSettings,
    *,
    folder: str | Path | None,
    resume: bool = False,
    progress: bool = True,
    watch_gradients: bool = False,
    after_epoch: Callable[[History], None] | None = None,
    data_mark: str | None = None,
) -> History:
    """Trains `model` in place until its best validation loss and leaves it in evaluation mode.

    The same settings, data and first weights give the same bits on one process with a given number
    of threads, however often the run was broken off and resumed. Started by torchrun or accelerate
    launch, the processes share every batch, and without dropout take the steps that one process
    would take, up to rounding. A `folder` without `resume` starts afresh, over an old checkpoint;
    the last checkpoint stays in the folder, so that the caller can save the model before it goes.

    Args:
        model: A module with `loss(batch: dict[str, Tensor]) -> Tensor`, the mean over the rows. If
            it is a mean over something else, `counts(batch)` says how much of it a batch holds, so
            that processes can share a batch.
        train_data: Rows to learn from.
        valid_data: Rows that decide which epoch was best and when to stop; `train_data` itself
            where none are held out.
        settings: How to train.
        folder: Where checkpoint.safetensors is kept, or None to keep none. Made if missing.
        resume: Go on from the checkpoint in `folder`. A run that was finished returns at once.
        progress: Show progress on stderr.
        watch_gradients: Say on stderr, each epoch, how large the gradients of the recurrent layers
            are and how they change from step to step back, and at once when they begin to explode
            or vanish, with what to do (`lstmkit.inspect.GradientWatch`).
        after_epoch: Told the history after each epoch, in every process; what it raises ends the
            run, whose checkpoint stays.
        data_mark: A digest of what the rows were made from (`lstmkit.data.mark`), by which `resume`
            knows other data; None compares numbers and shapes of rows alone.

    Returns:
        The history; `model` holds the weights of `history.best_epoch`, on the training device.

    Raises:
        Interrupted: Ctrl-C or a request of the system to end; the checkpoint is written first.
        Diverged: The loss or its gradient is no longer a finite number.
        SettingsError: `resume` with other settings, data or model than before; unknown device;
            `watch_gradients` of a model without an `LSTM`.
        DataError: Data without rows.
        ModelFileError: The checkpoint cannot be read or written.
        MissingExtraError: accelerate is not installed.
    """
    _require_rows(train_data=train_data, valid_data=valid_data)
    watch = GradientWatch(model) if watch_gradients else None
    require_device(settings.device)
    path = _checkpoint(None if folder is None else Path(folder), resume=resume)
    with accelerator(settings) as processes, interruptions() as interruption:
        session = Session(
            model,
            settings,
            processes=processes,
            interruption=interruption,
            path=path,
            fingerprint=fingerprint(model, train_data, valid_data, settings, data_mark),
        )
        run = session.restore(path) if resume and path else session.begin()
        run.history.held_out = valid_data is not train_data
        num_steps = num_batches(len(train_data), settings.batch_size)
        first = processes.is_main_process
        with (
            ProgressDisplay(
                settings.epochs, num_steps, run=run, show=progress and first
            ) as display,
            watch if watch and first else nullcontext() as watching,
        ):
            while run.history.stopped is None:
                _train_epoch(session, run, train_data, num_steps, display, watching)
                _obey(session, run)
                valid_loss = session.mean_loss(valid_data)
                _require_finite(session, run, "validation loss", valid_loss)
                whole = run.step == num_steps
                last_rate = _rate(settings, num_steps, run.epoch, run.step - 1)
                run.end_epoch(
                    model,
                    valid_loss=valid_loss,
                    learning_rate=last_rate,
                    seconds=session.seconds,
                )
                if whole:
                    run.history.stopped = _why_enough(run.history, settings)
                    session.save(run)
                # set after saving: with more time, the saved run goes on
                if session.late and run.history.stopped is None:
                    run.history.stopped = "time"
                display.epoch(run.history)
                if watching:
                    display.note(watching.line())
                if after_epoch:
                    after_epoch(run.history)
                _obey(session, run)
    model.load_state_dict(run.best)
    model.eval()
    return run.history


def _train_epoch(
    session: Session,
    run: Run,
    data: Batches,
    num_steps: int,
    display: ProgressDisplay,
    watch: GradientWatch | None,
) -> None:
    """Takes the steps of the epoch that are not yet done, until told to stop."""
    settings = session.settings
    batches = _batches(data, settings, run)
    session.model.train()
    for rows in batches:
        set_learning_rate(session.optimiser, _rate(settings, num_steps, run.epoch, run.step))
        session.seed(run)
        loss, norm = session.backward(data, rows)
        for alarm in watch.step() if watch else ():
            display.note(str(alarm))
        _require_finite(session, run, "loss", loss)
        _require_finite(session, run, "norm of the gradient", norm)
        session.add_noise(run.epoch * num_steps + run.step)
        session.optimiser.step()
        run.end_step(loss, num_rows=len(rows))
        display.step(run)
        told_to_stop = session.interrupted or session.late
        if told_to_stop or session.save_due:
            session.save(run)
        if told_to_stop:
            return


def _batches(data: Batches, settings: TrainSettings, run: Run) -> Iterable[np.ndarray]:
    """The batches of the epoch that are not yet done."""
    size, place = settings.batch_size, {"seed": settings.seed, "epoch": run.epoch}
    if isinstance(data, InBlocks):
        return block_batches(data.blocks, size, first=run.step, **place)
    return epoch_batches(len(data), size, **place)[run.step :]


def _rate(settings: TrainSettings, num_steps: int, epoch: int, step: int) -> float:
    done, steps = epoch * num_steps + step, settings.epochs * num_steps
    return learning_rate(done, steps, settings.learning_rate)


def _why_enough(history: History, settings: TrainSettings) -> Stopped | None:
    if history.num_epochs == settings.epochs:
        return "epochs"
    waited = history.num_epochs - history.best_epoch
    return "patience" if settings.patience is not None and waited >= settings.patience else None


def _obey(session: Session, run: Run) -> None:
    if not session.interrupted:
        return
    epochs = session.settings.epochs
    where = f"fit: interrupted in epoch {min(run.epoch + 1, epochs)} of {epochs}"
    if session.path is None:
        raise Interrupted(
            f"{where}; nothing is kept, because no folder was given. "
            "Give a folder to be able to resume."
        )
    raise Interrupted(
        f"{where}; everything so far is in {session.path}. "
        "Go on with the same command and --resume (in Python: resume=True).",
        checkpoint=session.path,
    )


def _require_finite(session: Session, run: Run, what: str, value: float) -> None:
    if math.isfinite(value):
        return
    kept = f" The last good checkpoint is {session.path}." if session.path else ""
    raise Diverged(
        f"fit: the {what} became {value} in epoch {run.epoch + 1}, step {run.step + 1}. Look for "
        "infinite or huge values in the data; then lower learning_rate (it was "
        f"{session.settings.learning_rate:g}; try a tenth) or clip_norm (it was "
        f"{session.settings.clip_norm}) and start without --resume.{kept}"
    )


def _require_rows(**data: Batches) -> None:
    for name, batches in data.items():
        if not len(batches):
            raise DataError(f"fit: {name} must have at least 1 row, got 0. Give more data.")


def _checkpoint(folder: Path | None, *, resume: bool) -> Path | None:
    if folder is None:
        if resume:
            raise SettingsError(
                "fit: resume=True needs the folder of the run to resume, got None. Give folder."
            )
        return None
    path = folder / CHECKPOINT
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # what a kill in the middle of a write has left behind
        for partial in folder.glob(f".{CHECKPOINT}.*.tmp"):
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise ModelFileError(
            f"fit: {folder} cannot be used as a folder: {error.strerror}. Choose another one."
        ) from error
    return path
