"""The classifier: one label, or several, for a whole sequence, with honest probabilities."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import polars as pl

from lstmkit.engine import Cell
from lstmkit.tasks.sequence.class_task import ClassTask
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.manners import tags
from lstmkit.tasks.sequence.story import Story


class Classifier(ClassTask):
    """Labels whole sequences of one or many channels, of any lengths, with values missing or not.

    The network (`SequenceNetwork`) reads a sequence in both directions, with a branch of
    convolutions beside; `online` reads it in one, so that it can be followed step by step. It is
    trained by cross-entropy; probabilities are calibrated by one temperature on held-out sequences.
    Several labels of a sequence, y of shape (N, outputs), are several outputs of one network.

    Args:
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        hidden_size: Units of a layer and direction; None takes 64.
        num_layers: Layers.
        dropout: Dropout between layers and before the output.
        online: Answers at a step depend on no later step; needed for `stream`.
        replication: Share of the loss that the answers at every step have, for `online`.
        class_weight: None counts every sequence alike, "balanced" every class; a dict gives weights
            by label, 1 to those it leaves out. It holds for every output.
        validation: Share of the sequences held out to stop by and to calibrate; None takes a fifth,
            or none below 100 sequences.
        epochs: Passes over the training sequences, at most; None chooses by their number.
        batch_size: Sequences a step; None chooses by their number.
        learning_rate: Peak of the schedule; None takes 2e-3.
        seed: Source of all randomness.
        device: "auto", "cpu", "cuda", ....

    Attributes:
        classes_: The labels, in the order of the probabilities; of several outputs a list.
        temperature_: What logits are divided by, 1 where no sequences were held out; of several
            outputs a list.
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

    def predict_proba(self, data: Any, *, static: Any = None) -> Any:
        """Returns the probability of each of `classes_` for each sequence.

        Args:
            data: As for `predict`.
            static: As for `predict`.

        Returns:
            Probabilities (N, labels), calibrated where sequences were held out; of several outputs
            a list of them, as in scikit-learn.
        """
        given = self.read(data, static=static, labelled=False)
        return self.probabilities(self.outputs(given.sequences))

    def score(self, data: Any, y: Any = None, *, static: Any = None) -> float:
        """Returns the share of sequences that get their label, its mean over several outputs.

        Args:
            data: As for `predict`.
            y: True labels; None where the file or the table holds them.
            static: As for `predict`.
        """
        given = self.read(data, y, static=static, labelled=True)
        columns = self.columns(self.checked(given.labels()))
        parts = zip(self.split(self.outputs(given.sequences)), columns, strict=True)
        return float(np.mean([head.answer(logits) == truth for (head, logits), truth in parts]))

    def judge(self, given: Given, outputs: np.ndarray) -> dict[str, Any]:
        """Measures answers and probabilities on sequences with known labels.

        Args:
            given: Sequences with their labels.
            outputs: Outputs of the network for them (N, K).

        Returns:
            "overall": scores of "lstmkit" and "most frequent" (`class_scores`); "confusion"
            (classes, classes), true by answered; "classes"; "sequences", their number. Of several
            outputs "overall" is the mean, and "by_target" holds the others by name.
        """
        columns = self.columns(self.checked(given.labels()))
        parts = zip(self.split(outputs), columns, strict=True)
        judged = [head.judge(logits, truth) for (head, logits), truth in parts]
        return self.together(judged) | {"sequences": len(outputs)}

    def table(self, given: Given, outputs: np.ndarray) -> pl.DataFrame:
        """Tells `outputs` for `given`: name, true label if known, label, probability of each."""
        truth = None if given.target is None else self.columns(self.checked(given.target))
        answered = [head.answer(logits) for head, logits in self.split(outputs)]
        told: dict[str, Any] = {"sequence": given.sequences.names}
        return pl.DataFrame(told | self.told(outputs, answered, truth))

    def story(self, result: dict[str, Any], judged: Given, outputs: np.ndarray) -> Story:
        """Tells of `result` and the `outputs` for `judged`: confusion, honesty, curves."""
        from lstmkit.tasks.report.class_story import class_sections, class_story
        from lstmkit.tasks.report.several_story import several_story

        places = self.places(self.checked(judged.labels()))
        found, history = self.probabilities(outputs), self.history_.to_dict()
        if len(places) == 1:
            return class_story(result, found, places[0], history)
        each = zip(result["by_target"].values(), found, places, strict=True)
        return several_story(result, [class_sections(*one) for one in each], history)

    def __sklearn_tags__(self) -> Any:
        return tags("classifier")
