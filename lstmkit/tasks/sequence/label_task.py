"""What a task needs to answer with labels, of one output or of several."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.errors import DataError
from lstmkit.tasks.sequence.answer_columns import require_own_names, truth_column
from lstmkit.tasks.sequence.given import Given
from lstmkit.tasks.sequence.judgeable import about_test, require_known
from lstmkit.tasks.sequence.label_output import LabelOutput
from lstmkit.tasks.sequence.labels import beside
from lstmkit.tasks.sequence.mean_scores import mean_scores
from lstmkit.tasks.sequence.network import Batch
from lstmkit.tasks.sequence.sequence_task import SequenceTask

Output = TypeVar("Output", bound=LabelOutput)


class LabelTask(SequenceTask, Generic[Output]):
    """A task whose targets are labels, of one output or of several.

    The outputs of its network are the logits of the outputs, one after another.

    Attributes:
        output_type: What learns the labels of an output.
        heads_: What was learnt of the labels of each output.
    """

    output_type: type[Output]
    heads_: list[Output]
    class_weight: Literal["balanced"] | Mapping[Any, float] | None

    @property
    def classes_(self) -> Any:
        """The labels, in the order of the probabilities; of several outputs a list."""
        return alone([head.classes_ for head in self.heads_])

    @property
    def weights_(self) -> Any:
        """The weight of each label in the loss; of several outputs a list."""
        return alone([head.weights_ for head in self.heads_])

    @property
    def temperature_(self) -> Any:
        """What logits are divided by, 1 where no sequences were held out; of several a list."""
        return alone([head.temperature_ for head in self.heads_])

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

    def who(self, place: int, number: int) -> str:
        """What an error calls the output at a `place` among a `number` of them."""
        name = type(self).__name__
        return name if number == 1 else f"{name}, target {place + 1} of {number}"

    @abstractmethod
    def apart(self, target: np.ndarray) -> list[np.ndarray]:
        """Takes the labels of several outputs apart."""

    def learn_target(self, target: np.ndarray, train: np.ndarray) -> None:
        """Learns the labels of `target`, and from the sequences `train` all that is counted.

        Raises:
            DataError: An output with fewer than two labels.
            SettingsError: Targets by which two columns of the answers are called alike.
        """
        columns = self.apart(target)
        self.heads_ = [
            self.output_type.fit(one, train, self.class_weight, self.who(place, len(columns)))
            for place, one in enumerate(columns)
        ]
        names = [
            one
            for name, head in zip(self.called(), self.heads_, strict=True)
            for one in (name, self.truth_of(name), *head.chance_names(self.before_labels(name)))
        ]
        require_own_names(type(self).__name__, self.called(), names, self.row_columns)

    def check_truth(self, learnt: Given, judged: Given) -> None:
        """Refuses labels of `judged` that are missing or that `learnt` does not have.

        Raises:
            DataError: Such labels, or labels at no step at all.
        """
        task = self.taught(learnt)
        with about_test():
            found = task.places(task.checked(judged.labels()))
            for place, places in enumerate(found):
                known = np.concatenate([np.ravel(one) for one in places]) >= 0
                require_known(known, task.who(place, len(found)))

    def columns(self, target: np.ndarray) -> list[np.ndarray]:
        """The labels of each output.

        Raises:
            DataError: Another number of outputs than learnt from.
        """
        columns, wanted = self.apart(target), len(self.heads_)
        if len(columns) != wanted:
            raise DataError(
                f"{type(self).__name__}: expected {wanted} label{'s' * (wanted > 1)} for each "
                f"{'step' if self.every_step else 'sequence'} as in the data learnt from, got "
                f"{len(columns)}. Give {', '.join(self.target_names(wanted))}."
            )
        return columns

    def places(self, target: np.ndarray) -> list[Any]:
        """Where the labels of each output stand among its classes.

        Raises:
            DataError: Another number of outputs, or a label that was not learnt.
        """
        pairs = zip(self.heads_, self.columns(target), strict=True)
        return [head.places(one) for head, one in pairs]

    def split(self, outputs: np.ndarray) -> list[tuple[Output, np.ndarray]]:
        """Each output with its logits, cut out of the outputs (R, K) of the network."""
        ends = np.cumsum([head.num_outputs for head in self.heads_])
        return list(zip(self.heads_, np.split(outputs, ends[:-1], axis=1), strict=True))

    def losses(
        self, outputs: Float[Tensor, "rows outputs"], batch: Batch
    ) -> Float[Tensor, "rows targets"]:
        """Cross-entropy of each label of a `batch` by `outputs`, times the weight of its class."""
        sizes = [head.num_outputs for head in self.heads_]
        shape = len(outputs), len(sizes)
        target = batch["target"].reshape(shape)
        each = [
            torch.nn.functional.cross_entropy(logits, target[:, place], reduction="none")
            for place, logits in enumerate(outputs.split(sizes, 1))
        ]
        return torch.stack(each, 1) * batch["weight"].reshape(shape)

    def answer(self, outputs: np.ndarray) -> np.ndarray:
        """The labels (R,), or (R, outputs) where there are several outputs."""
        return beside([head.answer(logits) for head, logits in self.split(outputs)])

    def probabilities(self, outputs: np.ndarray) -> Any:
        """Probabilities of the labels (R, labels); of several outputs a list of them."""
        return alone([head.probabilities(logits) for head, logits in self.split(outputs)])

    def together(self, judged: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """What was `judged` of the one output; of several the mean, and of each by its name."""
        if len(judged) == 1:
            return judged[0]
        overall = {
            name: mean_scores([one["overall"][name] for one in judged])
            for name in judged[0]["overall"]
        }
        named = dict(zip(self.target_names(len(judged)), judged, strict=True))
        return {"overall": overall, "by_target": named}

    def called(self) -> list[str]:
        """What a table of answers calls the labels of each output."""
        number = len(self.heads_)
        return ["label"] if number == 1 else self.target_names(number)

    def truth_of(self, name: str) -> str:
        """What a table of answers calls the true labels beside the column `name`."""
        return "truth" if len(self.heads_) == 1 else truth_column(name)

    def before_labels(self, name: str) -> str:
        """What stands before a label in the name of the column of its probability."""
        return "" if len(self.heads_) == 1 else f"{name}_"

    def told(
        self,
        outputs: np.ndarray,
        answered: Sequence[np.ndarray],
        truth: Sequence[Any] | None,
    ) -> dict[str, Any]:
        """Columns of a table of answers: of each output its labels and their probabilities.

        Args:
            outputs: Outputs of the network (R, K).
            answered: The labels of each output (R,).
            truth: The true ones, which then stand before them; None where they are unknown.
        """
        columns: dict[str, Any] = {}
        parts = zip(self.called(), self.split(outputs), answered, strict=True)
        for place, (name, (head, logits), labels) in enumerate(parts):
            if truth is not None:
                columns[self.truth_of(name)] = truth[place]
            columns[name] = labels
            columns |= head.chances(logits, self.before_labels(name))
        return columns

    def learnt(self) -> dict[str, Any]:
        """What was learnt of the labels of the output; of several a list."""
        told = [head.learnt() for head in self.heads_]
        return told[0] if len(told) == 1 else {"outputs": told}

    def restore(self, learnt: dict[str, Any]) -> None:
        """Takes it back."""
        self.heads_ = []
        for told in learnt.get("outputs", [learnt]):
            self.heads_.append(self.output_type())
            self.heads_[-1].restore(told)


def alone(found: list[Any]) -> Any:
    """What there is of each output; of one output just that."""
    return found[0] if len(found) == 1 else found
