"""How the detector learns from clean series, and what its network makes of others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import torch

from lstmkit.data.columns import names_of
from lstmkit.data.sequence_rows import SequenceRows
from lstmkit.data.sequence_table import SequenceColumns
from lstmkit.data.sequences import Sequences
from lstmkit.data.stored_steps import StoredSteps
from lstmkit.data.stored_windows import StoredWindows
from lstmkit.tasks.detection.clean_parts import CleanParts, clean_parts, only
from lstmkit.tasks.detection.defaults import detect_defaults
from lstmkit.tasks.detection.detection_follower import DetectionFollower
from lstmkit.tasks.detection.errors import ErrorModel
from lstmkit.tasks.detection.follow import require_errors, require_series
from lstmkit.tasks.detection.marks import marks
from lstmkit.tasks.detection.next_step import training_rows
from lstmkit.tasks.detection.reading import is_table, read_arrays, read_series_table
from lstmkit.tasks.detection.settings import check_detector
from lstmkit.tasks.detection.stored_learning import learn_stored
from lstmkit.tasks.sequence.given import Given, as_columns
from lstmkit.tasks.sequence.preparation import SequencePreparation
from lstmkit.tasks.sequence.sequence_settings import check_settings
from lstmkit.train import History, fit

Windows = SequenceRows | StoredWindows


class DetectionLearner(DetectionFollower):
    """A task that learns from clean series what is not."""

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
        if isinstance(sequences, StoredSteps):
            learn_stored(self, sequences, **how)
            return self
        require_series(sequences.lengths)
        told = None if given.target is None else tuple(one != 0 for one in marks(given.target))
        parts = clean_parts(
            sequences.lengths,
            self.validation,
            seed=self.seed,
            groups=given.groups,
            anomalous=told,
        )
        self.columns_ = given.columns
        self.prepared_ = SequencePreparation.fit(only(sequences, parts.learnt))
        rows, stop = (
            training_rows(sequences, self.prepared_, part, self.judged_channels)
            for part in (parts.learnt, parts.held)
        )
        self.train(rows, stop, **how)
        self.calibrate(sequences, parts)
        return self

    def train(self, rows: Windows, stop: Windows, **how: Any) -> None:
        """Trains on the windows `rows`, stopped by those of `stop`; `how` is as for `learn`."""
        self.chosen_ = detect_defaults(len(rows), self.batch_size)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = self.build(self.sizes(), self.chosen_)
        self.history_: History = fit(network, rows, stop, self._training(), **how)
        self.network_ = network.cpu()

    def calibrate(self, sequences: Sequences, parts: CleanParts) -> None:
        """Learns what errors on `sequences` are like, where `parts` say that they are held out."""
        found = self.step_errors(sequences)
        require_errors((one.own for one in found), self.window, int(sequences.lengths.max()))
        self.errors_, self.naive_ = (
            ErrorModel.fit(
                errors,
                parts.held,
                channels=self.num_outputs,
                smoothing=self.smoothing,
                memory=self.memory,
            )
            for errors in ([one.own for one in found], [one.naive for one in found])
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
