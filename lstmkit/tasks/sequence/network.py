"""The network of sequence tasks: an LSTM over the steps, what it found pooled, a linear head."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM, Drop
from lstmkit.tasks.sequence.convolution import ConvolutionBranch
from lstmkit.tasks.sequence.pooling import Pooled, inside, pool, running_pool

Batch = dict[str, Tensor]
Loss = Callable[[Tensor, Batch], Float[Tensor, ""]]
Counts = Callable[[Batch], Float[Tensor, ""]]


@dataclass(frozen=True, kw_only=True)
class SequenceSizes:
    """Widths of what a network reads and gives.

    Attributes:
        inputs: Inputs of a step.
        static: Inputs of a whole sequence.
        outputs: Outputs.
        patch: Steps that are read as one.
    """

    inputs: int
    static: int
    outputs: int
    patch: int = 1


class SequenceNetwork(nn.Module):
    r"""From a sequence to a vector of outputs.

    An LSTM reads the steps, in both directions unless `online`. Its outputs over the real steps are
    pooled to their last, their mean and their maximum, and a linear map makes the outputs of that
    and of the numbers of the whole sequence:

    .. math::
        y = A\, [\, h_T,\ \tfrac1T \sum_t h_t,\ \max_t h_t,\ s \,] + a

    Long sequences are read in patches of several steps. Unless `online`, a branch of three
    convolutions stands beside the LSTM and its mean over the steps joins the pooled vector
    (LSTM-FCN, Karim et al. 2018): it sees shapes wherever they are, the LSTM their order.

    Args:
        sizes: Widths.
        loss: Loss of outputs (B, K) for a batch.
        counts: How much of what the loss is a mean over a batch holds.
        cell: The cell.
        hidden_size: Units of a layer and direction.
        num_layers: Layers.
        dropout: Dropout between layers and before the head.
        online: Whether outputs at a step must depend on no later step.
        replication: Weight of the mean loss of the outputs at all steps, against that of the last
            ones (target replication, Lipton et al. 2016); for `online`.

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
        replication: float = 0.0,
    ) -> None:
        super().__init__()
        self.sizes, self.online, self.replication = sizes, online, replication
        self._loss, self._counts = loss, counts
        width = sizes.inputs * sizes.patch
        # a cell that reads x unit by unit needs an input as wide as its state
        by_unit = cell.equations.reads_x_by_unit
        self.enter = nn.Linear(width, hidden_size) if by_unit else nn.Identity()
        self.lstm = LSTM(
            hidden_size if by_unit else width,
            hidden_size,
            cell=cell,
            num_layers=num_layers,
            bidirectional=not online,
            drop=Drop(between=dropout),
        )
        self.convolution = None if online else ConvolutionBranch(sizes.inputs)
        found = 3 * self.lstm.output_size + sizes.static
        found += 0 if self.convolution is None else self.convolution.output_size
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(found, sizes.outputs)

    def counts(self, batch: Batch) -> Float[Tensor, ""]:
        """Says how much of what the loss is a mean over a batch holds."""
        return self._counts(batch)

    def forward(self, batch: Batch) -> Float[Tensor, "batch outputs"]:
        """Computes the outputs of whole sequences.

        Args:
            batch: "steps" (B, T, I), "lengths" (B,) and "static" (B, S).

        Returns:
            Outputs.
        """
        steps, lengths = batch["steps"], batch["lengths"]
        patches, number = self._patches(steps, lengths)
        h, state = self.lstm(self.enter(patches), lengths=number)
        parts = [pool(h, self._last(state), number), batch["static"]]
        if self.convolution is not None:
            parts.append(self.convolution(steps, inside(steps, lengths)))
        return self._outputs(torch.cat(parts, -1))

    def running(
        self, batch: Batch, state: Any = None, pooled: Pooled | None = None
    ) -> tuple[Float[Tensor, "batch time outputs"], Any, Pooled]:
        """Computes the outputs after every step, for an online network.

        Args:
            batch: As for `forward`; a piece of the sequences where they go on from `state`.
            state: State of the LSTM before the piece.
            pooled: What was pooled before it.

        Returns:
            Outputs, and state and pooled after the piece.
        """
        h, state = self.lstm(self.enter(batch["steps"]), state, lengths=batch["lengths"])
        found, pooled = running_pool(h, batch["lengths"], pooled)
        static = batch["static"][:, None].expand(-1, h.shape[1], -1)
        return self._outputs(torch.cat([found, static], -1)), state, pooled

    def loss(self, batch: Batch) -> Float[Tensor, ""]:
        """Computes the mean loss of a batch with its targets."""
        if not self.replication:
            return self._loss(self(batch), batch)
        outputs, _, _ = self.running(batch)
        final = outputs[torch.arange(len(outputs)), batch["lengths"] - 1]
        real = inside(batch["steps"], batch["lengths"])
        which = torch.nonzero(real)[:, 0]
        every = {name: part[which] for name, part in batch.items() if name in ("target", "weight")}
        return torch.lerp(
            self._loss(final, batch),
            self._loss(outputs[real], every),
            self.replication,
        )

    def _outputs(self, found: Tensor) -> Tensor:
        return cast("Tensor", self.head(self.dropout(found)))

    def _patches(self, steps: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        size = self.sizes.patch
        if size == 1:
            return steps, lengths
        steps = nn.functional.pad(steps, (0, 0, 0, -steps.shape[1] % size))
        return steps.unflatten(1, (-1, size)).flatten(2), (lengths + size - 1) // size

    def _last(self, state: Any) -> Tensor:
        """Final outputs of the last layer, of both directions if there are two."""
        directions = 1 if self.online else 2
        return torch.cat(state.h[-directions:], -1)
