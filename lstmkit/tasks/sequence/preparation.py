"""From sequences to the inputs of a network: scales, what is missing, and since when."""

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as SequenceType
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from lstmkit.data import Scaler, fill_forward
from lstmkit.data.moments import Moments
from lstmkit.data.sequence_rows import SequenceRows, StoredRows
from lstmkit.data.sequences import Sequences
from lstmkit.data.static_numbers import StaticNumbers
from lstmkit.data.stored_sequences import StoredSequences
from lstmkit.tasks.sequence.alike import require_alike


class Carry(NamedTuple):
    """What the next steps of a sequence need to know of those before.

    Attributes:
        last: Last known value of each channel, scaled (C,); NaN before the first.
        seen: Time at which it was known (C,).
        time: Time of the last step.
    """

    last: np.ndarray
    seen: np.ndarray
    time: float


# gaps that are counted for their median, of one block and of all of them
MOST_GAPS, MOST_IN_ALL = 10_000, 1_000_000


@dataclass(frozen=True)
class SequencePreparation:
    r"""How the steps of a sequence become inputs.

    A value is scaled by mean and standard deviation of the training sequences; a missing one is the
    last known one, or 0, the mean, before the first. Where training sequences lack values, two more
    inputs a channel tell the network: a mask, and the time since the channel was last known (Che et
    al. 2018, equation 2),

    .. math::
        \delta_t = s_t - s_{t'} , \qquad t' = \max \{u < t : x_u \text{ known}\}

    with s the times of the steps, divided by the median gap of the training sequences, as
    log(1 + delta). Where steps have times, one more input is the gap to the step before, likewise.

    Attributes:
        scaler: Scale of the channels.
        static: Scale of the numbers of a whole sequence.
        channels: Names of the channels.
        masked: Whether channels have masks.
        timed: Whether steps have times.
        unit: Median gap between steps.
        gaps_in_static: Whether numbers of a whole sequence have masks.
    """

    scaler: Scaler
    static: Scaler
    channels: tuple[str, ...]
    masked: bool
    timed: bool
    unit: float
    gaps_in_static: bool

    @classmethod
    def fit(
        cls, sequences: Sequences, parts: Iterable[Sequences] | None = None
    ) -> "SequencePreparation":
        """Learns the scales from training sequences.

        Args:
            sequences: The sequences.
            parts: Those of their steps to learn from, piece by piece; None for all.
        """
        moments, masked, gaps, every = Moments(), False, [np.zeros(0)], 1
        for part in sequences.parts() if parts is None else parts:
            moments.add(np.concatenate(part.values))
            masked = masked or any(np.isnan(one).any() for one in part)
            if part.times is not None:
                gaps.append(_gaps(part.times, whole=part is sequences)[::every])
                if part is not sequences and sum(map(len, gaps)) > MOST_IN_ALL:
                    gaps, every = [np.concatenate(gaps)[::2]], 2 * every
        positive = np.concatenate(gaps)
        return cls(
            scaler=Scaler.of([moments]),
            static=Scaler.fit([sequences.static], shared=True),
            channels=sequences.channels,
            masked=masked,
            timed=sequences.times is not None,
            unit=float(np.median(positive)) if len(positive) else 1.0,
            gaps_in_static=bool(np.isnan(sequences.static).any()),
        )

    @property
    def num_inputs(self) -> int:
        """Inputs of a step."""
        return len(self.channels) * (3 if self.masked else 1) + self.timed

    @property
    def num_static(self) -> int:
        """Inputs of a whole sequence."""
        return self.num_numbers * (2 if self.gaps_in_static else 1)

    @property
    def num_numbers(self) -> int:
        """Numbers of a whole sequence."""
        return int(self.static.mean.shape[1])

    def check(self, sequences: Sequences) -> None:
        """Refuses sequences of other channels than those learnt from.

        Raises:
            DataError: Another number of channels or of static numbers, or times on one side only.
        """
        require_alike(sequences, self.channels, timed=self.timed, numbers=self.num_numbers)

    def inputs(self, sequences: Sequences) -> list[Float[np.ndarray, "_ inputs"]]:
        """Returns the inputs of each sequence, float64 (T, num_inputs)."""
        times = sequences.times or tuple(np.arange(len(one)) for one in sequences)
        return [self.steps(values, when)[0] for values, when in zip(sequences, times, strict=True)]

    def rows(
        self,
        sequences: Sequences,
        more: Mapping[str, np.ndarray],
        by_step: Mapping[str, list[np.ndarray]] | None = None,
    ) -> SequenceRows | StoredRows:
        """Prepares sequences for the network: at once, or batch by batch where they are in files.

        Args:
            sequences: The sequences.
            more: Arrays with one row for each.
            by_step: For each sequence arrays with one row for each step.
        """
        if isinstance(sequences, StoredSequences):
            return StoredRows(sequences, self.inputs, more, by_step)
        return SequenceRows(self.inputs(sequences), more, by_step)

    def steps(
        self, values: np.ndarray, times: np.ndarray, carry: Carry | None = None
    ) -> tuple[np.ndarray, Carry]:
        """Prepares the next steps of one sequence.

        Args:
            values: Steps (T, C), NaN where missing.
            times: Their times (T,); the numbers of the steps where these are even.
            carry: What `steps` returned for the steps before; None at the beginning.

        Returns:
            Inputs (T, num_inputs), and what the next steps need.
        """
        times = np.asarray(times, np.float64)
        if carry is None:
            nothing = np.full(values.shape[1], np.nan)
            carry = Carry(nothing, np.full(values.shape[1], times[0]), float(times[0]))
        scaled = np.vstack([carry.last, self.scaler.scale(values)])
        filled = fill_forward(scaled)
        known = ~np.isnan(scaled)
        stamped = np.concatenate([[-np.inf], times])[:, None]
        seen = np.maximum.accumulate(np.where(known, stamped, -np.inf), axis=0)
        seen = np.maximum(seen, carry.seen)
        parts = [np.nan_to_num(filled[1:])]
        if self.masked:
            parts += [(~known[1:]).astype(np.float64), self._ago(times[:, None] - seen[:-1])]
        if self.timed:
            parts.append(self._ago(np.diff(times, prepend=carry.time)[:, None]))
        # a row of its own: a part of an array would keep all of it in memory
        after = Carry(filled[-1].copy(), seen[-1].copy(), float(times[-1]))
        return np.concatenate(parts, axis=1), after

    def static_inputs(
        self, static: Float[np.ndarray, "sequences numbers"]
    ) -> Float[np.ndarray, "sequences inputs"]:
        """Returns the inputs that the numbers of whole sequences become, (N, num_static)."""
        return StaticNumbers(self.static, self.gaps_in_static).inputs(static)

    def _ago(self, gap: np.ndarray) -> np.ndarray:
        ago: np.ndarray = np.log1p(gap / self.unit)
        return ago

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for a model file."""
        return {
            "scaler": self.scaler.to_dict(),
            "static": self.static.to_dict(),
            "channels": list(self.channels),
            "masked": self.masked,
            "timed": self.timed,
            "unit": self.unit,
            "gaps_in_static": self.gaps_in_static,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "SequencePreparation":
        """The preparation that `to_dict` described."""
        scales = {name: Scaler.from_dict(values[name]) for name in ("scaler", "static")}
        return cls(**(values | scales | {"channels": tuple(values["channels"])}))


def _gaps(times: SequenceType[np.ndarray], *, whole: bool) -> np.ndarray:
    """Gaps above 0; of a block of many only some, spread evenly."""
    found = np.concatenate([np.diff(one) for one in times])
    found = found[found > 0]
    return found if whole or len(found) <= MOST_GAPS else found[:: -(-len(found) // MOST_GAPS)]
