"""Sequences as rows for training: padded batches with lengths."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lstmkit.data.sequences import Sequences
from lstmkit.data.stored_sequences import StoredSequences


class SequenceRows:
    """Prepared sequences, kept one after another and padded batch by batch.

    Args:
        steps: For each sequence its channels (T, C), without NaN.
        more: Arrays with one row for each sequence: targets, static numbers, weights.
        by_step: Arrays with one row for each step of each sequence, padded like the steps.

    Example:
        >>> rows = SequenceRows([np.ones((3, 2)), np.ones((1, 2))], {"target": np.array([0, 1])})
        >>> batch = rows.batch(np.array([0, 1]))
        >>> batch["steps"].shape, batch["lengths"].tolist()
        (torch.Size([2, 3, 2]), [3, 1])
    """

    def __init__(
        self,
        steps: Sequence[Float[np.ndarray, "_ channels"]],
        more: Mapping[str, np.ndarray],
        by_step: Mapping[str, Sequence[np.ndarray]] | None = None,
    ) -> None:
        self.lengths = np.array([len(one) for one in steps], np.int64)
        self._first = np.cumsum([0, *self.lengths[:-1]])
        self._steps = np.concatenate(steps).astype(np.float32)
        self._more = {name: _narrow(values) for name, values in more.items()}
        self._by_step = {
            name: _narrow(np.concatenate(values)) for name, values in (by_step or {}).items()
        }

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        """Pads some sequences to the longest of them.

        Args:
            indices: Which sequences, int64 (B,), in any order.

        Returns:
            "steps" (B, T, C) float32, 0 after the end of each; "lengths" (B,) int64; and what
            else there is, by its name.
        """
        lengths = self.lengths[indices]
        inside = np.arange(lengths.max(initial=1)) < lengths[:, None]
        source = np.concatenate(
            [np.arange(self._first[i], self._first[i] + self.lengths[i]) for i in indices]
        )
        arrays = {name: values[indices] for name, values in self._more.items()}
        for name, values in {"steps": self._steps, **self._by_step}.items():
            padded = np.zeros((*inside.shape, *values.shape[1:]), values.dtype)
            padded[inside] = values[source]
            arrays[name] = padded
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return tensors | {"lengths": torch.from_numpy(lengths)}


class StoredRows:
    """Rows for training out of sequences that stay in files; the same batches as `SequenceRows`.

    Args:
        sequences: The sequences.
        inputs: Prepares some of them, for each its channels (T, C).
        more: As for `SequenceRows`.
        by_step: As for `SequenceRows`.

    Attributes:
        blocks: Rows of each block: batches that take rows of few blocks read few files.
    """

    def __init__(
        self,
        sequences: StoredSequences,
        inputs: Callable[[Sequences], Sequence[np.ndarray]],
        more: Mapping[str, np.ndarray],
        by_step: Mapping[str, Sequence[np.ndarray]] | None = None,
    ) -> None:
        self._sequences, self._inputs = sequences, inputs
        self._more, self._by_step = more, by_step or {}
        self.blocks = sequences.block_sizes

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self._sequences)

    def batch(self, indices: np.ndarray) -> dict[str, Tensor]:
        """Reads, prepares and pads some sequences; see `SequenceRows.batch`."""
        # in the order of the files, so that each block is read once
        order = np.argsort(indices, kind="stable")
        chosen = np.asarray(indices)[order]
        rows = SequenceRows(
            self._inputs(self._sequences.take(chosen)),
            {name: values[chosen] for name, values in self._more.items()},
            {name: [values[i] for i in chosen] for name, values in self._by_step.items()},
        )
        return rows.batch(np.argsort(order, kind="stable"))


def _narrow(values: np.ndarray) -> np.ndarray:
    """Numbers in float32, everything else as it is."""
    return values.astype(np.float32) if values.dtype.kind == "f" else values
