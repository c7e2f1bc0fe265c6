"""What a task needs to answer with a label, or with several, for each whole sequence."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.errors import DataError
from lstmkit.tasks.sequence.class_output import ClassOutput
from lstmkit.tasks.sequence.labels import beside, label_columns
from lstmkit.tasks.sequence.network import Batch
from lstmkit.tasks.sequence.sequence_task import SequenceTask


class ClassTask(SequenceTask):
    """A task whose targets are labels of whole sequences, of one output or of several.

    The outputs of its network are the logits of the outputs, one after another.

    Attributes:
        heads_: What was learnt of the labels of each output.
    """

    heads_: list[ClassOutput]

    @property
    def classes_(self) -> Any:
        """The labels, in the order of the probabilities; of several outputs a list."""
        return _alone([head.classes_ for head in self.heads_])

    @property
    def weights_(self) -> Any:
        """The weight of each label in the loss; of several outputs a list."""
        return _alone([head.weights_ for head in self.heads_])

    @property
    def temperature_(self) -> Any:
        """What logits are divided by, 1 where no sequences were held out; of several a list."""
        return _alone([head.temperature_ for head in self.heads_])

    @property
    def num_outputs(self) -> int:
        """One for each label of each output."""
        return sum(head.num_outputs for head in self.heads_)

    def about(self) -> dict[str, Any]:
        """Its labels."""
        if len(self.heads_) == 1:
            return self.heads_[0].about()
        pairs = zip(self.target_names(len(self.heads_)), self.heads_, strict=True)
        return {f"labels of {name}": head.about()["labels"] for name, head in pairs}

    def columns(self, target: np.ndarray) -> list[np.ndarray]:
        """The labels of each output.

        Raises:
            DataError: Another number of outputs than learnt from.
        """
        columns, wanted = label_columns(target), len(self.heads_)
        if len(columns) != wanted:
            raise DataError(
                f"Classifier: expected {wanted} labels for each sequence as in the data learnt "
                f"from, got {len(columns)}. Give {', '.join(self.target_names(wanted))}."
            )
        return columns

    def places(self, target: np.ndarray) -> list[np.ndarray]:
        """Where the labels of each output stand among its classes, int64.

        Raises:
            DataError: Another number of outputs, or a label that was not learnt.
        """
        pairs = zip(self.heads_, self.columns(target), strict=True)
        return [head.places(one) for head, one in pairs]

    def split(self, outputs: np.ndarray) -> list[tuple[ClassOutput, np.ndarray]]:
        """Each output with its logits, cut out of the outputs (N, K) of the network."""
        ends = np.cumsum([head.num_outputs for head in self.heads_])
        return list(zip(self.heads_, np.split(outputs, ends[:-1], axis=1), strict=True))

    def encode(self, target: np.ndarray) -> dict[str, np.ndarray]:
        """The place of each label in `classes_`, and its weight."""
        places = self.places(target)
        weights = [head.weights_[one] for head, one in zip(self.heads_, places, strict=True)]
        return {"target": beside(places), "weight": beside(weights)}

    def loss(self, outputs: Float[Tensor, "rows outputs"], batch: Batch) -> Float[Tensor, ""]:
        """Mean cross-entropy of `outputs` for a `batch`, by the weight of each class."""
        sizes = [head.num_outputs for head in self.heads_]
        target = batch["target"].reshape(len(outputs), -1)
        each = [
            torch.nn.functional.cross_entropy(logits, target[:, place], reduction="none")
            for place, logits in enumerate(outputs.split(sizes, 1))
        ]
        return (torch.stack(each, 1) * batch["weight"].reshape(len(outputs), -1)).mean()

    def answer(self, outputs: np.ndarray) -> np.ndarray:
        """The labels (N,), or (N, outputs) where there are several outputs."""
        return beside([head.answer(logits) for head, logits in self.split(outputs)])

    def probabilities(self, outputs: np.ndarray) -> Any:
        """Probabilities of the labels (N, labels); of several outputs a list of them."""
        return _alone([head.probabilities(logits) for head, logits in self.split(outputs)])

    def settle(self, target: np.ndarray, outputs: np.ndarray) -> None:
        """Sets each temperature by `outputs` for held-out sequences and their `target`."""
        for (head, logits), places in zip(self.split(outputs), self.places(target), strict=True):
            head.calibrate(logits, places)

    def learnt(self) -> dict[str, Any]:
        """Of each output labels, their shares and weights, and the temperature."""
        told = [head.learnt() for head in self.heads_]
        return told[0] if len(told) == 1 else {"outputs": told}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes them back."""
        self.heads_ = []
        for told in learnt.get("outputs", [learnt]):
            self.heads_.append(ClassOutput())
            self.heads_[-1].restore(told)


def _alone(found: list[Any]) -> Any:
    """What there is of each output; of one output just that."""
    return found[0] if len(found) == 1 else found
