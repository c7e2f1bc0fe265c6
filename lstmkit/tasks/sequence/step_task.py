"""What a task needs to answer with a label, or with several, at every step."""

from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from lstmkit.data.sequence_rows import SequenceRows, StoredRows
from lstmkit.data.sequences import Sequences
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.label_task import LabelTask, alone
from lstmkit.tasks.sequence.labels import beside
from lstmkit.tasks.sequence.network import Batch
from lstmkit.tasks.sequence.step_labels import STEP_COLUMNS, checked_steps
from lstmkit.tasks.sequence.step_output import StepOutput


class StepTask(LabelTask[StepOutput]):
    """A task whose targets are labels of steps, some of them missing, of one output or of several.

    The outputs of its network are rows, one a step, one sequence after another.
    """

    every_step, output_type = True, StepOutput
    row_columns = STEP_COLUMNS

    @property
    def transitions_(self) -> Any:
        """How labels follow each other; of several outputs a list."""
        return alone([head.transitions_ for head in self.heads_])

    def predict_proba(self, data: Any, *, static: Any = None) -> Any:
        """Returns the probability of each of `classes_` at each step.

        Args:
            data: As for `predict`.
            static: As for `predict`.

        Returns:
            For each sequence probabilities (T, labels), before any smoothing; of several outputs
            a list with that of each.
        """
        given = self.read(data, static=static, labelled=False)
        parts = self.split(self.outputs(given.sequences))
        return alone([self.by_sequence(head.probabilities(one), given) for head, one in parts])

    def by_sequence(self, rows: np.ndarray, given: Given) -> list[np.ndarray]:
        """Cuts `rows`, one a step, into those of each sequence of `given`."""
        return np.split(rows, np.cumsum(given.sequences.lengths)[:-1])

    def checked(self, target: np.ndarray) -> np.ndarray:
        """For each sequence labels (T,), None where missing; of several outputs (N, outputs)."""
        columns = self.apart(target)
        return beside(
            [checked_steps(one, self.who(place, len(columns))) for place, one in enumerate(columns)]
        )

    def apart(self, target: np.ndarray) -> list[np.ndarray]:
        """Of each output the labels of each sequence."""
        return list(np.atleast_2d(target.T))

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
        weights = [np.append(head.weights_, 0.0) for head in self.heads_]
        found: dict[str, list[np.ndarray]] = {"target": [], "weight": []}
        for places in zip(*self.places(target), strict=True):
            found["target"].append(beside([np.maximum(one, 0) for one in places]))
            each = zip(weights, places, strict=True)
            found["weight"].append(beside([weight[one] for weight, one in each]))
        return found

    def loss(self, outputs: Float[Tensor, "rows outputs"], batch: Batch) -> Float[Tensor, ""]:
        """Mean cross-entropy of `outputs` over the known labels of a `batch`, weighted."""
        return self.losses(outputs, batch).sum() / batch["weight"].sum().clamp(min=1e-6)

    def counts(self, batch: Batch) -> Float[Tensor, ""]:
        """The weights of the known labels of a `batch`; padding has none."""
        return batch["weight"].sum()

    def settle(self, target: np.ndarray, outputs: np.ndarray) -> None:
        """Sets each temperature by `outputs` for held-out sequences and their `target`."""
        for (head, logits), places in zip(self.split(outputs), self.places(target), strict=True):
            head.calibrate(logits, np.concatenate(places))
