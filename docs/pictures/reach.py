"""How far the state of a ConvLSTM sees: the influence of every position on the middle one."""

from collections.abc import Iterator

import numpy as np
import torch
from matplotlib.figure import Figure
from panels import panels

from lstmkit.nn import ConvLSTM

SIZE, CHANNELS, LAGS, KERNELS = 25, 8, (0, 1, 2, 4), (1, 3, 5)


def pictures() -> Iterator[tuple[str, Figure]]:
    """The figure of docs/conv-lstm.md."""
    figure, axes = panels(len(LAGS), rows=len(KERNELS), height=1.75)
    for row, kernel in enumerate(KERNELS):
        influence = seen(kernel)
        for column, lag in enumerate(LAGS):
            panel = axes[row * len(LAGS) + column]
            panel.imshow(np.log10(influence[lag] + 1e-12), cmap="Blues", vmin=-6, vmax=0)
            panel.set(xticks=[], yticks=[])
            if row == 0:
                panel.set_title(f"{lag} steps back")
            if column == 0:
                panel.set_ylabel(f"state kernel {kernel}")
    yield "conv-reach", figure


def seen(kernel: int) -> np.ndarray:
    """Size of the middle output's derivative by each input of each lag (lags, height, width)."""
    torch.manual_seed(0)
    layer = ConvLSTM(1, CHANNELS, kernel_size=3, state_kernel_size=kernel)
    x = torch.randn(1, LAGS[-1] + 1, 1, SIZE, SIZE, requires_grad=True)
    y = layer(x)[0][0, -1, :, SIZE // 2, SIZE // 2]
    squares = sum(torch.autograd.grad(one, x, retain_graph=True)[0].square() for one in y)
    found = squares[0, :, 0].sqrt().flip(0).numpy()
    return found / found.max()
