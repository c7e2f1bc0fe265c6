"""What the network of a detector makes of series, in memory or in files."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lstmkit.cells import find
from lstmkit.data.sequences import Sequences
from lstmkit.data.step_places import Steps
from lstmkit.tasks.detection.errors import ErrorModel, Late
from lstmkit.tasks.detection.follow import Before, Errors, beginning, errors_of, steps_of
from lstmkit.tasks.detection.network import DetectNetwork, Method
from lstmkit.tasks.detection.settings import judged_channels
from lstmkit.tasks.sequence.defaults import SequenceDefaults
from lstmkit.tasks.sequence.network import SequenceSizes
from lstmkit.tasks.sequence.sequence_task import SequenceTask


class DetectionFollower(SequenceTask):
    """A task that follows series and says how unusual their steps are.

    Its outputs are rows, one a step, one series after another: the score, and the surprise of each
    channel.

    Attributes:
        errors_: What errors are like on clean data.
        naive_: What those of the last value are like, the baseline.
    """

    every_step, online, replication = True, True, 0.0
    judged: str | Sequence[str] | None
    method: Method
    false_alarms: float
    window: int
    smoothing: int
    memory: int | None
    validation: float
    network_: DetectNetwork  # type: ignore[assignment]  # it has a stream of its own
    errors_: ErrorModel
    naive_: ErrorModel

    @property
    def num_outputs(self) -> int:
        """One for each channel."""
        return len(self.prepared_.channels)

    @property
    def judged_channels(self) -> np.ndarray:
        """Which channels are judged (C,)."""
        return judged_channels(self.judged, self.prepared_.channels)

    def build(  # type: ignore[override]  # it has a stream of its own
        self, sizes: SequenceSizes, chosen: SequenceDefaults
    ) -> DetectNetwork:
        """Builds an untrained network by its `sizes` and what was `chosen`."""
        return DetectNetwork(
            sizes,
            method=self.method,
            window=self.window,
            cell=find(self.cell),
            hidden_size=self.hidden_size or chosen.hidden_size,
            num_layers=self.num_layers,
            dropout=self.dropout,
        )

    def follow_errors(
        self, values: np.ndarray, times: np.ndarray, static: np.ndarray, before: Before
    ) -> tuple[Errors, Before]:
        """Computes the errors of the next steps of one series; see `errors_of`.

        Args:
            values: Steps (T, C), NaN where missing.
            times: Their times (T,).
            static: Numbers of the series (1, S).
            before: What is known of the steps before.

        Returns:
            The errors, and what the next steps need to know.
        """
        network = self.network_.eval()
        return errors_of(
            network, self.prepared_, self.judged_channels, values, times, static, before
        )

    def follow(
        self, sequences: Sequences, *, labelled: bool = False
    ) -> Iterator[tuple[Steps, Errors]]:
        """Follows series one after another; those in files piece by piece.

        Args:
            sequences: The series.
            labelled: Whether the labels of steps in files are asked for.

        Yields:
            Steps of a series, and the errors there.
        """
        before = beginning(self.prepared_)
        for steps in steps_of(sequences, labelled=labelled):
            if not steps.first:
                before = beginning(self.prepared_)
            errors, before = self.follow_errors(steps.values, steps.times, steps.static, before)
            yield steps, errors

    def step_errors(self, sequences: Sequences) -> list[Errors]:
        """Errors at each step of each of `sequences`, which are in memory."""
        return [errors for _, errors in self.follow(sequences)]

    def found(self, sequences: Sequences) -> Iterator[np.ndarray]:
        """Score, and surprise of each channel, at all steps of each series (T, 1 + C)."""
        late: Late | None = None
        rows: list[np.ndarray] = []
        for steps, errors in self.follow(sequences):
            if not steps.first and rows:
                yield np.concatenate(rows)
                rows = []
            more, late = self.errors_.follow(errors.own, late if steps.first else None)
            rows.append(more)
        yield np.concatenate(rows)

    def outputs(self, sequences: Sequences) -> np.ndarray:
        """Score, and surprise of each channel, at all steps, one series after another."""
        return np.concatenate(list(self.found(sequences)))

    def learnt(self) -> dict[str, Any]:
        """What errors are like on clean data, the network's and those of the last value."""
        return {"errors": self.errors_.to_dict(), "naive": self.naive_.to_dict()}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes them back."""
        self.errors_ = ErrorModel.from_dict(learnt["errors"])
        self.naive_ = ErrorModel.from_dict(learnt["naive"])
