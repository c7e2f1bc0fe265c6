"""From errors at every step to one score, and to what each channel has to do with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from lstmkit.tasks.detection.tail import Tail, surprises

LEAST_SCALE = 0.01
"""Errors are counted in hundredths of a channel's standard deviation at the finest."""
BOUND = 3.0
USUAL, MOST = float(np.log10(np.e)), 10.0
"""Mean of the scores of clean steps, and how many times the mean a score counts at most."""
NOTHING = 1e-3
"""What is smaller, beside the usual size of errors, is rounding."""


class Late(NamedTuple):
    """What the errors of late were like.

    Attributes:
        scale: Mean absolute error of late (K,).
        smooth: Smoothed standardised error (K,).
        level: Mean of the scores of late.
    """

    scale: np.ndarray
    smooth: np.ndarray
    level: float


@dataclass(frozen=True, eq=False)
class ErrorModel:
    r"""How unusual errors are, beside those on clean data and those of late.

    An error e of a channel is divided by its mean absolute value on clean data, b (0.01 standard
    deviations at least), or of late, r, whichever is larger. So a series that has become restless
    for good does not cry wolf for ever:

    .. math::
        z_t &= |e_t| / \max(b, r_{t-1}) \\
        r_t &= r_{t-1} + (\min(|e_t|,\, 3 \max(b, r_{t-1})) - r_{t-1}) / M \\
        w_t &= w_{t-1} + \tfrac{2}{S + 1} (z_t - w_{t-1})

    z shows what is sudden; w, smoothed over S steps as Hundman et al. 2018 do, what stays; it
    begins at the mean of z on clean data. Each of the two, of each channel, becomes a surprise by
    its own `Tail`, so that a channel which is hard to forecast does not drown the others. The
    largest of them is the score, once its own tail on clean data has made up for the number that
    it was chosen from:

    .. math::
        s_t = s_{\max}\bigl(\max_{c}\, s_{c}(\ln z_{t,c}),\, s'_{c}(\ln w_{t,c})\bigr)

    On data like the clean ones :math:`P(s_t \ge s) = 10^{-s}`, with the mean :math:`\log_{10} e`.
    Where the mean of late, m, is larger, s is divided by as much:

    .. math::
        \text{score}_t &= s_t / \max(1,\, m_{t-1} / \log_{10} e) \\
        m_t &= m_{t-1} + (\min(s_t,\, 10 \max(m_{t-1}, \log_{10} e)) - m_{t-1}) / M

    A score of 3 is what one clean step in 1,000 reaches. Malhotra et al. 2015 fit one Gaussian to
    the errors of all channels instead; a maximum says which channel it was.

    Attributes:
        channels: Number of channels; there may be several errors (K) of each, side by side.
        smoothing: Steps S.
        memory: Steps M after which errors of late are forgotten; None for clean data alone.
        clean: Mean absolute errors on clean data (K,).
        tails: Of sudden errors (K), then of smoothed ones (K).
        whole: Of the largest surprise.
    """

    channels: int
    smoothing: int
    memory: int | None
    clean: Float[np.ndarray, " errors"]
    tails: tuple[Tail, ...]
    whole: Tail

    @classmethod
    def fit(
        cls,
        errors: Sequence[Float[np.ndarray, "_ errors"]],
        counted: Sequence[np.ndarray],
        *,
        channels: int,
        smoothing: int,
        memory: int | None,
    ) -> "ErrorModel":
        """Learns from errors on clean data.

        Args:
            errors: For each series its errors (T, K), NaN where unknown.
            counted: For each the steps (T,) to learn from: those the network has not learnt from.
            channels: Number of channels.
            smoothing: Steps S.
            memory: Steps M, or None.

        Returns:
            The model.

        Raises:
            DataError: Fewer than 20 steps to learn from.
        """
        held = np.concatenate([one[which] for one, which in zip(errors, counted, strict=True)])
        clean = usual_size(held)
        found = [views(one, clean, smoothing, memory)[0] for one in errors]
        drawn = [one[which] for one, which in zip(found, counted, strict=True)]
        return cls.of(
            clean, np.concatenate(drawn), channels=channels, smoothing=smoothing, memory=memory
        )

    @classmethod
    def of(
        cls,
        clean: Float[np.ndarray, " errors"],
        drawn: Float[np.ndarray, "steps views"],
        *,
        channels: int,
        smoothing: int,
        memory: int | None,
    ) -> "ErrorModel":
        """Learns from what was found on clean data.

        Args:
            clean: `usual_size` of the errors (K,).
            drawn: What `views` returned, at the steps to learn from (T, 2 K).
            channels: As for `fit`, like all that follows.
            smoothing: Steps S.
            memory: Steps M, or None.

        Raises:
            DataError: Fewer than 20 steps.
        """
        seen = ~np.isnan(drawn).all(0)
        tails = tuple(
            Tail.fit(drawn[:, place] if seen[place] else drawn[:, seen].ravel())
            for place in range(drawn.shape[1])
        )
        whole = Tail.fit(_largest(surprises(tails, drawn)) * np.log(10))
        return cls(channels, smoothing, memory, clean, tails, whole)

    def follow(
        self, errors: Float[np.ndarray, "time errors"], late: Late | None = None
    ) -> tuple[Float[np.ndarray, "time found"], Late]:
        """Scores the next steps of a series.

        Args:
            errors: Errors (T, K), NaN where unknown.
            late: What `follow` returned for the steps before; None at the beginning.

        Returns:
            Score, and the surprise of each channel (T, 1 + C); both 0 where nothing is known. Then
            what the next steps need.
        """
        seen, late = views(errors, self.clean, self.smoothing, self.memory, late)
        found = surprises(self.tails, seen)
        raw = self.whole.surprise(_largest(found) * np.log(10))
        score, level = _held_against(raw, late.level, self.memory)
        blame = _largest(found.reshape(len(errors), -1, self.channels).swapaxes(1, 2))
        return np.nan_to_num(np.column_stack([score, blame])), late._replace(level=level)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return {
            "channels": self.channels,
            "smoothing": self.smoothing,
            "memory": self.memory,
            "clean": self.clean.tolist(),
            "tails": [one.to_dict() for one in self.tails],
            "whole": self.whole.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ErrorModel":
        """The model that `to_dict` described."""
        told = {
            "clean": np.array(values["clean"]),
            "tails": tuple(Tail.from_dict(one) for one in values["tails"]),
            "whole": Tail.from_dict(values["whole"]),
        }
        return cls(**(values | told))


def usual_size(held: Float[np.ndarray, "steps errors"]) -> Float[np.ndarray, " errors"]:
    """Mean absolute errors on clean data, where they are known."""
    sizes, known = np.abs(held), ~np.isnan(held)
    mean = np.where(known, sizes, 0.0).sum(0) / np.maximum(known.sum(0), 1)
    # a channel without a single known error is judged on the scale of its values
    size: np.ndarray = np.where(known.any(0), mean, 1.0)
    return size


def views(
    errors: Float[np.ndarray, "time errors"],
    clean: Float[np.ndarray, " errors"],
    smoothing: int,
    memory: int | None,
    late: Late | None = None,
) -> tuple[Float[np.ndarray, "time views"], Late]:
    """Sees the next steps of a series in two ways: what is sudden, and what stays.

    Args:
        errors: Errors (T, K), NaN where unknown.
        clean: `usual_size` of those on clean data.
        smoothing: Steps S.
        memory: Steps M, or None.
        late: What `views` returned for the steps before; None at the beginning.

    Returns:
        Logarithms of z and of w, side by side (T, 2 K), and what the next steps need.
    """
    least = np.maximum(clean, LEAST_SCALE)
    scale, smooth, level = late or Late(least, clean / least, USUAL)
    found = np.empty((len(errors), 2, len(clean)))
    rate, forgetting = 2 / (smoothing + 1), 0.0 if memory is None else 1 / memory
    for step, size in enumerate(np.abs(errors)):
        against = np.maximum(least, scale)
        z = size / against
        known = ~np.isnan(z)
        smooth = np.where(known, smooth + rate * (z - smooth), smooth)
        bounded = np.minimum(size, BOUND * against)
        scale = np.where(known, scale + forgetting * (bounded - scale), scale)
        found[step] = z, np.where(known, smooth, np.nan)
    return np.log(np.maximum(found, NOTHING)).reshape(len(errors), -1), Late(scale, smooth, level)


def _largest(values: np.ndarray) -> np.ndarray:
    """The largest along the last axis of those known; NaN where none is."""
    found = np.where(np.isnan(values), -np.inf, values).max(-1)
    return np.where(np.isinf(found), np.nan, found)


def _held_against(raw: np.ndarray, level: float, memory: int | None) -> tuple[np.ndarray, float]:
    """Scores beside those of late, and their mean after the last."""
    if memory is None:
        return raw, level
    found = np.empty_like(raw)
    for step, one in enumerate(raw.tolist()):
        found[step] = one / max(1.0, level / USUAL)
        if not isnan(one):
            level += (min(one, MOST * max(level, USUAL)) - level) / memory
    return found, level
