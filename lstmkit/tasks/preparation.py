"""From checked series to the channels of a network, with everything fitted on the training part."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmkit.data import (
    Categories,
    Channels,
    Frequency,
    Scaler,
    Series,
    SeriesSet,
    calendar_cycles,
    calendar_features,
    fill_forward,
)
from lstmkit.data.calendar import Cycle
from lstmkit.data.static_numbers import StaticNumbers
from lstmkit.tasks.counts import require_counts
from lstmkit.tasks.defaults import Preset
from lstmkit.tasks.target_scale import TargetScale


@dataclass(frozen=True)
class Preparation:
    """How series become channels: scales, categories, calendar, seasons.

    The input channels of a row are, in this order: the targets, for each season the targets one
    season before, the mask of missing targets if there were any, past covariates, known
    covariates, calendar. The known channels are known covariates and calendar. By segments there
    are neither seasons nor a calendar: a look-back of fifteen segments shows them. For smoothing,
    which follows seasons itself, there are none either.

    Attributes:
        targets: Scales of the targets.
        covariates: Scale of past and known covariates, shared by all series.
        categories: Code of the categories of a whole series.
        numbers: Scale of the numbers of a whole series.
        cycles: Cycles of the calendar that are shown.
        seasons: Lengths of seasons in steps.
        masked: Whether missing targets get a mask.
        horizon: Steps of a forecast.
    """

    targets: TargetScale
    covariates: Scaler
    categories: Categories
    numbers: StaticNumbers
    cycles: tuple[Cycle, ...]
    seasons: tuple[int, ...]
    masked: bool
    horizon: int

    @classmethod
    def fit(
        cls,
        series: SeriesSet,
        train_ends: Sequence[int],
        seasons: tuple[int, ...],
        horizon: int,
        *,
        preset: Preset = "steps",
    ) -> "Preparation":
        """Learns scales, categories and calendar from the training parts.

        Args:
            series: The series.
            train_ends: Rows of each training part.
            seasons: Lengths of seasons in steps.
            horizon: Steps of a forecast.
            preset: What the network is shown.

        Returns:
            The preparation.
        """
        shown = preset in ("steps", "counts")
        targets = [one.target[:end] for one, end in zip(series, train_ends, strict=True)]
        others = [_covariates(one)[:end] for one, end in zip(series, train_ends, strict=True)]
        change = min(seasons, default=1) if preset == "smoothing" else 0
        return cls(
            targets=TargetScale.of_counts(targets[0].shape[1], series.names)
            if preset == "counts"
            else TargetScale.fit(targets, series.names, change),
            covariates=Scaler.fit(others, shared=True),
            categories=Categories.fit([one.category for one in series]),
            numbers=StaticNumbers.fit(np.stack([one.static for one in series])),
            cycles=calendar_cycles(series.frequency, max(train_ends)) if shown else (),
            seasons=seasons if shown else (),
            masked=any(np.isnan(values).any() for values in targets),
            horizon=horizon,
        )

    def channels(
        self,
        series: SeriesSet,
        future: Sequence[np.ndarray] | None = None,
        rows: Sequence[int] | None = None,
    ) -> list[Channels]:
        """Turns series into channels.

        Args:
            series: The series.
            future: Known covariates after the last row of each series (horizon, Q), where
                forecasts from the last row are wanted.
            rows: Rows of a new series that may set its scale; see `TargetScale.scaler`.

        Returns:
            Channels, series by series.

        Raises:
            DataError: A target that is no count where counts are learnt, or has no logarithm.
        """
        if self.targets.counts:
            require_counts(series)
        scaler = self.targets.scaler(series, rows)
        return [
            self._one(
                one,
                scaler,
                index,
                series.frequency,
                None if future is None else future[index],
            )
            for index, one in enumerate(series)
        ]

    def _one(
        self,
        one: Series,
        scaler: Scaler,
        index: int,
        frequency: Frequency,
        future: np.ndarray | None,
    ) -> Channels:
        rows, split = len(one), one.past.shape[1]
        time = np.concatenate([one.time, frequency.future(one.time[-1], self.horizon)])
        if future is None:
            # the calendar goes on; covariates do not, and no origin may reach past their end
            time = time[:rows] if one.known.shape[1] else time
        calendar = calendar_features(time, frequency, self.cycles)
        width, earlier = one.target.shape[1], one.before.get(1)

        def scaled(values: np.ndarray) -> np.ndarray:
            return scaler.scale(self.targets.shown(values[:, :width]), index)

        target = scaled(one.target)
        before = {season: scaled(values) for season, values in one.before.items()}
        covariates = _filled(
            self.covariates.scale(_covariates(one)),
            None if earlier is None else self.covariates.scale(earlier[:, width:]),
        )
        past, known = covariates[:, :split], covariates[:, split:]
        if future is not None:
            padded = np.full((self.horizon, split + known.shape[1]), np.nan)
            padded[:, split:] = future
            ahead = self.covariates.scale(padded)[:, split:]
            known = _filled(np.concatenate([known, ahead]))
        elif not known.shape[1]:
            known = np.zeros((len(time), 0))
        filled = _filled(target, before.get(1))
        lags = [_lagged(filled, season) for season in self.seasons]
        mask = [np.isnan(target).astype(np.float64)] if self.masked else []
        return Channels(
            inputs=np.concatenate(
                [filled, *lags, *mask, past, known[:rows], calendar[:rows]], axis=1
            ),
            known=np.concatenate([known, calendar], axis=1),
            target=target,
            static=np.append(
                self.categories.encode(one.category), self.numbers.inputs(one.static[None])
            ),
            before=before,
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return self.targets.to_dict() | {
            "covariates": self.covariates.to_dict(),
            "categories": self.categories.to_dict(),
            "numbers": self.numbers.to_dict(),
            "cycles": list(self.cycles),
            "seasons": list(self.seasons),
            "masked": self.masked,
            "horizon": self.horizon,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Preparation":
        """The preparation that `to_dict` described."""
        return cls(
            targets=TargetScale.from_dict(values),
            covariates=Scaler.from_dict(values["covariates"]),
            categories=Categories.from_dict(values["categories"]),
            # files from before there were numbers have none
            numbers=StaticNumbers.from_dict(values["numbers"])
            if "numbers" in values
            else StaticNumbers(Scaler.identity(0)),
            cycles=tuple(values["cycles"]),
            seasons=tuple(values["seasons"]),
            masked=values["masked"],
            horizon=values["horizon"],
        )


def _covariates(one: Series) -> np.ndarray:
    return np.concatenate([one.past, one.known], axis=1)


def _filled(scaled: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """Missing values carried forward; 0, the mean, before the first known one."""
    filled: np.ndarray = np.nan_to_num(fill_forward(scaled, before=before))
    return filled


def _lagged(values: np.ndarray, season: int) -> np.ndarray:
    """The values one season before; the first ones where there is none."""
    rows = np.arange(len(values)) - season
    lagged: np.ndarray = values[np.maximum(rows, 0)]
    return lagged
