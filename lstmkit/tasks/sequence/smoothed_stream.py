"""One sequence labelled step by step, each label by all that was seen up to it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from lstmkit.errors import ModelFileError
from lstmkit.tasks.sequence.labels import beside
from lstmkit.tasks.sequence.preparation import Carry
from lstmkit.tasks.sequence.stream import SequenceStream, as_tensor

if TYPE_CHECKING:
    from lstmkit.tasks.sequence.tagger import Tagger


class SmoothedStream(SequenceStream):
    """Feeds the steps of one sequence to a tagger that smooths; made by `Tagger.stream()`.

    Args:
        task: A fitted tagger that is `online` and smooths.
        static: Numbers of the sequence (S,).
        path: A file that `save` wrote, to go on from.

    Attributes:
        steps: Steps fed so far.

    Raises:
        DataError: Static numbers of another size.
        ModelFileError: A file that is not of such a stream.
    """

    task: "Tagger"

    def __init__(self, task: "Tagger", *, static: Any = None, path: Path | None) -> None:
        # of each output the labels of what was fed last
        self._labels = [head.classes_[:0] for head in task.heads_]
        # what is believed after the last step, one output after another, like their logits
        self._belief: np.ndarray | None = None
        super().__init__(task, static=static, path=path)

    @torch.no_grad()
    def feed(self, steps: Any, times: Any = None) -> np.ndarray:
        """Takes one step or several and returns their labels, smoothed, as the base class does."""
        self._outputs(steps, times)
        return beside(self._labels)

    def table(self, steps: Any, times: Any = None) -> pl.DataFrame:
        """Takes one step or several and tells the answers as the base class does."""
        told = super().table(steps, times)
        pairs = zip(self.task.called(), self._labels, strict=True)
        return told.with_columns([pl.Series(name, labels) for name, labels in pairs])

    def _outputs(self, steps: Any, times: Any) -> np.ndarray:
        outputs = super()._outputs(steps, times)
        # whatever is asked of these steps, they count for the labels of later ones
        beliefs = [
            head.transitions_.beliefs(head.probabilities(logits), before)
            for (head, logits), before in zip(self.task.split(outputs), self._before(), strict=True)
        ]
        self._belief = np.concatenate([one[-1] for one in beliefs])
        pairs = zip(self.task.heads_, beliefs, strict=True)
        self._labels = [head.classes_[one.argmax(1)] for head, one in pairs]
        return outputs

    def _before(self) -> Sequence[np.ndarray | None]:
        """What is believed of each output; None before the first step."""
        if self._belief is None:
            return [None] * len(self.task.heads_)
        return [one[0] for _, one in self.task.split(self._belief[None])]

    def _kept(self, carry: Carry) -> dict[str, Tensor]:
        return super()._kept(carry) | {"belief": as_tensor(self._belief)}

    def _take(self, tensors: Mapping[str, Tensor]) -> None:
        if "belief" not in tensors:
            raise ModelFileError(
                "stream: expected a file of a tagger that smooths, got one of a tagger that does "
                "not. Go on with smooth=False, as it was saved, or begin anew without the file."
            )
        super()._take(tensors)
        self._belief = tensors["belief"].numpy()
