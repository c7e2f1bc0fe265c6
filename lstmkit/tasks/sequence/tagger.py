"""The tagger: a label for every step of a sequence."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import polars as pl

from lstmkit.cells import find
from lstmkit.data.sequences import Sequences
from lstmkit.engine import Cell
from lstmkit.errors import DataError
from lstmkit.tasks.sequence.defaults import SequenceDefaults
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.labels import class_weights, places_of
from lstmkit.tasks.sequence.network import SequenceSizes
from lstmkit.tasks.sequence.smoothed_stream import SmoothedStream
from lstmkit.tasks.sequence.smoothing import Transitions
from lstmkit.tasks.sequence.step_labels import step_columns
from lstmkit.tasks.sequence.step_task import StepTask
from lstmkit.tasks.sequence.story import Story
from lstmkit.tasks.sequence.stream import SequenceStream
from lstmkit.tasks.sequence.tag_network import TagNetwork


class Tagger(StepTask):
    """Labels every step of sequences of one or many channels, of any lengths.

    The network (`TagNetwork`) reads a sequence in both directions; `online` reads it in one, so
    that it can be followed step by step. Steps whose label is missing do not count.

    Args:
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        hidden_size: Units of a layer and direction; None takes 64.
        num_layers: Layers.
        dropout: Dropout between layers and before the output.
        online: A label depends on no later step; needed for `stream`.
        smooth: For labels that come in segments, answer by how labels follow each other
            (`Transitions`) instead of step by step: the likeliest course of labels or, `online`,
            at each step the likeliest label by the steps up to it.
        class_weight: None counts every step alike, "balanced" every label; a dict gives weights by
            label, 1 to those it leaves out.
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
        transitions_: How labels follow each other.
        prepared_: Scales and what else stands between sequences and network.
        network_: The trained network.
        history_: Losses by epoch.

    Example:
        >>> import numpy as np
        >>> X = [np.random.default_rng(n).normal(size=(8 + n, 2)) for n in range(6)]
        >>> y = [np.where(one[:, 0] > 0, "up", "down") for one in X]
        >>> [len(one) for one in Tagger(epochs=2).fit(X, y).predict(X[:2])]
        [8, 9]
    """

    kind, verb = "tagger", "tag"

    def __init__(
        self,
        *,
        cell: str | Cell = "lstm",
        hidden_size: int | None = None,
        num_layers: int = 1,
        dropout: float = 0.3,
        online: bool = False,
        smooth: bool = False,
        class_weight: Literal["balanced"] | Mapping[Any, float] | None = None,
        validation: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        self.cell, self.hidden_size, self.num_layers = cell, hidden_size, num_layers
        self.dropout, self.device = dropout, device
        self.online, self.smooth, self.class_weight = online, smooth, class_weight
        self.validation, self.learning_rate = validation, learning_rate
        self.epochs, self.batch_size, self.seed = epochs, batch_size, seed

    def predict(self, data: Any, *, static: Any = None) -> list[np.ndarray]:
        """Returns the labels of the steps of each sequence.

        Args:
            data: Sequences, as `fit` takes them; a table by the columns of `fit`.
            static: Numbers of each sequence (N, S), for arrays.

        Returns:
            For each sequence labels (T,).
        """
        given = self.read(data, static=static, labelled=False)
        return self.split(self.courses(given.sequences, self.outputs(given.sequences)), given)

    def courses(self, sequences: Sequences, outputs: np.ndarray) -> np.ndarray:
        """The labels of all steps, one sequence after another, smoothed where that was asked for.

        Args:
            sequences: Whose steps they are.
            outputs: Outputs at the steps (R, K).
        """
        if not self.smooth:
            return self.answer(outputs)
        chances = np.split(self.probabilities(outputs), np.cumsum(sequences.lengths)[:-1])
        follows = self.transitions_
        places = [
            follows.beliefs(one).argmax(1) if self.online else follows.path(one) for one in chances
        ]
        smoothed: np.ndarray = self.classes_[np.concatenate(places)]
        return smoothed

    @property
    def stream_type(self) -> type[SequenceStream]:
        """What `stream` begins: one that goes on smoothing, where that was asked for."""
        return SmoothedStream if self.smooth else SequenceStream

    def score(self, data: Any, y: Any = None, *, static: Any = None) -> float:
        """Returns the share of the steps with a known label that get it.

        Args:
            data: As for `predict`.
            y: True labels; None where the table holds them.
            static: As for `predict`.
        """
        return float(self.evaluate(data, y, static=static)["overall"]["lstmkit"]["accuracy"])

    def judge(self, given: Given, outputs: np.ndarray) -> dict[str, Any]:
        """Measures answers and probabilities at the steps whose label is known.

        Args:
            given: Sequences with their labels.
            outputs: Outputs of the network at their steps (R, K).

        Returns:
            "overall": scores of "lstmkit" and "most frequent" (`class_scores`); "confusion";
            "classes"; "sequences" and "steps", their numbers.

        Raises:
            DataError: No label at any step.
        """
        places = np.concatenate(self.places(self.checked(given.labels())))
        known = places >= 0
        if not known.any():
            raise DataError("Tagger: expected labels to judge by, got none at any step. Give some.")
        found, truth = self.probabilities(outputs)[known], places[known]
        answered = places_of(self.courses(given.sequences, outputs)[known], self.classes_, "Tagger")
        scored = self.scores(found, truth, answered, self.transitions_.prior)
        return scored | {"sequences": len(given.sequences), "steps": len(truth)}

    def table(self, given: Given, outputs: np.ndarray) -> pl.DataFrame:
        """Tells `outputs` for `given`, a row a step: time and truth if known, label, chances."""
        columns = step_columns(given.sequences)
        if given.target is not None:
            truth = [one for each in self.checked(given.target) for one in each]
            columns["truth"] = pl.Series(truth, dtype=pl.Series(self.classes_).dtype)
        columns["label"] = self.courses(given.sequences, outputs)
        return pl.DataFrame(columns | self.chances(outputs))

    def story(self, result: dict[str, Any], judged: Given, outputs: np.ndarray) -> Story:
        """Tells of `result` and the `outputs` for `judged`: courses, confusion, honesty."""
        from lstmkit.tasks.report.tag_story import tag_story

        chances = self.split(self.probabilities(outputs), judged)
        answered = self.split(self.courses(judged.sequences, outputs), judged)
        return tag_story(
            result,
            judged.sequences,
            self.places(self.checked(judged.labels())),
            [places_of(one, self.classes_, "Tagger") for one in answered],
            chances,
            self.history_.to_dict(),
        )

    def build(self, sizes: SequenceSizes, chosen: SequenceDefaults) -> TagNetwork:
        """Builds an untrained network by its `sizes` and what was `chosen`."""
        return TagNetwork(
            sizes,
            loss=self.loss,
            counts=self.counts,
            cell=find(self.cell),
            hidden_size=self.hidden_size or chosen.hidden_size,
            num_layers=self.num_layers,
            dropout=self.dropout,
            online=self.online,
        )

    def learn_target(self, target: np.ndarray, train: np.ndarray) -> None:
        """Learns the labels of `target`, and from the sequences `train` all that is counted.

        Raises:
            DataError: Fewer than two labels.
        """
        labels = [one for each in target for one in each if one is not None]
        self.classes_ = np.unique(np.array(labels))
        if len(self.classes_) < 2:
            raise DataError(
                "Tagger: expected at least 2 labels, got "
                f"{', '.join(map(repr, self.classes_.tolist())) or 'none'}. Give steps of each."
            )
        learnt = self.places(target[train])
        count = np.bincount(np.concatenate(learnt) + 1, minlength=len(self.classes_) + 1)[1:]
        self.transitions_ = Transitions.fit(learnt, len(self.classes_))
        self.weights_ = class_weights(self.class_weight, self.classes_, count)
        self.temperature_ = 1.0

    def learnt(self) -> dict[str, Any]:
        """Labels, their weights and transitions, and the temperature."""
        return super().learnt() | {"transitions": self.transitions_.to_dict()}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes them back."""
        super().restore(learnt)
        self.transitions_ = Transitions.from_dict(learnt["transitions"])
