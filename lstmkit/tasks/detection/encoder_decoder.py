"""The autoencoder of windows: one LSTM reads a window, another one writes it back."""

from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM


class EncoderDecoder(nn.Module):
    r"""From a window of inputs to the channels that it should have held.

    EncDec-AD (Malhotra et al. 2016, section 2.1): an encoder reads the window, and a decoder that
    starts from its final state gives the steps back from the last to the first,

    .. math::
        \hat x_t = A\, h^D_t + a

    The decoder reads what it gave for the step after, in training too, where the paper reads the
    true value: a decoder that is shown the truth learns to copy it.

    Args:
        inputs: Inputs of a step.
        channels: Channels to give back.
        cell: The cell.
        hidden_size: Units: all that a window is squeezed through.
        num_layers: Layers of each of the two.

    Raises:
        CellError: The cell cannot be used.
    """

    def __init__(
        self, inputs: int, channels: int, *, cell: Cell, hidden_size: int, num_layers: int
    ) -> None:
        super().__init__()
        # a cell that reads x unit by unit needs an input as wide as its state
        by_unit = cell.equations.reads_x_by_unit
        self.enter = nn.Linear(inputs, hidden_size) if by_unit else nn.Identity()
        width = hidden_size if by_unit else inputs
        self.encoder = LSTM(width, hidden_size, cell=cell, num_layers=num_layers)
        self.place = nn.Linear(channels, hidden_size)
        self.decoder = LSTM(hidden_size, hidden_size, cell=cell, num_layers=num_layers)
        self.head = nn.Linear(self.encoder.output_size, channels)

    def forward(
        self, windows: Float[Tensor, "batch time inputs"]
    ) -> Float[Tensor, "batch time channels"]:
        """Gives windows back.

        Args:
            windows: Inputs.

        Returns:
            The channels, in the order of time.
        """
        y, state = self.encoder(self.enter(windows))
        given = [cast("Tensor", self.head(y[:, -1]))]
        for _ in range(windows.shape[1] - 1):
            h, state = self.decoder(self.place(given[-1])[:, None], state)
            given.append(self.head(h[:, -1]))
        return torch.stack(given[::-1], 1)
