"""What happened in a training run, epoch by epoch."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Stopped = Literal["epochs", "patience", "time"]


@dataclass(slots=True)
class History:
    """The course of a training run; element `e - 1` of each list belongs to epoch `e`.

    Attributes:
        train_loss: Mean loss over the rows of each epoch, while training.
        valid_loss: Mean loss over the validation data after each epoch.
        learning_rate: Learning rate of each epoch's last step.
        seconds: Duration of each epoch, validation included, in seconds.
        best_epoch: Epoch with the lowest validation loss, counted from 1; 0 before the first.
        stopped: Why training ended: all "epochs" done, "patience" lost, "time" spent; None while
            it goes on.
        held_out: Whether the validation data are others than those learnt from.

    Example:
        >>> History(train_loss=[0.5], valid_loss=[0.6], best_epoch=1).best_valid_loss
        0.6
    """

    train_loss: list[float] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    best_epoch: int = 0
    stopped: Stopped | None = None
    held_out: bool = True

    @property
    def best_valid_loss(self) -> float:
        """Lowest validation loss so far; infinite before the first epoch ends."""
        return self.valid_loss[self.best_epoch - 1] if self.best_epoch else float("inf")

    @property
    def num_epochs(self) -> int:
        """Epochs that have ended."""
        return len(self.valid_loss)

    def end_epoch(
        self, *, train_loss: float, valid_loss: float, learning_rate: float, seconds: float
    ) -> bool:
        """Adds an epoch.

        Args:
            train_loss: Mean loss over the epoch's rows.
            valid_loss: Mean loss over the validation data.
            learning_rate: Learning rate of the last step.
            seconds: Duration of the epoch.

        Returns:
            True when this epoch has the lowest validation loss so far.
        """
        better = valid_loss < self.best_valid_loss
        self.train_loss.append(train_loss)
        self.valid_loss.append(valid_loss)
        self.learning_rate.append(learning_rate)
        self.seconds.append(seconds)
        if better:
            self.best_epoch = self.num_epochs
        return better

    def to_dict(self) -> dict[str, Any]:
        """Returns the history as plain lists and numbers, fit for JSON.

        Example:
            >>> History.from_dict(History(seconds=[1.5]).to_dict()).seconds
            [1.5]
        """
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "History":
        """Makes a history from what `to_dict` returned."""
        return cls(**values)
