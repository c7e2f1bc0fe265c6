"""Where a run stands between two steps, apart from the weights and the optimiser."""

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from lstmkit.train.history import History


@dataclass(kw_only=True, slots=True)
class Run:
    """The place and the past of a run.

    The learning rate, the order of the rows and the random numbers are functions of the place
    (schedule.py, order.py), so that nothing else has to be kept to go on with the same bits.

    Attributes:
        epoch: Epochs that have ended.
        step: Steps done in the current epoch.
        rows: Rows seen in these steps.
        loss_sum: Sum of the loss over these rows.
        seconds: Time spent until the last checkpoint, over all resumed parts.
        history: The epochs that have ended; `stopped` is set once there is nothing left to train.
        best: Weights of the best epoch, on the CPU; empty before the first epoch ends.
    """

    epoch: int = 0
    step: int = 0
    rows: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    history: History = field(default_factory=History)
    best: dict[str, Tensor] = field(default_factory=dict)

    @property
    def mean_loss(self) -> float:
        """Mean loss over the rows seen in the current epoch."""
        return self.loss_sum / self.rows

    def end_step(self, loss: float, *, num_rows: int) -> None:
        """Counts a step in.

        Args:
            loss: Mean loss over the rows of the step.
            num_rows: How many they were.
        """
        self.step += 1
        self.rows += num_rows
        self.loss_sum += loss * num_rows

    def end_epoch(
        self, model: nn.Module, *, valid_loss: float, learning_rate: float, seconds: float
    ) -> None:
        """Writes the epoch into the history, keeps the weights if they are the best, starts anew.

        Args:
            model: The weights after the epoch.
            valid_loss: Their mean loss on the validation data.
            learning_rate: Of the last step.
            seconds: Time spent on the run so far.
        """
        better = self.history.end_epoch(
            train_loss=self.mean_loss,
            valid_loss=valid_loss,
            learning_rate=learning_rate,
            seconds=seconds - sum(self.history.seconds),
        )
        if better:
            self.best = {
                name: tensor.detach().to("cpu", copy=True)
                for name, tensor in model.state_dict().items()
            }
        self.epoch += 1
        self.step = self.rows = 0
        self.loss_sum = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Returns all but the weights, fit for JSON."""
        place = {name: getattr(self, name) for name in ("epoch", "step", "rows", "loss_sum")}
        return {**place, "seconds": self.seconds, "history": self.history.to_dict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any], best: dict[str, Tensor]) -> "Run":
        """Makes a run from what `to_dict` returned and the best weights."""
        return cls(**{**values, "history": History.from_dict(values["history"])}, best=best)
