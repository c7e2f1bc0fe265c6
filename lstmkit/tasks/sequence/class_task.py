"""What a task needs to answer with a label, or with several, for each whole sequence."""

import numpy as np
from jaxtyping import Float
from torch import Tensor

from lstmkit.tasks.sequence.class_output import ClassOutput
from lstmkit.tasks.sequence.label_task import LabelTask
from lstmkit.tasks.sequence.labels import beside, checked_labels, label_columns, rarest_labels
from lstmkit.tasks.sequence.network import Batch


class ClassTask(LabelTask[ClassOutput]):
    """A task whose targets are labels of whole sequences, of one output or of several."""

    output_type = ClassOutput

    def checked(self, target: np.ndarray) -> np.ndarray:
        """Labels (N,) or (N, outputs) as texts, numbers or booleans, none of them missing."""
        columns = np.atleast_2d(target.T)
        return beside(
            [
                checked_labels(one, self.who(place, len(columns)))
                for place, one in enumerate(columns)
            ]
        )

    def apart(self, target: np.ndarray) -> list[np.ndarray]:
        """The labels (N,) of each output."""
        return label_columns(target)

    def strata(self, target: np.ndarray) -> np.ndarray:
        """Every class is held out alike; of several labels of a sequence the rarest counts."""
        return rarest_labels(target)

    def encode(self, target: np.ndarray) -> dict[str, np.ndarray]:
        """The place of each label in `classes_`, and its weight."""
        places = self.places(target)
        weights = [head.weights_[one] for head, one in zip(self.heads_, places, strict=True)]
        return {"target": beside(places), "weight": beside(weights)}

    def loss(self, outputs: Float[Tensor, "rows outputs"], batch: Batch) -> Float[Tensor, ""]:
        """Mean cross-entropy of `outputs` for a `batch`, by the weight of each class."""
        return self.losses(outputs, batch).mean()

    def settle(self, target: np.ndarray, outputs: np.ndarray) -> None:
        """Sets each temperature by `outputs` for held-out sequences and their `target`."""
        for (head, logits), places in zip(self.split(outputs), self.places(target), strict=True):
            head.calibrate(logits, places)
