"""Which steps of series in files a detector learns from, and which it holds out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from lstmkit.data.sequences import Sequences
from lstmkit.data.step_places import Steps
from lstmkit.data.stored_steps import StoredSteps
from lstmkit.tasks.detection.clean_parts import first_held, require_clean
from lstmkit.tasks.detection.marks import marks
from lstmkit.tasks.detection.next_step import foretold, of_judged, window_starts
from lstmkit.tasks.sequence.preparation import Carry, SequencePreparation
from lstmkit.tasks.sequence.step_labels import ragged


class Parted(NamedTuple):
    """Some steps of a series, and which of them are clean.

    Attributes:
        steps: The steps.
        learnt: Those to learn from (T,).
        held: Those to stop and to set the threshold by (T,).
    """

    steps: Steps
    learnt: np.ndarray
    held: np.ndarray


class Survey(NamedTuple):
    """What a pass over all steps found, to cut training windows by.

    Attributes:
        begins: Where the first window of each series of the table begins, of what is learnt from
            and of what is held out, int64 (2, S).
        ends: Before where the last begins (2, S); no later than `begins` where there is none.
        last: The last step that is forecast at in each (2, S).
        carries: What the preparation carries into a block that begins in mid-series, by its first
            row in the table.
        held: How many steps are held out.
    """

    begins: np.ndarray
    ends: np.ndarray
    last: np.ndarray
    carries: dict[int, Carry]
    held: int


@dataclass(frozen=True, eq=False)
class StoredParts:
    """`CleanParts` of series in files: told by one number for each series, and by labels as read.

    Attributes:
        steps: The series.
        first_held: First held-out step of each series of the table, int64 (S,).
        judged: Which channels are judged (C,).
    """

    steps: StoredSteps
    first_held: np.ndarray
    judged: np.ndarray

    @classmethod
    def of(
        cls, steps: StoredSteps, share: float, *, seed: int, judged: np.ndarray
    ) -> "StoredParts":
        """Parts series; see `clean_parts`."""
        found = np.zeros(len(steps.source), np.int64)
        found[steps.places] = first_held(steps.lengths, share, seed=seed, groups=steps.groups)
        return cls(steps, found, judged)

    @property
    def labelled(self) -> bool:
        """Whether a column says which steps are anomalous."""
        return bool(self.steps.source.columns.target)

    def part(self, steps: Steps) -> Parted:
        """Says which of some steps are clean, and in which part."""
        number = steps.first + np.arange(len(steps.values))
        clean = np.ones(len(number), bool)
        if steps.labels is not None:
            clean = marks(ragged([steps.labels]))[0] == 0
        held = number >= self.first_held[steps.series]
        return Parted(steps, clean & ~held, clean & held)

    def blocks(self) -> Iterator[list[Parted]]:
        """Reads everything once, block by block."""
        for block in self.steps.blocks(labelled=self.labelled):
            yield [self.part(one) for one in block]

    def held_series(self) -> "StoredParts":
        """The same without the series of which nothing is held out."""
        some = self.first_held[self.steps.places] < self.steps.lengths
        return replace(self, steps=self.steps.take(np.flatnonzero(some)))

    def scales(self) -> SequencePreparation:
        """Learns the scales from what is learnt from, in one pass.

        Raises:
            DataError: No clean step.
        """
        some = np.flatnonzero(self.first_held[self.steps.places] > 0)
        return SequencePreparation.fit(self.steps.take(some), self._learnt())

    def survey(self, prepared: SequencePreparation) -> Survey:
        """Finds where training windows lie, in one pass.

        Args:
            prepared: The scales.

        Raises:
            DataError: No clean step is held out.
        """
        source = self.steps.source
        first = np.full((2, len(source)), np.iinfo(np.int64).max)
        last = np.full((2, len(source)), -1)
        carries: dict[int, Carry] = {}
        carry: Carry | None = None
        held = 0
        for parted in (one for block in self.blocks() for one in block):
            steps, series = parted.steps, parted.steps.series
            if not steps.first:
                carry = None
            elif carry is not None:
                carries[int(source.starts[series]) + steps.first] = carry
            _, carry = prepared.steps(steps.values, steps.times, carry)
            held += int(parted.held.sum())
            values = of_judged(steps.values, self.judged)
            for place, counted in enumerate(parted[1:]):
                # the forecast of a step is made at the one before
                at = steps.first + np.flatnonzero(foretold(values, counted)) - 1
                at = at[at >= 0]
                if len(at):
                    first[place, series] = min(first[place, series], at[0])
                    last[place, series] = at[-1]
        require_clean(1, held, len(self.steps))
        return Survey(*window_starts(first, last), last, carries, held)

    def _learnt(self) -> Iterator[Sequences]:
        """What is learnt from, block by block."""
        number = 0
        for block in self.blocks():
            found = [
                steps._replace(values=steps.values[learnt], times=steps.times[learnt])
                for steps, learnt, _ in block
                if learnt.any()
            ]
            if found:
                yield self.steps.in_memory(found)
            number += len(found)
        require_clean(number, 1, len(self.steps))
