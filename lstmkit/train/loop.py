"""The training loop: everything that happens between the first batch and the best weights."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from torch import Tensor, nn

from lstmkit.train.history import History
from lstmkit.train.settings import TrainSettings


@runtime_checkable
class Batches(Protocol):
    """Data that can be counted and picked from by row number."""

    def __len__(self) -> int:
        """Number of rows."""

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        """Returns the rows `indices` (int64) as named tensors, the row first in each."""


def fit(
    model: nn.Module,
    train_data: Batches,
    valid_data: Batches,
    settings: TrainSettings,
    *,
    folder: Path | None,
    resume: bool = False,
    progress: bool = True,
) -> History:
    """Trains `model` in place until its best validation loss and leaves it in evaluation mode.

    Args:
        model: A module with `loss(batch: dict[str, Tensor]) -> Tensor`, the mean over the rows.
        train_data: Rows to learn from.
        valid_data: Rows that decide which epoch was best and when to stop.
        settings: How to train.
        folder: Where checkpoint.safetensors is kept, or None to keep none.
        resume: Continue from the checkpoint in `folder`, to the same bits as without the break.
        progress: Show progress on stderr.

    Returns:
        The history; `model` holds the weights of `history.best_epoch`, on the training device.

    Raises:
        Interrupted: Ctrl-C; the checkpoint is written first.
        Diverged: The loss or gradient is no longer a finite number.
        SettingsError: `resume` with other settings, data or model than before; unknown device.
        DataError: No rows.
        ModelFileError: The checkpoint cannot be read or written.
    """
    raise NotImplementedError
