"""What a task needs to answer with a label at every step."""

from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.data.sequence_rows import SequenceRows, StoredRows
from lstmkit.data.sequences import Sequences
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.label_output import LabelOutput
from lstmkit.tasks.sequence.labels import step_places
from lstmkit.tasks.sequence.network import Batch
from lstmkit.tasks.sequence.sequence_task import SequenceTask
from lstmkit.tasks.sequence.step_labels import checked_steps


class StepTask(LabelOutput, SequenceTask):
    """A task whose targets are labels of steps, some of them missing.

    The outputs of its network are rows, one a step, one sequence after another.
    """

    every_step = True

    def predict_proba(self, data: Any, *, static: Any = None) -> list[np.ndarray]:
        """Returns the probability of each of `classes_` at each step.

        Args:
            data: As for `predict`.
            static: As for `predict`.

        Returns:
            For each sequence probabilities (T, K), before any smoothing.
        """
        given = self.read(data, static=static, labelled=False)
        return self.split(self.probabilities(self.outputs(given.sequences)), given)

    def split(self, rows: np.ndarray, given: Given) -> list[np.ndarray]:
        """Cuts `rows`, one a step, into those of each sequence of `given`."""
        return np.split(rows, np.cumsum(given.sequences.lengths)[:-1])

    def checked(self, target: np.ndarray) -> np.ndarray:
        """For each sequence labels (T,), None where missing."""
        return checked_steps(target, type(self).__name__)

    def encode(self, target: np.ndarray) -> dict[str, np.ndarray]:
        """Nothing for a whole sequence; see `by_step`."""
        del target
        return {}

    def rows(self, sequences: Sequences, target: np.ndarray | None) -> SequenceRows | StoredRows:
        """Prepares `sequences` for the network, with their `target` where it is known."""
        static = {"static": self.prepared_.static_inputs(sequences.static)}
        by_step = {} if target is None else self.by_step(target)
        return self.prepared_.rows(sequences, static, by_step)

    def by_step(self, target: np.ndarray) -> dict[str, list[np.ndarray]]:
        """The place of each label, 0 where unknown, and its weight, 0 where unknown."""
        places = self.places(target)
        weights = np.append(self.weights_, 0.0)
        return {
            "target": [np.maximum(one, 0) for one in places],
            "weight": [weights[one] for one in places],
        }

    def places(self, target: np.ndarray) -> list[np.ndarray]:
        """Where labels stand in `classes_`, -1 where they are missing.

        Raises:
            DataError: A label that was not learnt.
        """
        return step_places(target, self.classes_, type(self).__name__)

    def loss(self, outputs: Float[Tensor, "rows outputs"], batch: Batch) -> Float[Tensor, ""]:
        """Mean cross-entropy of `outputs` over the known steps of a `batch`, weighted."""
        each = nn.functional.cross_entropy(outputs, batch["target"], reduction="none")
        weight = batch["weight"]
        return (each * weight).sum() / weight.sum().clamp(min=1e-6)

    def counts(self, batch: Batch) -> Float[Tensor, ""]:
        """The weights of the known steps of a `batch`; padding has none."""
        return batch["weight"].sum()

    def settle(self, target: np.ndarray, outputs: np.ndarray) -> None:
        """Sets the temperature by `outputs` for held-out sequences and their `target`."""
        self.calibrate(outputs, np.concatenate(self.places(target)))
