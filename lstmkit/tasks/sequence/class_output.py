"""One output of a classifier: its labels, how often each one is and what it weighs."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from jaxtyping import Float, Int

from lstmkit.errors import DataError
from lstmkit.tasks.sequence.label_output import LabelOutput
from lstmkit.tasks.sequence.labels import class_weights, places_of


class ClassOutput(LabelOutput):
    """Logits of a network that tell a label of each whole sequence.

    Attributes:
        prior_: Share of each label in what was learnt from.
    """

    prior_: np.ndarray

    @classmethod
    def fit(
        cls,
        target: np.ndarray,
        train: np.ndarray,
        asked: str | Mapping[Any, float] | None,
        who: str,
    ) -> Self:
        """Learns the labels of `target`, and from the places `train` their share and weights.

        Args:
            target: Labels (N,).
            train: Which of them are learnt from.
            asked: Weights of labels, as `class_weights` takes them.
            who: Who asks, for the error.

        Raises:
            DataError: A single label.
            SettingsError: Weights of something else.
        """
        output = cls()
        output.classes_ = np.unique(target)
        if len(output.classes_) < 2:
            raise DataError(
                f"{who}: expected at least 2 labels, got only {target[0].item()!r}. Give sequences "
                "of each."
            )
        count = np.bincount(output.places(target[train]), minlength=len(output.classes_))
        output.prior_ = count / count.sum()
        output.weights_ = class_weights(asked, output.classes_, count)
        output.temperature_ = 1.0
        return output

    def places(self, target: np.ndarray) -> Int[np.ndarray, " rows"]:
        """Where labels stand in `classes_`, int64.

        Raises:
            DataError: A label that was not learnt.
        """
        return places_of(target, self.classes_, "Classifier")

    def judge(self, logits: Float[np.ndarray, "rows labels"], target: np.ndarray) -> dict[str, Any]:
        """Measures answers and probabilities against the true labels; see `scores`."""
        found = self.probabilities(logits)
        return self.scores(found, self.places(target), found.argmax(1), self.prior_)

    def learnt(self) -> dict[str, Any]:
        """Labels, their shares and weights, and the temperature."""
        return super().learnt() | {"prior": self.prior_.tolist()}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes them back."""
        super().restore(learnt)
        self.prior_ = np.array(learnt["prior"])
