"""What a task on sequences tells of its targets, and all that the others do not know of them."""

from abc import abstractmethod
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.data.sequence_table import SequenceColumns
from lstmkit.errors import SettingsError
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.network import Batch
from lstmkit.tasks.sequence.story import Story
from lstmkit.tasks.settings import Settings


class SequenceTarget(Settings):
    """The part of a task that each one writes for itself: how targets are learnt and told.

    Attributes:
        verb: What the command line calls the training of the task.
        row_columns: Columns of tables of answers, and of streams, that say what a row is of.
        columns_: Columns of the long table learnt from; None for arrays.
    """

    verb: ClassVar[str]
    row_columns: ClassVar[tuple[str, ...]] = ("sequence", "step")
    columns_: SequenceColumns | None

    @abstractmethod
    def checked(self, target: np.ndarray) -> np.ndarray:
        """Refuses targets that cannot be learnt, and brings them into one form."""

    @abstractmethod
    def learn_target(self, target: np.ndarray, train: np.ndarray) -> None:
        """Learns what it takes to encode a `target`, from those at the places `train`."""

    @abstractmethod
    def encode(self, target: np.ndarray) -> dict[str, np.ndarray]:
        """Returns "target", and what else the loss needs of each row."""

    @property
    @abstractmethod
    def num_outputs(self) -> int:
        """Outputs of the network."""

    @abstractmethod
    def loss(self, outputs: Float[Tensor, "rows outputs"], batch: Batch) -> Float[Tensor, ""]:
        """Mean loss of `outputs` (B, K) for a `batch`."""

    def counts(self, batch: Batch) -> Float[Tensor, ""]:
        """How much of what `loss` is a mean over a `batch` holds: its rows."""
        return batch["lengths"].new_full((), len(batch["lengths"]), dtype=torch.float32)

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

    def check_truth(self, learnt: Given, judged: Given) -> None:
        """Refuses targets of `judged` that cannot be judged by after learning from `learnt`.

        It is asked before anything is learnt, and changes nothing.
        """

    def taught(self, given: Given) -> Self:
        """A copy that knows the targets of `given`, and nothing else."""
        task = copy(self)
        task.columns_ = given.columns
        target = task.checked(given.labels())
        task.learn_target(target, np.arange(len(given.sequences)))
        return task

    def about(self) -> dict[str, Any]:
        """What else a person would ask of the model."""
        return {}

    def title(self) -> str:
        """Heading of a report."""
        target = ", ".join(self.columns_.target) if self.columns_ else "each sequence"
        return f"{self.verb.capitalize()} {target}"

    def target_names(self, number: int) -> list[str]:
        """Names of so many targets: those of their columns, or target_0, target_1, ...."""
        if self.columns_ is not None:
            return list(self.columns_.target)
        return [f"target_{place}" for place in range(number)]

    def strata(self, target: np.ndarray) -> np.ndarray | None:
        """Classes that sequences are held out alike from; None where there are none."""
        return None

    def settle(self, target: np.ndarray, outputs: np.ndarray) -> None:
        """Sets what held-out sequences decide, by their `target` and the `outputs` for them."""

    def probabilities(self, outputs: np.ndarray) -> Any:
        """Probabilities that outputs (B, K) mean, a list of them where there are several outputs.

        Raises:
            SettingsError: A task without classes.
        """
        raise SettingsError(f"{type(self).__name__}: has no probabilities. Use predict or feed.")
