"""How a task on sequences learns: reading, holding out, scaling, training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch

from lstmkit.cells import find
from lstmkit.data.sequence_rows import SequenceRows, StoredRows
from lstmkit.data.sequences import Sequences
from lstmkit.engine import Cell
from lstmkit.tasks.sequence.defaults import LEARNING_RATE, SequenceDefaults, sequence_defaults
from lstmkit.tasks.sequence.given import Given, as_columns, read_given
from lstmkit.tasks.sequence.holdout import holdout
from lstmkit.tasks.sequence.network import SequenceNetwork, SequenceSizes
from lstmkit.tasks.sequence.preparation import SequencePreparation
from lstmkit.tasks.sequence.sequence_settings import check_settings
from lstmkit.tasks.sequence.sequence_space import sequence_space
from lstmkit.tasks.sequence.sequence_target import SequenceTarget
from lstmkit.tasks.sequence.tag_network import TagNetwork
from lstmkit.tasks.tuning.space import Space
from lstmkit.train import History, TrainSettings, fit

AT_ONCE = 256


class SequenceLearner(SequenceTarget):
    """A task that can learn from sequences.

    Attributes:
        every_step: Whether it answers at every step.
        prepared_: Scales and what else stands between sequences and network.
        network_: The trained network.
        chosen_: Sizes as they took effect.
        history_: Losses by epoch.
    """

    every_step: ClassVar[bool] = False
    cell: str | Cell
    hidden_size: int | None
    num_layers: int
    dropout: float
    online: bool
    replication: float
    validation: float | None
    epochs: int | None
    batch_size: int | None
    learning_rate: float | None
    seed: int
    device: str

    def fit(
        self,
        data: Any,
        y: Any = None,
        *,
        series: str | None = None,
        target: str | Sequence[str] = (),
        time: str | None = None,
        static: Any = None,
        values: str | Sequence[str] = (),
        groups: Any = None,
        folder: str | Path | None = None,
        resume: bool = False,
        progress: bool = False,
        watch_gradients: bool = False,
    ) -> Self:
        """Learns from sequences.

        Args:
            data: An array (sequence, time, channel) or (sequence, time), NaN where missing, whose
                last steps are padding where all channels are NaN; a list of arrays (time, channel);
                `Sequences`; a dataframe with a row for each sequence and a column for each step; a
                `.ts` file or one of the UCR archive; or, with `series`, a long table: a path or any
                dataframe.
            y: One row for each sequence; None where the file or the table holds it.
            series: Column of a long table that tells its sequences apart.
            target: Column of a long table to predict, or several.
            time: Column of a long table with the times of steps.
            static: Numbers of each sequence (N, S); for a long table names of columns.
            values: Columns of a long table that are channels; all other numbers if none are named.
            groups: Group of each sequence, a patient or a speaker; for a long table the name of a
                column. What is held out shares no group with what is learnt from.
            folder: Where checkpoints are kept; None keeps none.
            resume: Go on from the checkpoint in `folder`, with the same data, to the same bits.
            progress: Show progress on stderr.
            watch_gradients: Say on stderr how large the gradients are.

        Returns:
            The task.

        Raises:
            DataError: What cannot be learnt from; the message says where, and how to mend it.
            SettingsError: A setting that does not fit.
            CellError: A text that is no cell.
            Interrupted: Ctrl-C; the checkpoint is written.
        """
        given = self.given(
            data,
            y,
            series=series,
            target=target,
            time=time,
            static=static,
            values=values,
            groups=groups,
        )
        return self.learn(
            given,
            folder=folder,
            resume=resume,
            progress=progress,
            watch_gradients=watch_gradients,
            data_mark=None if folder is None else given.mark(),
        )

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
            data: As for `fit`.
            y: As for `fit`.
            series: As for `fit`.
            static: As for `fit`.
            groups: As for `fit`.
            columns: `target`, `time` and `values`, as for `fit`.
        """
        check_settings(type(self).__name__, self.get_params())
        every_step = self.every_step
        if series is None:
            as_columns(None, **columns)
            return read_given(data, y, static=static, groups=groups, every_step=every_step)
        named = as_columns(series, static=static, group=groups, **columns)
        return read_given(data, y, named, every_step=every_step)

    def learn(self, given: Given, **how: Any) -> Self:
        """Learns from sequences that were read; `fit` after the reading.

        Args:
            given: Sequences with their targets.
            how: `folder`, `resume`, `progress` and `watch_gradients`, as `fit` takes them, and
                `data_mark`, by which a checkpoint knows the data (`Given.mark`).

        Returns:
            The task.
        """
        target = self.checked(given.labels())
        self.columns_ = given.columns
        train, valid = holdout(
            len(given.sequences),
            self.validation,
            seed=self.seed,
            classes=self.strata(target),
            groups=given.groups,
        )
        self.learn_target(target, train)
        learnt, held = given.sequences.take(train), given.sequences.take(valid)
        self.prepared_ = SequencePreparation.fit(learnt)
        self.chosen_ = sequence_defaults(
            learnt.lengths,
            batch_size=self.batch_size,
            online=self.online or self.every_step,
            held_out=len(valid) > 0,
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            network = self.build(self.sizes(), self.chosen_)
        rows = self.rows(learnt, target[train])
        stop = self.rows(held, target[valid]) if len(valid) else rows
        self.history_: History = fit(network, rows, stop, self._training(), **how)
        self.network_ = network.cpu()
        if len(valid):
            self.settle(target[valid], self.outputs(held))
        return self

    def search_space(self) -> Space:
        """What `tune` varies, around what took effect in `fit`."""
        return sequence_space(self)

    def sizes(self) -> SequenceSizes:
        """Widths of the network."""
        return SequenceSizes(
            inputs=self.prepared_.num_inputs,
            static=self.prepared_.num_static,
            outputs=self.num_outputs,
            patch=self.chosen_.patch,
        )

    def build(self, sizes: SequenceSizes, chosen: SequenceDefaults) -> SequenceNetwork | TagNetwork:
        """Builds an untrained network by its `sizes` and what was `chosen`."""
        return SequenceNetwork(
            sizes,
            loss=self.loss,
            counts=self.counts,
            cell=find(self.cell),
            hidden_size=self.hidden_size or chosen.hidden_size,
            num_layers=self.num_layers,
            dropout=self.dropout,
            online=self.online,
            replication=self.replication,
        )

    def rows(self, sequences: Sequences, target: np.ndarray | None) -> SequenceRows | StoredRows:
        """Prepares `sequences` for the network, with their `target` where it is known."""
        more = {} if target is None else self.encode(target)
        static = self.prepared_.static_inputs(sequences.static)
        return self.prepared_.rows(sequences, {"static": static} | more)

    @torch.no_grad()
    def outputs(self, sequences: Sequences) -> np.ndarray:
        """Outputs of the network for whole sequences, float64 (N, K)."""
        rows = self.rows(sequences, None)
        network = self.network_.eval()
        parts = [
            network(rows.batch(np.arange(first, min(first + AT_ONCE, len(rows))))).double().numpy()
            for first in range(0, len(rows), AT_ONCE)
        ]
        return np.concatenate(parts)

    def _training(self) -> TrainSettings:
        return TrainSettings(
            epochs=self.epochs or self.chosen_.epochs,
            batch_size=self.chosen_.batch_size,
            learning_rate=LEARNING_RATE if self.learning_rate is None else self.learning_rate,
            patience=self.chosen_.patience,
            seed=self.seed,
            device=self.device,
        )
