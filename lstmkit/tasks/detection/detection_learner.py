"""How the detector learns from clean series, and what its network makes of others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import torch

from lstmkit.cells import find
from lstmkit.data.columns import names_of
from lstmkit.data.sequence_table import SequenceColumns
from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError
from lstmkit.tasks.detection.clean_parts import CleanParts, clean_parts
from lstmkit.tasks.detection.defaults import detect_defaults
from lstmkit.tasks.detection.errors import ErrorModel
from lstmkit.tasks.detection.follow import Before, Errors, beginning, errors_of
from lstmkit.tasks.detection.marks import marks
from lstmkit.tasks.detection.network import DetectNetwork, Method
from lstmkit.tasks.detection.next_step import training_rows
from lstmkit.tasks.detection.reading import is_table, read_arrays, read_series_table
from lstmkit.tasks.detection.settings import check_detector
from lstmkit.tasks.sequence.defaults import SequenceDefaults
from lstmkit.tasks.sequence.given import Given, as_columns
from lstmkit.tasks.sequence.network import SequenceSizes
from lstmkit.tasks.sequence.preparation import SequencePreparation
from lstmkit.tasks.sequence.sequence_settings import check_settings
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.train import History, fit


class DetectionLearner(SequenceTask):
    """A task that learns from clean series what is not.

    Its outputs are rows, one a step, one series after another: the score, and the surprise of each
    channel.

    Attributes:
        errors_: What errors are like on clean data.
        naive_: What those of the last value are like, the baseline.
    """

    every_step, online, replication = True, True, 0.0
    method: Method
    false_alarms: float
    window: int
    smoothing: int
    memory: int | None
    validation: float
    network_: DetectNetwork  # type: ignore[assignment]  # it has a stream of its own

    def given(
        self,
        data: Any,
        y: Any = None,
        *,
        series: str | None = None,
        static: Any = None,
        groups: Any = None,
        **columns: Any,
    ) -> Given:
        """Checks the settings and reads what `fit` takes.

        Args:
            data: Series, as `fit` takes them; a table without a series column is one series.
            y: Labels of their steps, or None.
            series: Column that tells the series of a table apart.
            static: Numbers of each series; for a table names of columns.
            groups: Group of each series; for a table the name of a column.
            columns: `target`, `time` and `values`, as `fit` takes them.

        Returns:
            The series, with labels where there are any.
        """
        check_settings(type(self).__name__, self.get_params() | {"online": True})
        check_detector(self.get_params())
        if not is_table(data) and series is None:
            as_columns(None, **columns)
            return read_arrays(data, y, static=static, groups=groups)
        part = () if static is None else static
        named = SequenceColumns.of(series, static=part, group=groups, **columns)
        return read_series_table(data, y, named, learning=True)

    def learn(self, given: Given, **how: Any) -> Self:
        """Learns from series that were read; `fit` after the reading.

        Args:
            given: Series; where there are labels, anomalous and unknown steps are left out.
            how: `folder`, `resume`, `progress` and `watch_gradients`, as `fit` takes them.

        Returns:
            The task.

        Raises:
            DataError: Too little to learn from.
        """
        sequences = given.sequences
        told = None if given.target is None else tuple(one != 0 for one in marks(given.target))
        parts = clean_parts(
            sequences.lengths,
            self.validation,
            seed=self.seed,
            groups=given.groups,
            anomalous=told,
        )
        self.columns_ = given.columns
        self.prepared_ = SequencePreparation.fit(_only(sequences, parts.learnt))
        rows = training_rows(sequences, self.prepared_, parts.learnt)
        stop = training_rows(sequences, self.prepared_, parts.held)
        self.chosen_ = detect_defaults(len(rows), self.batch_size)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = self.build(self.sizes(), self.chosen_)
        self.history_: History = fit(network, rows, stop, self._training(), **how)
        self.network_ = network.cpu()
        self._calibrate(sequences, parts)
        return self

    def _calibrate(self, sequences: Sequences, parts: CleanParts) -> None:
        """Learns what errors are like where the network has not learnt."""
        found = self.step_errors(sequences)
        if all(np.isnan(one.own).all() for one in found):
            raise DataError(
                f"Detector: expected series of at least window={self.window} steps, got at most "
                f"{sequences.lengths.max()}. Give longer series, or a shorter window."
            )
        channels = len(self.prepared_.channels)
        self.errors_, self.naive_ = (
            ErrorModel.fit(
                errors,
                parts.held,
                channels=channels,
                smoothing=self.smoothing,
                memory=self.memory,
            )
            for errors in ([one.own for one in found], [one.naive for one in found])
        )

    @property
    def num_outputs(self) -> int:
        """One for each channel."""
        return len(self.prepared_.channels)

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

    def read(
        self,
        data: Any,
        y: Any = None,
        static: Any = None,
        *,
        labelled: bool,
        target: str | Sequence[str] | None = None,
    ) -> Given:
        """Reads series of the kind that was learnt from.

        Args:
            data: Series, as `predict` takes them.
            y: Labels of their steps, or None.
            static: Numbers of each series, for arrays.
            labelled: Whether labels are asked for, where there are any.
            target: Column of labels in a table; None for that of `fit`, () for none.

        Returns:
            The series.

        Raises:
            DataError: Series of another kind.
            SettingsError: Not fitted yet.
        """
        self.require_fitted()
        columns = self.columns_ if is_table(data) else None
        if columns is not None and target is not None:
            columns = replace(columns, target=names_of(target))
        if columns is None:
            given = read_arrays(data, y if labelled else None, static=static)
        else:
            given = read_series_table(data, y, columns, learning=labelled)
        self.prepared_.check(given.sequences)
        return given

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
        return errors_of(network, self.prepared_, values, times, static, before)

    def step_errors(self, sequences: Sequences) -> list[Errors]:
        """Errors at each step of each of `sequences`."""
        times = sequences.times or tuple(np.arange(float(len(one))) for one in sequences)
        start = beginning(self.prepared_)
        return [
            self.follow_errors(values, when, sequences.static[place : place + 1], start)[0]
            for place, (values, when) in enumerate(zip(sequences, times, strict=True))
        ]

    def outputs(self, sequences: Sequences) -> np.ndarray:
        """Score, and surprise of each channel, at all steps, one series after another."""
        errors = self.step_errors(sequences)
        return np.concatenate([self.errors_.follow(one.own)[0] for one in errors])

    def learnt(self) -> dict[str, Any]:
        """What errors are like on clean data, the network's and those of the last value."""
        return {"errors": self.errors_.to_dict(), "naive": self.naive_.to_dict()}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes them back."""
        self.errors_ = ErrorModel.from_dict(learnt["errors"])
        self.naive_ = ErrorModel.from_dict(learnt["naive"])


def _only(sequences: Sequences, kept: Sequence[np.ndarray]) -> Sequences:
    """The steps of series to take scales from."""
    places = [place for place, one in enumerate(kept) if one.any()]
    chosen = sequences.take(places)
    masks = [kept[place] for place in places]
    return replace(
        chosen,
        values=tuple(one[which] for one, which in zip(chosen.values, masks, strict=True)),
        times=None
        if chosen.times is None
        else tuple(one[which] for one, which in zip(chosen.times, masks, strict=True)),
    )
