"""The network of the tagger: an LSTM over the steps and a linear head at each."""

from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM, Drop
from lstmkit.tasks.sequence.network import Batch, Counts, Loss, SequenceSizes
from lstmkit.tasks.sequence.pooling import Pooled, inside


class TagNetwork(nn.Module):
    r"""From a sequence to outputs at every step.

    .. math::
        y_t = A\, [\, h_t,\ s \,] + a

    with h the outputs of an LSTM, in both directions unless `online`, and s the numbers of the
    whole sequence.

    Args:
        sizes: Widths.
        loss: Loss of outputs (R, K) at the real steps, for their targets.
        counts: How much of what the loss is a mean over a batch holds.
        cell: The cell.
        hidden_size: Units of a layer and direction.
        num_layers: Layers.
        dropout: Dropout between layers and before the head.
        online: Whether outputs at a step must depend on no later step.

    Raises:
        CellError: The cell cannot be used.
    """

    def __init__(
        self,
        sizes: SequenceSizes,
        *,
        loss: Loss,
        counts: Counts,
        cell: Cell,
        hidden_size: int,
        num_layers: int,
        dropout: float,
        online: bool,
    ) -> None:
        super().__init__()
        self._loss, self._counts = loss, counts
        # a cell that reads x unit by unit needs an input as wide as its state
        by_unit = cell.equations.reads_x_by_unit
        self.enter = nn.Linear(sizes.inputs, hidden_size) if by_unit else nn.Identity()
        self.lstm = LSTM(
            hidden_size if by_unit else sizes.inputs,
            hidden_size,
            cell=cell,
            num_layers=num_layers,
            bidirectional=not online,
            drop=Drop(between=dropout),
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.lstm.output_size + sizes.static, sizes.outputs)

    def counts(self, batch: Batch) -> Float[Tensor, ""]:
        """Says how much of what the loss is a mean over a batch holds."""
        return self._counts(batch)

    def forward(self, batch: Batch) -> Float[Tensor, "steps outputs"]:
        """Computes the outputs at the real steps, one sequence after another.

        Args:
            batch: "steps" (B, T, I), "lengths" (B,) and "static" (B, S).

        Returns:
            Outputs.
        """
        outputs, _, _ = self.running(batch)
        return outputs[inside(batch["steps"], batch["lengths"])]

    def running(
        self, batch: Batch, state: Any = None, pooled: Pooled | None = None
    ) -> tuple[Float[Tensor, "batch time outputs"], Any, Pooled | None]:
        """Computes the outputs at every step.

        Args:
            batch: As for `forward`; a piece of the sequences where they go on from `state`.
            state: State of the LSTM before the piece.
            pooled: Handed on as it is: nothing is pooled.

        Returns:
            Outputs, and state and pooled after the piece.
        """
        h, state = self.lstm(self.enter(batch["steps"]), state, lengths=batch["lengths"])
        static = batch["static"][:, None].expand(-1, h.shape[1], -1)
        outputs = self.head(self.dropout(torch.cat([h, static], -1)))
        return cast("Tensor", outputs), state, pooled

    def loss(self, batch: Batch) -> Float[Tensor, ""]:
        """Computes the mean loss over the real steps."""
        real = inside(batch["steps"], batch["lengths"])
        told = {name: batch[name][real] for name in ("target", "weight")}
        return self._loss(self(batch), told)
