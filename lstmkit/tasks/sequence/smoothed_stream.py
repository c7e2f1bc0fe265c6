"""One sequence labelled step by step, each label by all that was seen up to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from lstmkit.errors import ModelFileError
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
        self._belief: np.ndarray | None = None
        self._labels = task.classes_[:0]
        super().__init__(task, static=static, path=path)

    @torch.no_grad()
    def feed(self, steps: Any, times: Any = None) -> np.ndarray:
        """Takes one step or several and returns their labels, smoothed, as the base class does."""
        self._outputs(steps, times)
        return self._labels

    def table(self, steps: Any, times: Any = None) -> pl.DataFrame:
        """Takes one step or several and tells the answers as the base class does."""
        told = super().table(steps, times)
        return told.with_columns(label=pl.Series(self._labels))

    def _outputs(self, steps: Any, times: Any) -> np.ndarray:
        outputs = super()._outputs(steps, times)
        # whatever is asked of these steps, they count for the labels of later ones
        chances = self.task.probabilities(outputs)
        beliefs = self.task.transitions_.beliefs(chances, self._belief)
        self._belief, self._labels = beliefs[-1], self.task.classes_[beliefs.argmax(1)]
        return outputs

    def _kept(self, carry: Carry) -> dict[str, Tensor]:
        return super()._kept(carry) | {"belief": as_tensor(self._belief)}

    def _take(self, tensors: Mapping[str, Tensor]) -> None:
        if "belief" not in tensors:
            raise ModelFileError(
                "stream: expected a file of a tagger that smooths, got one of another task. Go on "
                "with the model whose stream was saved."
            )
        super()._take(tensors)
        self._belief = tensors["belief"].numpy()
