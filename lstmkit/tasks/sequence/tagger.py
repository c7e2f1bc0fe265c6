"""The tagger: a label, or several, for every step of a sequence."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import polars as pl

from lstmkit.cells import find
from lstmkit.data.sequences import Sequences
from lstmkit.engine import Cell
from lstmkit.tasks.sequence.defaults import SequenceDefaults
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.labels import beside
from lstmkit.tasks.sequence.manners import tags
from lstmkit.tasks.sequence.network import SequenceSizes
from lstmkit.tasks.sequence.smoothed_stream import SmoothedStream
from lstmkit.tasks.sequence.step_labels import step_columns
from lstmkit.tasks.sequence.step_task import StepTask
from lstmkit.tasks.sequence.story import Story
from lstmkit.tasks.sequence.stream import SequenceStream
from lstmkit.tasks.sequence.tag_network import TagNetwork


class Tagger(StepTask):
    """Labels every step of sequences of one or many channels, of any lengths.

    The network (`TagNetwork`) reads a sequence in both directions; `online` reads it in one, so
    that it can be followed step by step. Steps whose label is missing do not count. Several labels
    of each step, y of shape (T, outputs) for each sequence, are several outputs of one network, and
    some of them may be missing where others are known.

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
            label, 1 to those it leaves out. It holds for every output.
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
        transitions_: How labels follow each other; of several outputs a list.
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
            For each sequence labels (T,), of several outputs (T, outputs).
        """
        given = self.read(data, static=static, labelled=False)
        answered = self.answered(given.sequences, self.outputs(given.sequences))
        return self.by_sequence(beside(answered), given)

    def courses(self, sequences: Sequences, outputs: np.ndarray) -> list[np.ndarray]:
        """Where the labels of all steps stand among the classes, smoothed where that was asked for.

        Args:
            sequences: Whose steps they are.
            outputs: Outputs at the steps, one sequence after another (R, K).

        Returns:
            Of each output the places (R,).
        """
        parts, lengths = self.split(outputs), sequences.lengths
        if not self.smooth:
            return [logits.argmax(1) for _, logits in parts]
        return [head.course(logits, lengths, online=self.online) for head, logits in parts]

    def answered(self, sequences: Sequences, outputs: np.ndarray) -> list[np.ndarray]:
        """Of each output the labels of all steps (R,); see `courses`.

        Args:
            sequences: Whose steps they are.
            outputs: Outputs at the steps.
        """
        pairs = zip(self.heads_, self.courses(sequences, outputs), strict=True)
        return [head.classes_[places] for head, places in pairs]

    @property
    def stream_type(self) -> type[SequenceStream]:
        """What `stream` begins: one that goes on smoothing, where that was asked for."""
        return SmoothedStream if self.smooth else SequenceStream

    def score(self, data: Any, y: Any = None, *, static: Any = None) -> float:
        """Returns the share of the steps with a known label that get it, its mean over outputs.

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
            "classes"; "sequences" and "steps", their numbers. Of several outputs "overall" is the
            mean, "by_target" holds the others by name, and "steps" counts those with any label.

        Raises:
            DataError: An output without a label at any step.
        """
        truth = [np.concatenate(one) for one in self.places(self.checked(given.labels()))]
        parts = zip(self.split(outputs), truth, self.courses(given.sequences, outputs), strict=True)
        judged = [
            head.judge(logits, places, answered, self.who(number, len(truth)))
            for number, ((head, logits), places, answered) in enumerate(parts)
        ]
        known = np.any([places >= 0 for places in truth], axis=0)
        counted = {"sequences": len(given.sequences), "steps": int(known.sum())}
        return self.together(judged) | counted

    def table(self, given: Given, outputs: np.ndarray) -> pl.DataFrame:
        """Tells `outputs` for `given`, a row a step: time and truth if known, label, chances."""
        truth: list[pl.Series] | None = None
        if given.target is not None:
            # the type of the classes, also where all labels are missing
            types = [pl.Series(head.classes_).dtype for head in self.heads_]
            pairs = zip(types, self.columns(self.checked(given.target)), strict=True)
            truth = [
                pl.Series([one for each in labels for one in each], dtype=dtype)
                for dtype, labels in pairs
            ]
        columns = self.told(outputs, self.answered(given.sequences, outputs), truth)
        return pl.DataFrame(step_columns(given.sequences) | columns)

    def story(self, result: dict[str, Any], judged: Given, outputs: np.ndarray) -> Story:
        """Tells of `result` and the `outputs` for `judged`: courses, confusion, honesty."""
        from lstmkit.tasks.report.several_story import several_story
        from lstmkit.tasks.report.tag_story import tag_sections, tag_story

        sequences, history = judged.sequences, self.history_.to_dict()
        parts = zip(
            result.get("by_target", {"": result}).values(),
            self.places(self.checked(judged.labels())),
            self.courses(sequences, outputs),
            self.split(outputs),
            strict=True,
        )
        sections = [
            tag_sections(
                found,
                sequences,
                truth,
                self.by_sequence(answered, judged),
                self.by_sequence(head.probabilities(logits), judged),
            )
            for found, truth, answered, (head, logits) in parts
        ]
        if len(sections) == 1:
            return tag_story(result, sections[0], history)
        return several_story(result, sections, history)

    def __sklearn_tags__(self) -> Any:
        return tags(None)

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
