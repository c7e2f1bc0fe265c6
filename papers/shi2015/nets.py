"""The paper's networks, scaled down: what each is made of and what it reached in print."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lstmkit.nn.conv import EncoderForecaster

SIZE = 32
# of the published cross-entropies, of 10 frames of 64 x 64
PIXELS = 10 * 64 * 64


class Patched(nn.Module):
    """An encoder-forecaster that reads and writes frames patch by patch.

    Args:
        patch: Pixels of a side of a patch; its pixels are channels. With a patch as large as the
            frame there is one position only, and a ConvLSTM is a fully connected LSTM.
        channels: Of each layer.
        kernel: Size of the kernels of the input.
        state_kernel: Size of the kernels of the state.
    """

    def __init__(
        self, patch: int, channels: tuple[int, ...], kernel: int = 1, state_kernel: int = 1
    ) -> None:
        super().__init__()
        self.patch = patch
        self.model = EncoderForecaster(
            patch**2,
            channels,
            kernel_size=kernel,
            state_kernel_size=state_kernel,
            grid=SIZE // patch,
        )

    def forward(
        self, x: Float[Tensor, "batch time 1 size size"], horizon: int
    ) -> Float[Tensor, "batch horizon 1 size size"]:
        """Returns the logits of the frames that follow."""
        patches = functional.pixel_unshuffle(x, self.patch)
        return functional.pixel_shuffle(self.model(patches, horizon), self.patch)


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """One row of the table.

    Attributes:
        name: As in the paper, with our channels.
        published: Name, cross-entropy a sequence and weights in millions in the paper.
        make: Builds it.
        rate: Of learning; the paper's 0.001 is slow where few maps make an output.
    """

    name: str
    published: tuple[str, float, str]
    make: Callable[[], Patched]
    rate: float = 3e-3

    @property
    def weights(self) -> int:
        """How many numbers it learns."""
        with torch.device("meta"):
            return sum(parameter.numel() for parameter in self.make().parameters())

    @property
    def row(self) -> str:
        """What the paper says, a pixel, so that sizes of frames do not matter."""
        name, entropy, weights = self.published
        return f"{entropy / PIXELS:.4f} ({name}, {weights}M weights)"


NETS = (
    Net(
        name="FC-LSTM 512-512",
        published=("2048-2048", 4832.49, "142.7"),
        make=lambda: Patched(SIZE, (512, 512)),
        rate=1e-3,
    ),
    Net(
        name="ConvLSTM 5x5-32",
        published=("5x5-256", 3887.94, "13.5"),
        make=lambda: Patched(4, (32,), 5, 5),
    ),
    Net(
        name="ConvLSTM 5x5-24-24",
        published=("5x5-128-128", 3733.56, "10.0"),
        make=lambda: Patched(4, (24, 24), 5, 5),
    ),
    Net(
        name="ConvLSTM 5x5-24-16-16",
        published=("5x5-128-64-64", 3670.85, "7.6"),
        make=lambda: Patched(4, (24, 16, 16), 5, 5),
    ),
    Net(
        name="ConvLSTM 9x9, state 1x1-24-24",
        published=("9x9, state 1x1-128-128", 4782.84, "11.6"),
        make=lambda: Patched(4, (24, 24), 9, 1),
    ),
)
QUICK = (
    Net(
        name="FC-LSTM 128",
        published=NETS[0].published,
        make=lambda: Patched(SIZE, (128,)),
        rate=1e-3,
    ),
    Net(
        name="ConvLSTM 5x5-14",
        published=NETS[1].published,
        make=lambda: Patched(4, (14,), 5, 5),
    ),
)
