"""What a run shows on stderr while it goes on: a bar on a terminal, a line an epoch elsewhere."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from lstmkit.train.history import History
from lstmkit.train.run import Run


class ProgressDisplay:
    """One bar for the whole run with epoch, loss, best validation loss and time left.

    Args:
        epochs: Epochs of the run.
        num_steps: Steps of an epoch.
        run: Where the run starts, or starts again.
        show: False shows nothing at all.
    """

    def __init__(self, epochs: int, num_steps: int, *, run: Run, show: bool) -> None:
        """Prepares the bar; it appears on entering the context."""
        self._epochs = epochs
        self._console = Console(stderr=True)
        self._on_terminal = show and self._console.is_terminal
        self._as_lines = show and not self._console.is_terminal
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._on_terminal,
        )
        self._task = self._bar.add_task(
            self._title(run.epoch),
            total=epochs * num_steps,
            completed=run.epoch * num_steps + run.step,
            figures=_best(run.history),
        )

    def __enter__(self) -> "ProgressDisplay":
        """Shows the bar."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leaves the bar as it stands."""
        self._bar.stop()

    def step(self, run: Run) -> None:
        """Moves the bar by the step that the run has just taken."""
        self._bar.update(
            self._task,
            advance=1,
            description=self._title(run.epoch),
            figures=f"loss {run.mean_loss:.4g}  {_best(run.history)}",
        )

    def epoch(self, history: History) -> None:
        """Tells of the epoch that has just ended, on a line of its own where there is no bar."""
        self._bar.update(self._task, figures=f"loss {history.train_loss[-1]:.4g}  {_best(history)}")
        if self._as_lines:
            self._console.print(self._line(history), markup=False, highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Says something on a line of its own, above the bar where there is one."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _line(self, history: History) -> str:
        spent = sum(history.seconds)
        left = spent / history.num_epochs * (self._epochs - history.num_epochs)
        until = f"stopped: {history.stopped}" if history.stopped else f"at most {left:.0f} s left"
        return (
            f"{self._title(history.num_epochs - 1)}  loss {history.train_loss[-1]:.4g}  "
            f"{'valid' if history.held_out else 'at rest'} {history.valid_loss[-1]:.4g}  "
            f"{_best(history)}  {spent:.0f} s, {until}"
        )

    def _title(self, epoch: int) -> str:
        return f"epoch {min(epoch + 1, self._epochs)}/{self._epochs}"


def _best(history: History) -> str:
    if not history.best_epoch:
        return ""
    return f"best {history.best_valid_loss:.4g} (epoch {history.best_epoch})"
