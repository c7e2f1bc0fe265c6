"""The scale of a series that was not learnt from, by all its rows, of which the last are kept."""

from copy import copy
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor, from_numpy

from lstmkit.data.moments import Moments
from lstmkit.tasks.target_scale import TargetScale


@dataclass(frozen=True, eq=False)
class RunningScale:
    """What rows that are kept no longer add to the scale of their series.

    With them the scale is that of `TargetScale.scaler` for all rows, up to rounding.

    Attributes:
        targets: By what they are scaled: their deviation, or their mean change.
        rows: Moments of the targets of rows that are gone.
        changes: Moments of the changes that begin in such rows.
    """

    targets: TargetScale
    rows: Moments = field(default_factory=Moments)
    changes: Moments = field(default_factory=Moments)

    def without(self, target: np.ndarray, gone: int) -> "RunningScale":
        """Counts in rows that will be kept no longer.

        Args:
            target: What was kept of the targets so far (T, K).
            gone: How many of its first rows go; at least `targets.change` stay.

        Returns:
            The same with these rows.
        """
        shown, lag = self.targets.shown(target), self.targets.change
        rows, changes = copy(self.rows), copy(self.changes)
        rows.add(shown[:gone])
        changes.add(np.abs(shown[lag : lag + gone] - shown[:gone]))
        return RunningScale(self.targets, rows, changes)

    def moments(self, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Computes the scale.

        Args:
            target: The targets that are kept (T, K).

        Returns:
            Mean and scale of the whole series (K,).
        """
        shown, lag = self.targets.shown(target), self.targets.change
        rows = copy(self.rows)
        rows.add(shown)
        if not lag:
            return rows.mean, rows.std
        changes = copy(self.changes)
        changes.add(np.abs(shown[lag:] - shown[:-lag]))
        return rows.mean, np.where(changes.mean > 0, changes.mean, 1.0)

    def to_tensor(self) -> Tensor:
        """Everything as numbers, for a file."""
        return from_numpy(np.stack([self.rows.to_array(), self.changes.to_array()]))

    @classmethod
    def from_tensor(cls, told: Tensor, targets: TargetScale) -> "RunningScale":
        """The scale that `to_tensor` told."""
        rows, changes = (Moments.from_array(part) for part in told.double().numpy())
        return cls(targets, rows, changes)
