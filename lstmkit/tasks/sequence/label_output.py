"""Answering with labels: what a logit for each of them means, and how good that is."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch
from jaxtyping import Float, Int

from lstmkit.tasks.sequence.class_scores import class_scores, confusion
from lstmkit.tasks.sequence.temperature import temperature


class LabelOutput:
    """Outputs of a network that are a logit for each label, of a whole sequence or of each step.

    Attributes:
        classes_: The labels, in the order of the probabilities.
        weights_: Weight of each in the loss.
        temperature_: What logits are divided by; 1 where no sequences were held out.
    """

    classes_: np.ndarray
    weights_: np.ndarray
    temperature_: float

    @classmethod
    @abstractmethod
    def fit(
        cls,
        target: np.ndarray,
        train: np.ndarray,
        asked: str | Mapping[Any, float] | None,
        who: str,
    ) -> Self:
        """Learns the labels of `target`, and from the places `train` all that is counted.

        Args:
            target: Labels of each sequence.
            train: Which sequences are learnt from.
            asked: Weights of labels, as `class_weights` takes them.
            who: Who asks, for the error.
        """

    @abstractmethod
    def places(self, target: np.ndarray) -> Any:
        """Where labels stand in `classes_`."""

    @property
    def num_outputs(self) -> int:
        """One for each label."""
        return len(self.classes_)

    def about(self) -> dict[str, Any]:
        """Its labels."""
        return {"labels": [str(one) for one in self.classes_.tolist()]}

    def answer(self, outputs: np.ndarray) -> np.ndarray:
        """The label of the largest output of each row."""
        answered: np.ndarray = self.classes_[outputs.argmax(1)]
        return answered

    def probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Softmax of the outputs at the learnt temperature."""
        found: np.ndarray = torch.from_numpy(outputs / self.temperature_).softmax(1).numpy()
        return found

    def calibrate(self, outputs: np.ndarray, places: Int[np.ndarray, " rows"]) -> None:
        """Sets the temperature by held-out rows.

        Args:
            outputs: Outputs of the network for them (R, K).
            places: Where their labels stand among the classes, -1 where nobody knows.
        """
        known = places >= 0
        if known.any():
            self.temperature_ = temperature(outputs[known], places[known])

    def scores(
        self,
        found: Float[np.ndarray, "rows classes"],
        places: Int[np.ndarray, " rows"],
        answered: Int[np.ndarray, " rows"],
        prior: Float[np.ndarray, " classes"],
    ) -> dict[str, Any]:
        """Measures rows beside the baseline that always answers the most frequent label.

        Args:
            found: Probabilities.
            places: Where the true labels stand among the classes.
            answered: Where the labels stand that were answered.
            prior: Share of each label in what was learnt from.

        Returns:
            "overall": scores of "lstmkit" and "most frequent" (`class_scores`); "confusion"
            (classes, classes), true by answered; "classes".
        """
        always = np.broadcast_to(prior, found.shape)
        return {
            "overall": {
                "lstmkit": class_scores(found, places, answered),
                "most frequent": class_scores(always, places, always.argmax(1)),
            },
            "confusion": confusion(answered, places, len(self.classes_)).tolist(),
            "classes": self.classes_.tolist(),
        }

    def chances(self, outputs: np.ndarray, of: str = "") -> dict[str, np.ndarray]:
        """The probability of each label as columns of a table.

        Args:
            outputs: Outputs of the network (R, K).
            of: What stands before the label in the name of its column.
        """
        found = self.probabilities(outputs)
        return dict(zip(self.chance_names(of), found.T, strict=True))

    def chance_names(self, of: str = "") -> list[str]:
        """What the columns of the probabilities are called; see `chances`."""
        return [f"p_{of}{one}" for one in self.classes_.tolist()]

    def learnt(self) -> dict[str, Any]:
        """Labels, their weights and the temperature."""
        return {
            "classes": self.classes_.tolist(),
            "weights": self.weights_.tolist(),
            "temperature": self.temperature_,
        }

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes them back."""
        self.classes_, self.weights_ = np.array(learnt["classes"]), np.array(learnt["weights"])
        self.temperature_ = learnt["temperature"]
