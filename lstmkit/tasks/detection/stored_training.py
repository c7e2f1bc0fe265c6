"""Windows of a detector over series in files, cut when a batch asks for them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstmkit.data.sequence_rows import SequenceRows
from lstmkit.data.series_places import SeriesPlaces
from lstmkit.data.stored_windows import StoredWindows
from lstmkit.tasks.detection.next_step import (
    HALF,
    WINDOW,
    cut_windows,
    of_judged,
    require_windows,
    window_rows,
)
from lstmkit.tasks.detection.stored_parts import StoredParts, Survey
from lstmkit.tasks.sequence.preparation import SequencePreparation

LEARNT, HELD = 0, 1


class Prepared(NamedTuple):
    """Steps of a series as windows are cut from them.

    Attributes:
        series: Its number in the table.
        begin: Number in the series of the first step.
        inputs: Inputs (T, I).
        scaled: Scaled values (T, C), NaN where missing.
        counted: Which of them count (T,).
        static: The inputs that the numbers of the series become.
    """

    series: int
    begin: int
    inputs: np.ndarray
    scaled: np.ndarray
    counted: np.ndarray
    static: np.ndarray


@dataclass(frozen=True, eq=False)
class PreparedSteps(SeriesPlaces):
    """Where series lie, of which pieces can be read as a network reads them.

    Attributes:
        parts: Which steps are clean.
        prepared: The scales.
        survey: Where windows lie.
        part: `LEARNT` or `HELD`.
    """

    parts: StoredParts
    prepared: SequencePreparation
    survey: Survey
    part: int

    @property
    def edges(self) -> np.ndarray:
        """Those of the steps."""
        return self.parts.steps.source.edges

    def piece(self, first: int, last: int) -> list[Prepared]:
        """Reads rows from `first` to before `last`, prepared as if each series were read whole."""
        source, edges = self.parts.steps.source, self.edges
        # what is known before `first` is known at the beginning of its block
        edge = int(edges[np.searchsorted(edges, first, "right") - 1])
        begin = max(edge, int(self.starts[self.within(first, first + 1).start]))
        found = []
        for steps in source.piece(begin, last, labelled=self.parts.labelled):
            carry = self.survey.carries[begin] if steps.first else None
            inputs, _ = self.prepared.steps(steps.values, steps.times, carry)
            parted = self.parts.part(steps)
            counted = (parted.learnt, parted.held)[self.part]
            # of the first series alone steps before `first` were read
            row = int(self.starts[steps.series]) + steps.first
            kept = slice(max(0, first - row), None)
            found.append(
                Prepared(
                    steps.series,
                    steps.first + max(0, first - row),
                    inputs[kept],
                    self.prepared.scaler.scale(of_judged(steps.values, self.parts.judged))[kept],
                    counted[kept],
                    self.prepared.static_inputs(steps.static)[0],
                )
            )
        return found

    def cut(self, pieces: list[Prepared], origins: np.ndarray) -> SequenceRows:
        """Cuts windows.

        Args:
            pieces: What `piece` returned.
            origins: For each window the number of its piece, and of its first step there (N, 2).
        """
        windows: list[dict[str, np.ndarray]] = []
        static: list[np.ndarray] = []
        for place, one in enumerate(pieces):
            end = int(self.survey.last[self.part, one.series]) + 1
            begins = one.begin + origins[origins[:, 0] == place, 1]
            spans = [(begin, min(begin + WINDOW, end)) for begin in begins.tolist()]
            windows += cut_windows(one.inputs, one.scaled, one.counted, spans, one.begin)
            static += [one.static] * len(spans)
        return window_rows(windows, static)


def stored_training_rows(
    parts: StoredParts, prepared: SequencePreparation, survey: Survey
) -> tuple[StoredWindows, StoredWindows]:
    """Cuts series in files into windows; see `training_rows`.

    Args:
        parts: Which steps are clean.
        prepared: The scales.
        survey: Where windows lie.

    Returns:
        What to learn from and what to stop by.

    Raises:
        DataError: No step follows another in one of them.
    """
    source = parts.steps.source
    found = []
    for part in (LEARNT, HELD):
        steps = PreparedSteps(
            source.table, source.names, source.starts, parts, prepared, survey, part
        )
        rows = StoredWindows(
            steps,
            survey.begins[part],
            survey.ends[part],
            stride=HALF,
            before=0,
            # a window ends before the step that its last forecast is of
            after=WINDOW,
            cut=steps.cut,
        )
        require_windows(len(rows))
        found.append(rows)
    return found[LEARNT], found[HELD]
