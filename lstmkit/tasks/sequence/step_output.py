"""One output of a tagger: its labels, what each one weighs, how they follow each other."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from jaxtyping import Float, Int

from lstmkit.errors import DataError
from lstmkit.tasks.sequence.judgeable import require_known
from lstmkit.tasks.sequence.label_output import LabelOutput
from lstmkit.tasks.sequence.labels import class_weights, step_places
from lstmkit.tasks.sequence.smoothing import Transitions


class StepOutput(LabelOutput):
    """Logits of a network that tell a label of each step.

    Attributes:
        transitions_: How labels follow each other.
    """

    transitions_: Transitions

    @classmethod
    def fit(
        cls,
        target: np.ndarray,
        train: np.ndarray,
        asked: str | Mapping[Any, float] | None,
        who: str,
    ) -> Self:
        """Learns the labels of `target`, and from the sequences `train` all that is counted.

        Args:
            target: For each sequence its labels, None where missing.
            train: Which sequences are learnt from.
            asked: Weights of labels, as `class_weights` takes them.
            who: Who asks, for the error.

        Raises:
            DataError: Fewer than two labels.
            SettingsError: Weights of something else.
        """
        output = cls()
        labels = [one for each in target for one in each if one is not None]
        output.classes_ = np.unique(np.array(labels))
        if len(output.classes_) < 2:
            raise DataError(
                f"{who}: expected at least 2 labels, got "
                f"{', '.join(map(repr, output.classes_.tolist())) or 'none'}. Give steps of each."
            )
        number, learnt = len(output.classes_), output.places(target[train])
        count = np.bincount(np.concatenate(learnt) + 1, minlength=number + 1)[1:]
        output.transitions_ = Transitions.fit(learnt, number)
        output.weights_ = class_weights(asked, output.classes_, count)
        output.temperature_ = 1.0
        return output

    def places(self, target: np.ndarray) -> list[np.ndarray]:
        """Where the labels of each sequence stand in `classes_` (T,), -1 where they are missing.

        Raises:
            DataError: A label that was not learnt.
        """
        return step_places(target, self.classes_, "Tagger")

    def course(
        self,
        logits: Float[np.ndarray, "rows labels"],
        lengths: Int[np.ndarray, " sequences"],
        *,
        online: bool,
    ) -> Int[np.ndarray, " rows"]:
        """Where the smoothed labels stand among the classes.

        Args:
            logits: Of the steps, one sequence after another.
            lengths: Steps of each sequence.
            online: Whether a label depends on no later step.
        """
        chances = np.split(self.probabilities(logits), np.cumsum(lengths)[:-1])
        follows = self.transitions_
        return np.concatenate(
            [follows.beliefs(one).argmax(1) if online else follows.path(one) for one in chances]
        )

    def judge(
        self,
        logits: Float[np.ndarray, "rows labels"],
        places: Int[np.ndarray, " rows"],
        answered: Int[np.ndarray, " rows"],
        who: str,
    ) -> dict[str, Any]:
        """Measures answers and probabilities at the steps whose label is known.

        Args:
            logits: Of the steps.
            places: Where the true labels stand among the classes, -1 where nobody knows.
            answered: Where the labels stand that were answered.
            who: Who asks, for the error.

        Returns:
            What `scores` gives, and "steps", their number.

        Raises:
            DataError: No label at any step.
        """
        known = places >= 0
        require_known(known, who)
        found, truth = self.probabilities(logits)[known], places[known]
        scored = self.scores(found, truth, answered[known], self.transitions_.prior)
        return scored | {"steps": len(truth)}

    def learnt(self) -> dict[str, Any]:
        """Labels, their weights and transitions, and the temperature."""
        return super().learnt() | {"transitions": self.transitions_.to_dict()}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes them back."""
        super().restore(learnt)
        self.transitions_ = Transitions.from_dict(learnt["transitions"])
