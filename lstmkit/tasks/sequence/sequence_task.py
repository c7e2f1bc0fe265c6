"""What the tasks on sequences have in common: reading, holding out, training, running."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.cells import find
from lstmkit.data.sequence_rows import SequenceRows
from lstmkit.data.sequence_table import SequenceColumns
from lstmkit.data.sequences import Sequences
from lstmkit.engine import Cell
from lstmkit.errors import SettingsError
from lstmkit.tasks.sequence.defaults import LEARNING_RATE, SequenceDefaults, sequence_defaults
from lstmkit.tasks.sequence.given import Given, as_columns, read_given
from lstmkit.tasks.sequence.holdout import holdout
from lstmkit.tasks.sequence.network import Batch, SequenceNetwork, SequenceSizes
from lstmkit.tasks.sequence.preparation import SequencePreparation
from lstmkit.tasks.sequence.sequence_settings import check_settings
from lstmkit.tasks.sequence.story import Story
from lstmkit.tasks.sequence.stream import SequenceStream
from lstmkit.tasks.sequence.tag_network import TagNetwork
from lstmkit.tasks.settings import Settings
from lstmkit.train import History, TrainSettings, fit

AT_ONCE = 256


class SequenceTask(Settings):
    """A task on whole sequences.

    Attributes:
        kind: What a model file calls it.
        verb: What the command line calls its training.
        every_step: Whether it answers at every step.
        prepared_: Scales and what else stands between sequences and network.
        network_: The trained network.
        chosen_: Sizes as they took effect.
        history_: Losses by epoch.
        columns_: Columns of the long table learnt from; None for arrays.
    """

    kind: ClassVar[str]
    verb: ClassVar[str]
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

    @abstractmethod
    def checked(self, target: np.ndarray) -> np.ndarray:
        """Refuses targets that cannot be learnt, and brings them into one form."""

    @abstractmethod
    def learn_target(self, target: np.ndarray, train: np.ndarray) -> None:
        """Learns what it takes to encode targets, from those at the training places."""

    @abstractmethod
    def encode(self, target: np.ndarray) -> dict[str, np.ndarray]:
        """Returns "target", and what else the loss needs of each row."""

    @property
    @abstractmethod
    def num_outputs(self) -> int:
        """Outputs of the network."""

    @abstractmethod
    def loss(self, outputs: Float[Tensor, "rows outputs"], batch: Batch) -> Float[Tensor, ""]:
        """Mean loss of outputs (B, K)."""

    @abstractmethod
    def answer(self, outputs: np.ndarray) -> np.ndarray:
        """What outputs (B, K) mean."""

    @abstractmethod
    def learnt(self) -> dict[str, Any]:
        """What `learn_target` and `settle` found, in plain values for a model file."""

    @abstractmethod
    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes back what `learnt` returned."""

    @abstractmethod
    def judge(self, given: Given, outputs: np.ndarray) -> dict[str, Any]:
        """Scores outputs beside the baseline: "overall", "sequences", and what else there is."""

    @abstractmethod
    def table(self, given: Given, outputs: np.ndarray) -> pl.DataFrame:
        """Answers as a table, beside the truth where it is known."""

    @abstractmethod
    def story(self, result: dict[str, Any], judged: Given, outputs: np.ndarray) -> Story:
        """What a report tells of answers: see `run_sequences`."""

    def about(self) -> dict[str, Any]:
        """What else a person would ask of the model."""
        return {}

    def title(self) -> str:
        """Heading of a report."""
        target = ", ".join(self.columns_.target) if self.columns_ else "each sequence"
        return f"{self.verb.capitalize()} {target}"

    def strata(self, target: np.ndarray) -> np.ndarray | None:
        """Classes that sequences are held out alike from; None where there are none."""
        return None

    def settle(self, target: np.ndarray, outputs: np.ndarray) -> None:
        """Sets what the held-out sequences decide."""

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Probabilities that outputs (B, K) mean.

        Raises:
            SettingsError: A task without classes.
        """
        raise SettingsError(f"{type(self).__name__}: has no probabilities. Use predict or feed.")

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
        folder: Path | None = None,
        resume: bool = False,
        progress: bool = False,
        watch_gradients: bool = False,
    ) -> Self:
        """Learns from sequences.

        Args:
            data: An array (sequence, time, channel) or (sequence, time), NaN where missing, whose
                last steps are padding where all channels are NaN; a list of arrays (time, channel);
                `Sequences`; a `.ts` file or one of the UCR archive; or, with `series`, a long
                table: a path or any dataframe.
            y: One row for each sequence; None where the file or the table holds it.
            series: Column of a long table that tells its sequences apart.
            target: Column of a long table to predict.
            time: Column of a long table with the times of steps.
            static: Numbers of each sequence (N, S); for a long table names of columns.
            values: Columns of a long table that are channels; all other numbers if none are named.
            groups: Group of each sequence, a patient or a speaker; for a long table the name of a
                column. What is held out shares no group with what is learnt from.
            folder: Where checkpoints are kept; None keeps none.
            resume: Go on from the checkpoint in `folder`, to the same bits.
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
        """Checks the settings and reads what `fit` takes; the arguments are those of `fit`."""
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
            how: `folder`, `resume`, `progress` and `watch_gradients`, as `fit` takes them.

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

    def sizes(self) -> SequenceSizes:
        """Widths of the network."""
        return SequenceSizes(
            inputs=self.prepared_.num_inputs,
            static=self.prepared_.num_static,
            outputs=self.num_outputs,
            patch=self.chosen_.patch,
        )

    def build(self, sizes: SequenceSizes, chosen: SequenceDefaults) -> SequenceNetwork | TagNetwork:
        """Builds an untrained network."""
        return SequenceNetwork(
            sizes,
            loss=self.loss,
            cell=find(self.cell),
            hidden_size=self.hidden_size or chosen.hidden_size,
            num_layers=self.num_layers,
            dropout=self.dropout,
            online=self.online,
            replication=self.replication,
        )

    def read(self, data: Any, y: Any = None, static: Any = None, *, labelled: bool) -> Given:
        """Reads sequences of the kind that was learnt from.

        Raises:
            DataError: Others.
            SettingsError: Not fitted yet.
        """
        self.require_fitted()
        table = not isinstance(data, np.ndarray | Tensor | list | tuple | Sequences)
        columns: SequenceColumns | None = self.columns_ if table else None
        given = read_given(
            data, y, columns, static=static, labelled=labelled, every_step=self.every_step
        )
        self.prepared_.check(given.sequences)
        return given

    def predict(self, data: Any, *, static: Any = None) -> Any:
        """Returns an answer for each sequence.

        Args:
            data: Sequences, as `fit` takes them; a table by the columns of `fit`.
            static: Numbers of each sequence (N, S), for arrays.

        Returns:
            Answers, in the order of the sequences.

        Raises:
            DataError: Sequences of other channels.
            SettingsError: Not fitted yet.
        """
        given = self.read(data, static=static, labelled=False)
        return self.answer(self.outputs(given.sequences))

    def evaluate(self, data: Any, y: Any = None, *, static: Any = None) -> dict[str, Any]:
        """Measures answers on sequences whose targets are known.

        Args:
            data: Sequences, as `predict` takes them.
            y: Their targets; None where the file or the table holds them.
            static: Numbers of each sequence (N, S), for arrays.

        Returns:
            "overall": scores of "lstmkit" and of the baseline; "sequences", their number; and
            what else `judge` of the task tells.

        Raises:
            DataError: Targets that do not fit.
            MissingExtraError: scikit-learn is not installed.
        """
        given = self.read(data, y, static=static, labelled=True)
        return self.judge(given, self.outputs(given.sequences))

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

    def stream(self, *, static: Any = None, path: str | Path | None = None) -> SequenceStream:
        """Begins to follow one sequence step by step.

        Args:
            static: Numbers of the sequence (S,).
            path: A file that `SequenceStream.save` wrote, to go on from.

        Returns:
            A stream; what it answers after t steps is what `predict` answers for these t steps.

        Raises:
            SettingsError: Not `online`, or not fitted yet.
            ModelFileError: A file that is not of a stream.
        """
        self.require_fitted()
        if not self.online:
            raise SettingsError(
                f"{type(self).__name__}.stream: this one reads whole sequences, in both directions."
                f" Train with {type(self).__name__}(online=True) to follow a sequence."
            )
        return SequenceStream(self, static=static, path=None if path is None else Path(path))

    def save(self, path: str | Path) -> Path:
        """Writes the model file: weights, settings, scales and the cell's text.

        Args:
            path: The file.

        Returns:
            Its path.

        Raises:
            ModelFileError: It cannot be written; an old file stays as it was.
            SettingsError: Not fitted yet.
        """
        from lstmkit.tasks.sequence.sequence_file import save

        self.require_fitted()
        return save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Reads a model file. No code in it is ever run.

        Args:
            path: The file.

        Returns:
            The task, ready to predict.

        Raises:
            ModelFileError: Another task's file, damaged, or from a newer version.
        """
        from lstmkit.tasks.sequence.sequence_file import load

        return load(cls, Path(path))

    def require_fitted(self) -> None:
        """Raises SettingsError before `fit`."""
        if not hasattr(self, "network_"):
            raise SettingsError(f"{type(self).__name__}: not fitted yet. Call fit first.")

    def rows(self, sequences: Sequences, target: np.ndarray | None) -> SequenceRows:
        """Prepares sequences for the network, with their targets where these are known."""
        more = {} if target is None else self.encode(target)
        static = self.prepared_.static_inputs(sequences.static)
        return SequenceRows(self.prepared_.inputs(sequences), {"static": static} | more)

    @property
    def num_parameters_(self) -> int:
        """Number of learned numbers."""
        self.require_fitted()
        return sum(parameter.numel() for parameter in self.network_.parameters())

    def _training(self) -> TrainSettings:
        return TrainSettings(
            epochs=self.epochs or self.chosen_.epochs,
            batch_size=self.chosen_.batch_size,
            learning_rate=LEARNING_RATE if self.learning_rate is None else self.learning_rate,
            patience=self.chosen_.patience,
            seed=self.seed,
            device=self.device,
        )
