"""The paper's nets: about as many weights each, in one direction or in two."""

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor, nn

from lstmkit.nn import LSTM
from lstmkit.nn.layer import Gradient
from papers.graves2005.speech import DIGITS, FEATURES


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """A net of the table.

    Attributes:
        name: What it is.
        units: Memory blocks of one cell, or tanh units, in each direction.
        cell: Of the catalogue.
        both: Whether it reads in both directions.
        gradient: Full, or truncated as in 1997.
        delay: Frames that are seen before one is classified.
        published: Frames of TIMIT that were right in the paper, as remembered.
    """

    name: str
    units: int
    cell: str = "peephole"
    both: bool = False
    gradient: Gradient = "full"
    delay: int = 0
    published: str = "-"

    def make(self, units: int | None = None) -> "Framewise":
        """Builds it, with other units than the paper's where that is asked for."""
        return Framewise(self, units or self.units)


class Framewise(nn.Module):
    """A recurrent layer and an output for each class, at every frame.

    Args:
        net: What it is.
        units: In each direction.
    """

    def __init__(self, net: Net, units: int) -> None:
        super().__init__()
        self.delay = net.delay
        self.layer = LSTM(
            FEATURES, units, cell=net.cell, bidirectional=net.both, gradient=net.gradient
        )
        self.read = nn.Linear(self.layer.output_size, DIGITS)

    @property
    def weights(self) -> int:
        """How many numbers it learns."""
        return sum(parameter.numel() for parameter in self.parameters())

    def forward(
        self, x: Float[Tensor, "batch time features"], lengths: Int[Tensor, " batch"]
    ) -> Float[Tensor, "batch time digits"]:
        """Returns the logits of every frame; those after a row's length mean nothing."""
        # behind the last frame come mean ones, so that it can be answered late too
        late = nn.functional.pad(x, (0, 0, 0, self.delay))
        return self.read(self.layer(late, lengths=lengths + self.delay)[0][:, self.delay :])


NETS = (
    Net(name="BLSTM", units=93, both=True, published="69.8 %"),
    Net(name="BLSTM, truncated gradient", units=93, both=True, gradient="truncated"),
    Net(name="BRNN", units=185, cell="elman", both=True, published="69.0 %"),
    Net(name="LSTM", units=140),
    Net(name="LSTM, truncated gradient", units=140, gradient="truncated"),
    Net(name="LSTM, 5 frames of delay", units=140, delay=5, published="65.5 to 66.0 %"),
    Net(name="RNN", units=275, cell="elman", published="64.5 %"),
)
