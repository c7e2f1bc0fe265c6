"""The classifier: one label for a whole sequence, with honest probabilities."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import polars as pl
import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.engine import Cell
from lstmkit.errors import DataError
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.label_task import LabelTask
from lstmkit.tasks.sequence.labels import checked_labels, class_weights, places_of
from lstmkit.tasks.sequence.manners import tags
from lstmkit.tasks.sequence.network import Batch
from lstmkit.tasks.sequence.story import Story


class Classifier(LabelTask):
    """Labels whole sequences of one or many channels, of any lengths, with values missing or not.

    The network (`SequenceNetwork`) reads a sequence in both directions, with a branch of
    convolutions beside; `online` reads it in one, so that it can be followed step by step. It is
    trained by cross-entropy; probabilities are calibrated by one temperature on held-out sequences.

    Args:
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        hidden_size: Units of a layer and direction; None takes 64.
        num_layers: Layers.
        dropout: Dropout between layers and before the output.
        online: Answers at a step depend on no later step; needed for `stream`.
        replication: Share of the loss that the answers at every step have, for `online`.
        class_weight: None counts every sequence alike, "balanced" every class; a dict gives weights
            by label, 1 to those it leaves out.
        validation: Share of the sequences held out to stop by and to calibrate; None takes a fifth,
            or none below 100 sequences.
        epochs: Passes over the training sequences, at most; None chooses by their number.
        batch_size: Sequences a step; None chooses by their number.
        learning_rate: Peak of the schedule; None takes 2e-3.
        seed: Source of all randomness.
        device: "auto", "cpu", "cuda", ....

    Attributes:
        classes_: The labels, in the order of the probabilities.
        temperature_: What logits are divided by; 1 where no sequences were held out.
        prepared_: Scales and what else stands between sequences and network.
        network_: The trained network.
        history_: Losses by epoch.

    Example:
        >>> import numpy as np
        >>> random = np.random.default_rng(0)
        >>> X = random.normal(size=(20, 12)) + np.repeat([-2.0, 2.0], 10)[:, None]
        >>> y = np.repeat(["low", "high"], 10)
        >>> Classifier(epochs=5).fit(X, y).predict(np.full((1, 12), 2.0)).tolist()
        ['high']
    """

    kind, verb = "classifier", "classify"

    def __init__(
        self,
        *,
        cell: str | Cell = "lstm",
        hidden_size: int | None = None,
        num_layers: int = 1,
        dropout: float = 0.3,
        online: bool = False,
        replication: float = 0.0,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
        validation: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        self.cell = cell
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.dropout = dropout
        self.online = online
        self.replication = replication
        self.class_weight = class_weight
        self.validation = validation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.seed = seed
        self.device = device

    def predict_proba(self, data: Any, *, static: Any = None) -> Float[np.ndarray, "n classes"]:
        """Returns the probability of each of `classes_` for each sequence.

        Args:
            data: As for `predict`.
            static: As for `predict`.

        Returns:
            Probabilities, calibrated where sequences were held out.
        """
        given = self.read(data, static=static, labelled=False)
        return self.probabilities(self.outputs(given.sequences))

    def score(self, data: Any, y: Any = None, *, static: Any = None) -> float:
        """Returns the share of sequences that get their label.

        Args:
            data: As for `predict`.
            y: True labels; None where the file or the table holds them.
            static: As for `predict`.
        """
        given = self.read(data, y, static=static, labelled=True)
        target = self.checked(given.labels())
        return float(np.mean(self.answer(self.outputs(given.sequences)) == target))

    def judge(self, given: Given, outputs: np.ndarray) -> dict[str, Any]:
        """Measures answers and probabilities on sequences with known labels.

        Args:
            given: Sequences with their labels.
            outputs: Outputs of the network for them (N, K).

        Returns:
            "overall": scores of "lstmkit" and "most frequent" (`class_scores`); "confusion"
            (classes, classes), true by answered; "classes"; "sequences", their number.
        """
        places, found = self.places(self.checked(given.labels())), self.probabilities(outputs)
        scored = self.scores(found, places, found.argmax(1), self.prior_)
        return scored | {"sequences": len(places)}

    def table(self, given: Given, outputs: np.ndarray) -> pl.DataFrame:
        """Tells `outputs` for `given`: name, true label if known, label, probability of each."""
        truth = {} if given.target is None else {"truth": self.checked(given.target)}
        answers = truth | {"label": self.answer(outputs)} | self.chances(outputs)
        return pl.DataFrame({"sequence": given.sequences.names} | answers)

    def story(self, result: dict[str, Any], judged: Given, outputs: np.ndarray) -> Story:
        """Tells of `result` and the `outputs` for `judged`: confusion, honesty, curves."""
        from lstmkit.tasks.report.class_story import class_story

        places = self.places(self.checked(judged.labels()))
        return class_story(result, self.probabilities(outputs), places, self.history_.to_dict())

    def checked(self, target: np.ndarray) -> np.ndarray:
        """Labels as texts, numbers or booleans, none of them missing."""
        return checked_labels(target, "Classifier")

    def strata(self, target: np.ndarray) -> np.ndarray:
        """Every class is held out alike."""
        return target

    def learn_target(self, target: np.ndarray, train: np.ndarray) -> None:
        """Learns the labels of `target`, and from the places `train` their share and weights.

        Raises:
            DataError: A single label.
        """
        self.classes_ = np.unique(target)
        if len(self.classes_) < 2:
            raise DataError(
                f"Classifier: expected at least 2 labels, got only {target[0].item()!r}. Give "
                "sequences of each."
            )
        count = np.bincount(self.places(target[train]), minlength=len(self.classes_))
        self.prior_ = count / count.sum()
        self.weights_ = class_weights(self.class_weight, self.classes_, count)
        self.temperature_ = 1.0

    def encode(self, target: np.ndarray) -> dict[str, np.ndarray]:
        """The place of each label in `classes_`, and its weight."""
        places = self.places(target)
        return {"target": places, "weight": self.weights_[places]}

    def places(self, target: np.ndarray) -> np.ndarray:
        """Where labels stand in `classes_`, int64.

        Raises:
            DataError: A label that was not learnt.
        """
        return places_of(target, self.classes_, "Classifier")

    def loss(self, outputs: Float[Tensor, "rows outputs"], batch: Batch) -> Float[Tensor, ""]:
        """Mean cross-entropy of `outputs` for a `batch`, by the weight of each class."""
        each = torch.nn.functional.cross_entropy(outputs, batch["target"], reduction="none")
        return (each * batch["weight"]).mean()

    def settle(self, target: np.ndarray, outputs: np.ndarray) -> None:
        """Sets the temperature by `outputs` for held-out sequences and their `target`."""
        self.calibrate(outputs, self.places(target))

    def learnt(self) -> dict[str, Any]:
        """Labels, their shares and weights, and the temperature."""
        return super().learnt() | {"prior": self.prior_.tolist()}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes them back."""
        super().restore(learnt)
        self.prior_ = np.array(learnt["prior"])

    def __sklearn_tags__(self) -> Any:
        return tags("classifier")
