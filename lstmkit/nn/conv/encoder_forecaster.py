"""The encoder-forecaster: one stack reads what was, another one writes what comes."""

from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn.checks import check_count
from lstmkit.nn.conv.conv_lstm import ConvLSTM
from lstmkit.nn.conv.products import convolve
from lstmkit.nn.init import Init


class EncoderForecaster(nn.Module):
    r"""Forecasts maps from maps (Shi et al. 2015, section 3.2).

    An encoder reads the past; a forecaster of the same sizes starts from its states, layer by
    layer, and runs on without any input. At each step the outputs of all L layers make the
    forecast, position by position:

    .. math::
        y_k = V * [h^1_k; \ldots; h^L_k] + d, \qquad k = 1, \ldots, K

    with y (batch, K, output_channels, ...) and a 1 x 1 kernel V. Forecasts have no bounds: for
    maps within 0 and 1, train with `binary_cross_entropy_with_logits` and show `sigmoid`.

    Args:
        input_channels: Channels of a map of the past.
        hidden_channels: Channels of a layer; a sequence gives each layer its own.
        output_channels: Channels of a forecast; None takes `input_channels`.
        dimensions: Axes of a map: 1, 2 or 3.
        kernel_size: Size of the kernels of the input, odd; one number, or one an axis.
        state_kernel_size: Size of the kernels that read the step before; None takes
            `kernel_size`.
        grid: Positions along each axis, for peepholes of every position.
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        num_layers: Layers of each of the two; 1, or as many as `hidden_channels` has numbers.
        init: How the parameters start.
        device: Where they lie.
        dtype: Their type.

    Raises:
        SettingsError: A size or an option that does not fit.
        CellError: A text that is not a cell.

    Example:
        >>> model = EncoderForecaster(1, [8, 4], kernel_size=5)
        >>> model(torch.zeros(2, 10, 1, 16, 16), horizon=3).shape
        torch.Size([2, 3, 1, 16, 16])
    """

    def __init__(
        self,
        input_channels: int,
        hidden_channels: int | Sequence[int],
        *,
        output_channels: int | None = None,
        dimensions: Literal[1, 2, 3] = 2,
        kernel_size: int | Sequence[int] = 3,
        state_kernel_size: int | Sequence[int] | None = None,
        grid: int | Sequence[int] | None = None,
        cell: str | Cell = "peephole",
        num_layers: int | None = None,
        init: Init | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        check_count("EncoderForecaster", "input_channels", input_channels)
        if output_channels is not None:
            check_count("EncoderForecaster", "output_channels", output_channels)
        self.encoder, self.forecaster = (
            ConvLSTM(
                channels,
                hidden_channels,
                dimensions=dimensions,
                kernel_size=kernel_size,
                state_kernel_size=state_kernel_size,
                grid=grid,
                cell=cell,
                num_layers=num_layers,
                init=init,
                device=device,
                dtype=dtype,
            )
            for channels in (input_channels, 0)
        )
        joined = sum(layer.channels("h") for layer in self.forecaster.directions())
        shape = (output_channels or input_channels, joined, *[1] * dimensions)
        self.kernel = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.zeros(shape[0], device=device, dtype=dtype))
        bound = (6.0 / (shape[0] + joined)) ** 0.5
        nn.init.uniform_(self.kernel, -bound, bound)

    def forward(
        self,
        x: Float[Tensor, "batch time channels *grid"],
        horizon: int,
        *,
        lengths: Int[Tensor, " batch"] | None = None,
    ) -> Float[Tensor, "batch horizon output *grid"]:
        """Forecasts the maps that follow.

        Args:
            x: The past.
            horizon: Steps to forecast, K.
            lengths: Real steps of each row; None takes all.

        Returns:
            The forecasts.

        Raises:
            SettingsError: A shape, type or device that does not fit, or no step to forecast.
        """
        check_count("EncoderForecaster", "horizon", horizon)
        _, state = self.encoder(x, lengths=lengths)
        nothing = x.new_zeros((x.shape[0], horizon, 0, *x.shape[3:]))
        outputs, _ = self.forecaster.every_layer(nothing, state)
        flat = convolve(outputs.movedim(2, -1).flatten(0, 1), self.kernel) + self.bias
        return flat.reshape(*outputs.shape[:2], *flat.shape[1:]).movedim(-1, 2)
