"""The machinery around a run: processes, gradients, checkpoints, the clock and Ctrl-C."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.train import checkpoint
from lstmkit.train.batches import Batches
from lstmkit.train.gradients import add_noise
from lstmkit.train.interruption import Interruption
from lstmkit.train.optimiser import adamw
from lstmkit.train.order import ordered_batches, seed_step, share
from lstmkit.train.run import Run
from lstmkit.train.settings import TrainSettings

if TYPE_CHECKING:
    from accelerate import Accelerator


class Session:
    """What `fit` needs of the outside world while it trains one model.

    Args:
        model: Moved to the device of the processes.
        settings: How to train.
        processes: The connected processes, of which this is one.
        interruption: Says whether somebody asked to stop.
        path: The checkpoint, or None to keep none.
        fingerprint: What a resumed run must have in common with this one.

    Attributes:
        optimiser: Changes the weights when its `step` is called.
        interrupted: Somebody asked one of the processes to stop.
        late: One of the processes has trained for longer than `max_seconds`.
    """

    def __init__(
        self,
        model: nn.Module,
        settings: TrainSettings,
        *,
        processes: "Accelerator",
        interruption: Interruption,
        path: Path | None,
        fingerprint: dict[str, Any],
    ) -> None:
        """Places the model and builds its optimiser."""
        self.model, self.settings, self.path = model, settings, path
        self._processes, self._interruption = processes, interruption
        self._fingerprint = fingerprint
        self._loss, self.optimiser = processes.prepare(_Loss(model), adamw(model, settings))
        self._started = self._saved = time.monotonic()
        self.interrupted = self.late = False

    def begin(self) -> Run:
        """Starts a run, whose first checkpoint shows at once whether any can be written."""
        run = Run()
        self.save(run)
        return run

    def restore(self, path: Path) -> Run:
        """Reads a checkpoint into model and optimiser; the clock goes on from it."""
        run = checkpoint.restore(path, self.model, self.optimiser, self._fingerprint)
        self._started -= run.seconds
        return run

    def save(self, run: Run) -> None:
        """Writes the checkpoint, in the first process, if one is kept."""
        run.seconds = self.seconds
        if self.path is not None and self._processes.is_main_process:
            checkpoint.save(self.path, self.model, self.optimiser, run, self._fingerprint)
        self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time spent on the run, over all resumed parts."""
        return time.monotonic() - self._started

    @property
    def save_due(self) -> bool:
        """Whether the last checkpoint is older than the settings allow."""
        return time.monotonic() - self._saved > self.settings.checkpoint_seconds

    def seed(self, run: Run) -> None:
        """Seeds torch for the next step of the run, in each process differently."""
        seed_step(self.settings.seed, run.epoch, run.step, self._processes.process_index)

    def backward(self, data: Batches, rows: np.ndarray) -> tuple[float, float]:
        """Computes the gradient of a batch, each process from its share of the rows, and clips it.

        Args:
            data: The training data.
            rows: Row numbers of the whole batch.

        Returns:
            Mean loss of the batch and norm of its gradient before clipping by norm.
        """
        self.optimiser.zero_grad()
        loss = self._loss_of_share(data, rows)
        self._processes.backward(loss)
        if self.settings.clip_value is not None:
            self._processes.clip_grad_value_(self.model.parameters(), self.settings.clip_value)
        limit = self.settings.clip_norm or math.inf
        norm = self._processes.clip_grad_norm_(self.model.parameters(), limit)
        return self._agree(loss, norm)

    def add_noise(self, step: int) -> None:
        """Adds the noise of a step, counted over all epochs, to the gradient, if any is wanted."""
        settings = self.settings
        if settings.gradient_noise is not None:
            add_noise(
                self.model.parameters(), settings.gradient_noise, step=step, seed=settings.seed
            )

    @torch.no_grad()
    def mean_loss(self, data: Batches) -> float:
        """Returns the mean loss over all rows, with the model in evaluation mode."""
        self.model.eval()
        batches = ordered_batches(len(data), self.settings.batch_size)
        losses = [self._loss_of_share(data, rows) * len(rows) for rows in batches]
        mean = torch.stack(losses).sum() / len(data)
        return self._agree(mean, mean)[0]

    def _loss_of_share(self, data: Batches, rows: np.ndarray) -> Float[Tensor, ""]:
        own, weight = share(
            rows,
            process=self._processes.process_index,
            num_processes=self._processes.num_processes,
        )
        batch = {name: t.to(self._processes.device) for name, t in data.batch(own).items()}
        return cast("Tensor", self._loss(batch)) * self._weight(batch, weight)

    def _weight(self, batch: dict[str, Tensor], share_of_rows: float) -> Tensor | float:
        """Weight of a share's mean loss: its part of what the whole batch counts."""
        counts: Any = getattr(self.model, "counts", None)
        several = self._processes.num_processes
        if counts is None or several == 1:
            return share_of_rows
        own: Tensor = counts(batch).detach() * bool(share_of_rows)
        weight: Tensor = own * several / self._processes.reduce(own, "sum").clamp(min=1e-6)
        return weight

    def _agree(self, loss: Float[Tensor, ""], norm: Float[Tensor, ""]) -> tuple[float, float]:
        # one exchange a step: no process may stop or raise while another waits for its gradient
        limit = self.settings.max_seconds or math.inf
        signals = [float(self._interruption.requested), float(self.seconds > limit)]
        own = torch.stack([loss.detach().float(), norm.detach().float()])
        own = torch.cat([own, torch.tensor(signals, device=own.device)])
        mean_loss, mean_norm, interrupted, late = self._processes.reduce(own, "mean").tolist()
        self.interrupted, self.late = interrupted > 0, late > 0
        return mean_loss, mean_norm


class _HasLoss(Protocol):
    def loss(self, batch: dict[str, Tensor]) -> Float[Tensor, ""]: ...


class _Loss(nn.Module):
    """The model's loss as a forward pass, which is what accelerate wraps."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: dict[str, Tensor]) -> Float[Tensor, ""]:
        return cast("_HasLoss", self.model).loss(batch)
