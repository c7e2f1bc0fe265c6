"""What the tasks on sequences have in common: predict, evaluate, stream, save and load."""

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from torch import Tensor

from lstmkit.data.sequence_table import SequenceColumns
from lstmkit.data.sequences import Sequences
from lstmkit.errors import DataError, SettingsError
from lstmkit.tasks.sequence.given import Given, read_given
from lstmkit.tasks.sequence.holdout import holdout
from lstmkit.tasks.sequence.sequence_learner import SequenceLearner
from lstmkit.tasks.sequence.stream import SequenceStream


class SequenceTask(SequenceLearner):
    """A task on whole sequences.

    Attributes:
        kind: What a model file calls it.
    """

    kind: ClassVar[str]

    def read(self, data: Any, y: Any = None, static: Any = None, *, labelled: bool) -> Given:
        """Reads sequences of the kind that was learnt from.

        Args:
            data: As for `predict`.
            y: Their targets.
            static: As for `predict`.
            labelled: Whether targets must be there.

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

    def parted(self, given: Given, share: float) -> tuple[Given, Given]:
        """Parts `given` into sequences to learn from and a `share` of them to judge by.

        Raises:
            DataError: Too few to hold any out.
        """
        strata = self.strata(self.checked(given.labels()))
        rest, judged = holdout(
            len(given.sequences), share, seed=self.seed, classes=strata, groups=given.groups
        )
        if not len(judged):
            number, remedy = len(given.sequences), "Give more"
            if strata is not None and len(np.unique(strata)) == number:
                remedy = "Each has a label of its own: give labels that sequences share"
            raise DataError(
                f"data: expected sequences enough to hold out {share:.0%} of them to judge by, got "
                f"{number}. {remedy}, or a table of their own: test=... (command line: --test)."
            )
        return given.take(rest), given.take(judged)

    def to_judge(self, given: Given) -> Given:
        """What a run is judged by of `given`: all of it."""
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
        return self.stream_type(self, static=static, path=None if path is None else Path(path))

    @property
    def stream_type(self) -> type[SequenceStream]:
        """What `stream` begins."""
        return SequenceStream

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
        """Refuses to go on before `fit`.

        Raises:
            SettingsError: Not fitted yet.
        """
        if not hasattr(self, "network_"):
            raise SettingsError(f"{type(self).__name__}: not fitted yet. Call fit first.")

    @property
    def num_parameters_(self) -> int:
        """Number of learned numbers."""
        self.require_fitted()
        return sum(parameter.numel() for parameter in self.network_.parameters())
