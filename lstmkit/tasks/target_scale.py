"""How targets are scaled: each series by its own level and spread, or by how it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstmkit.data import Scaler, SeriesSet
from lstmkit.errors import DataError


@dataclass(frozen=True)
class TargetScale:
    """Scales of the targets, of series that were learnt from and of new ones.

    For smoothing the scale of a series is its mean change from one season before (one step, if
    there is none), so that all series are equally hard to forecast; targets whose training parts
    lie above 0 are given by their logarithms. Counts are left as they are: their network has a
    scale for each window.

    Attributes:
        learnt: Mean and scale, one row a training series; for counts one row that changes nothing.
        names: Names of the training series.
        change: Steps over which the mean change of a target is its scale; 0 for its standard
            deviation.
        logarithms: Whether targets are given by their logarithms.
        counts: Whether targets are counts.
    """

    learnt: Scaler
    names: tuple[str, ...]
    change: int = 0
    logarithms: bool = False
    counts: bool = False

    @classmethod
    def fit(
        cls, targets: Sequence[np.ndarray], names: tuple[str, ...], change: int = 0
    ) -> "TargetScale":
        """Learns from the training parts.

        Args:
            targets: Targets (T, K) of each series, NaN where missing.
            names: Names of the series.
            change: Steps over which the mean change is the scale, and logarithms are taken where
                all values have one; 0 for the standard deviation of plain values.
        """
        logarithms = change > 0 and all((one[~np.isnan(one)] > 0).all() for one in targets)
        shown = [np.log(one) for one in targets] if logarithms else targets
        return cls(_scaler(shown, change), names, change, logarithms)

    @classmethod
    def of_counts(cls, width: int, names: tuple[str, ...]) -> "TargetScale":
        """Leaves a number of targets, which are counts, as they are."""
        return cls(Scaler.identity(width), names, counts=True)

    def scaler(self, series: SeriesSet, rows: Sequence[int] | None = None) -> Scaler:
        """The scale of each series: its own from training, or for a new one from its first rows.

        Args:
            series: Series to scale.
            rows: For each of them how many rows may be looked at if it is new: those up to its
                first origin; None for all.

        Returns:
            A scaler with one row for each of them, or one row for all.
        """
        if self.counts:
            return self.learnt
        place = {name: index for index, name in enumerate(self.names)}
        moments = []
        for index, one in enumerate(series):
            known = place.get(one.name)
            seen = one.target[: rows[index]] if rows else one.target
            alone = self.learnt if known is not None else _scaler([self.shown(seen)], self.change)
            moments.append((alone.mean[known or 0], alone.std[known or 0]))
        means, stds = zip(*moments, strict=True)
        return Scaler(np.stack(means), np.stack(stds))

    def joined(self, moments: dict[str, tuple[np.ndarray, np.ndarray]]) -> "TargetScale":
        """Counts further series among those that were learnt from.

        Args:
            moments: Mean and scale (K,) of each, by name.
        """
        means, stds = zip(*moments.values(), strict=True)
        learnt = Scaler(
            np.concatenate([self.learnt.mean, np.stack(means)]),
            np.concatenate([self.learnt.std, np.stack(stds)]),
        )
        return replace(self, learnt=learnt, names=(*self.names, *moments))

    def shown(self, target: np.ndarray) -> np.ndarray:
        """Targets as they are scaled: themselves, or their logarithms.

        Args:
            target: Values (T, K), NaN where missing.

        Returns:
            What to scale, of the same shape.

        Raises:
            DataError: A value that has no logarithm, where all values learnt from had one.
        """
        if not self.logarithms:
            return target
        without = target[target <= 0]
        if len(without):
            raise DataError(
                f"Forecaster: expected targets above 0 as in the training part, got {without[0]:g}."
                " Take preset 'steps', or leave such rows out of the target."
            )
        logarithms: np.ndarray = np.log(target)
        return logarithms

    def plain(self, values: np.ndarray) -> np.ndarray:
        """What `shown` was made of; undoes it."""
        return np.exp(values) if self.logarithms else values

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return {
            "target": self.learnt.to_dict(),
            "names": list(self.names),
            "change": self.change,
            "logarithms": self.logarithms,
            "counts": self.counts,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TargetScale":
        """The scales that `to_dict` described."""
        # files from before there were smoothing and counts lack the last three
        return cls(
            Scaler.from_dict(values["target"]),
            tuple(values["names"]),
            values.get("change", 0),
            values.get("logarithms", False),
            values.get("counts", False),
        )


def _scaler(targets: Sequence[np.ndarray], change: int) -> Scaler:
    return Scaler.by_change(targets, change) if change else Scaler.fit(targets)
