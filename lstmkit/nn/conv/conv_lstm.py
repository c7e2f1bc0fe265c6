"""The ConvLSTM layer: a stack of any cell whose maps are convolutions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lstmkit.cells import find
from lstmkit.engine import Cell, Sizes
from lstmkit.errors import SettingsError
from lstmkit.nn.checks import check_count
from lstmkit.nn.conv.checks import check_maps, check_state_maps
from lstmkit.nn.conv.geometry import Geometry, per_axis
from lstmkit.nn.conv.layer import ConvLayer
from lstmkit.nn.conv.scan import ConvScanned
from lstmkit.nn.drop import Drop
from lstmkit.nn.init import Init
from lstmkit.nn.state import state_type


class ConvLSTM(nn.Module):
    r"""A stack of recurrent layers of any cell over maps: every `@` is a convolution.

    With the cell of Shi et al. (2015), equation 3, that is

    .. math::
        i_t &= \sigma(W_i * x_t + U_i * h_{t-1} + p_i \odot c_{t-1} + b_i) \\
        f_t &= \sigma(W_f * x_t + U_f * h_{t-1} + p_f \odot c_{t-1} + b_f) \\
        g_t &= \tanh(W_g * x_t + U_g * h_{t-1} + b_g) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
        o_t &= \sigma(W_o * x_t + U_o * h_{t-1} + p_o \odot c_t + b_o) \\
        h_t &= o_t \odot \tanh(c_t)

    with x (batch, time, I, ...), all others (batch, time, H, ...), kernels W (H, I, ...) and U
    (H, H, ...), biases b (H). Outside the grid there are zeros. With a `grid` the peepholes are
    the paper's Hadamard products, p (H, ...), a number for every channel and position; without,
    they are a number a channel, p (H), and the layer takes grids of any size.

    Maps that neither read the input nor the step before, as the projection of `projected`, mix
    channels position by position, so that the state travels by one `state_kernel_size` a step,
    whatever the cell. A layer norm is taken over the channels of each position.

    Torch has no such layer. Unlike the layers of Keras: peepholes, any cell, `lengths` and
    `reset`, a state with named fields, and `trace=True`.

    Args:
        input_channels: Channels of a step, I; 0 for a layer that runs on its state alone.
        hidden_channels: Channels of a layer, H; a sequence gives each layer its own.
        dimensions: Axes of a map: 1 for lines, 2 for images, 3 for volumes.
        kernel_size: Size of the kernels of the input, odd; one number, or one an axis.
        state_kernel_size: Size of the kernels that read the step before; None takes
            `kernel_size`. What moves faster than half of it a step is lost from sight.
        grid: Positions along each axis, for peepholes of every position.
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        num_layers: Layers of the stack; 1, or as many as `hidden_channels` has numbers.
        bidirectional: Run each layer in both directions and join the channels.
        residual: Add to each layer's output its input, from the second layer on.
        projection_channels: Channels of the output of a cell that ends in a map.
        block_size: Channels that share their gates.
        learned_state: Learn the state before the first step, a number a channel; otherwise 0.
        clip_state: Bound on every state but h, applied right after its equation.
        drop: The dropout family.
        init: How the parameters start.
        device: Where they lie.
        dtype: Their type.

    Raises:
        SettingsError: A size or an option that does not fit.
        CellError: A text that is not a cell, or an option that the cell does not allow.

    Example:
        >>> layer = ConvLSTM(1, 8, kernel_size=5, grid=(16, 16))
        >>> y, state = layer(torch.zeros(2, 10, 1, 16, 16))
        >>> y.shape, state.c[0].shape
        (torch.Size([2, 10, 8, 16, 16]), torch.Size([2, 8, 16, 16]))
    """

    def __init__(
        self,
        input_channels: int,
        hidden_channels: int | Sequence[int],
        *,
        dimensions: Literal[1, 2, 3] = 2,
        kernel_size: int | Sequence[int] = 3,
        state_kernel_size: int | Sequence[int] | None = None,
        grid: int | Sequence[int] | None = None,
        cell: str | Cell = "peephole",
        num_layers: int | None = None,
        bidirectional: bool = False,
        residual: bool = False,
        projection_channels: int | None = None,
        block_size: int = 1,
        learned_state: bool = False,
        clip_state: float | None = None,
        drop: Drop | None = None,
        init: Init | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.cell, self.drop = find(cell), drop or Drop()
        self.input_channels, self.dimensions = input_channels, dimensions
        self.bidirectional, self.residual = bidirectional, residual
        geometry = _geometry(dimensions, kernel_size, state_kernel_size, grid)
        self.grid = geometry.grid
        self.layers, self.reverse_layers = nn.ModuleList(), nn.ModuleList()
        width = input_channels
        for hidden in _hidden_channels(hidden_channels, num_layers):
            _check_counts(width, hidden, block_size, projection_channels)
            sizes = Sizes(width, hidden, projection_channels or hidden, block_size)
            for direction in (self.layers, self.reverse_layers)[: 1 + bidirectional]:
                layer = ConvLayer(
                    self.cell,
                    sizes,
                    geometry,
                    reverse=direction is self.reverse_layers,
                    learned_state=learned_state,
                    clip_state=clip_state,
                    drop=drop,
                    init=init,
                    device=device,
                    dtype=dtype,
                )
                direction.append(layer)
            below, width = width, layer.channels("h") * (1 + bidirectional)
            if residual and len(self.layers) > 1 and below != width:
                raise SettingsError(
                    f"ConvLSTM(residual=True): expected layers of one width, got {below} then "
                    f"{width} channels. Give all layers the same number, or leave residual out."
                )
        self.output_channels = width

    @property
    def who(self) -> str:
        """What errors call the layer."""
        return f"ConvLSTM(cell={self.cell.name})"

    @property
    def state_type(self) -> Any:
        """The NamedTuple of the state, with the cell's field names."""
        return state_type(self.cell.equations.states)

    def directions(self) -> list[ConvLayer]:
        """Returns the layers in the order in which a state lists them: forward, then reverse."""
        return [layer for both in self._floors() for layer in both]

    def _floors(self) -> list[tuple[ConvLayer, ...]]:
        found = (self.layers, self.reverse_layers)[: 1 + self.bidirectional]
        return cast(list[tuple[ConvLayer, ...]], list(zip(*found, strict=True)))

    def forward(
        self,
        x: Float[Tensor, "batch time channels *grid"],
        state: Any = None,
        *,
        lengths: Int[Tensor, " batch"] | None = None,
        reset: Bool[Tensor, "batch time"] | None = None,
        trace: bool = False,
    ) -> Any:
        """Runs the stack over a batch of sequences of maps.

        Args:
            x: Input.
            state: State before the first step, as returned by an earlier call; None takes the
                initial state.
            lengths: Real steps of each row, 0 to time; the rest is padding: its outputs are 0,
                it changes no state and receives no gradient. None takes all.
            reset: True where a row starts afresh before the step. In a reverse layer the run ends
                there.
            trace: Also return every named quantity over time.

        Returns:
            `y` (batch, time, output_channels, ...) and the state after the last real step, a
            NamedTuple with the cell's field names, each a tuple of one tensor (batch, channels,
            ...) per layer and direction; with `trace`, third, a list with one dict of tensors
            (batch, time, channels, ...) per layer and direction.

        Raises:
            SettingsError: A shape, type or device that does not fit.
        """
        outputs, scans = self._run(x, state, lengths=lengths, reset=reset, trace=trace)
        y, final = outputs[-1].movedim(-1, 2), self._state(scans)
        if trace:
            traces = [{n: value.movedim(-1, 2) for n, value in s.trace.items()} for s in scans]
            return y, final, traces
        return y, final

    def every_layer(
        self, x: Float[Tensor, "batch time channels *grid"], state: Any = None
    ) -> tuple[Float[Tensor, "batch time joined *grid"], Any]:
        """Runs the stack and joins the outputs of all its layers.

        Args:
            x: Input.
            state: State before the first step; None takes the initial state.

        Returns:
            The channels of all layers, the lowest first, and the state after the last step.

        Raises:
            SettingsError: A shape, type or device that does not fit.
        """
        outputs, scans = self._run(x, state)
        return torch.cat(outputs, -1).movedim(-1, 2), self._state(scans)

    def step(self, x: Float[Tensor, "batch channels *grid"], state: Any = None) -> Any:
        """Runs one step: for streams.

        Args:
            x: Input of the step.
            state: State before the step; None takes the initial state.

        Returns:
            The output (batch, output_channels, ...) and the state after the step.

        Raises:
            SettingsError: A shape, type or device that does not fit, or a bidirectional layer,
                whose outputs depend on the future.
        """
        if self.bidirectional:
            raise SettingsError(
                "ConvLSTM.step: a bidirectional layer needs the future of a sequence. "
                "Call the layer on whole sequences, or build it with bidirectional=False."
            )
        y, state = self.forward(x[:, None], state)
        return y[:, 0], state

    def _run(self, x: Tensor, state: Any, **options: Any) -> tuple[list[Tensor], list[ConvScanned]]:
        """Returns the output of each layer and what each direction of each layer gave."""
        check_maps(self, x, options.get("lengths"), options.get("reset"))
        given: Sequence[Mapping[str, Tensor] | None] = [None] * len(self.directions())
        starts = iter(given if state is None else check_state_maps(self, x, state))
        scans: list[ConvScanned] = []
        outputs: list[Tensor] = []
        y = x.movedim(2, -1)
        for number, floor in enumerate(self._floors()):
            below = nn.functional.dropout(y, self.drop.between, self.training) if number else y
            found = [layer(below, next(starts), **options) for layer in floor]
            y = found[0].y if len(found) == 1 else torch.cat([scanned.y for scanned in found], -1)
            y = y + below if self.residual and number else y
            scans += found
            outputs.append(y)
        return outputs, scans

    def _state(self, scans: list[ConvScanned]) -> Any:
        kind = self.state_type
        parts = (tuple(one.state[name].movedim(-1, 1) for one in scans) for name in kind._fields)
        return kind(*parts)


def _geometry(
    dimensions: int,
    kernel_size: int | Sequence[int],
    state_kernel_size: int | Sequence[int] | None,
    grid: int | Sequence[int] | None,
) -> Geometry:
    if dimensions not in (1, 2, 3):
        raise SettingsError(f"ConvLSTM: expected 1, 2 or 3 dimensions, got {dimensions!r}.")
    kernels = [per_axis("kernel_size", kernel_size, dimensions)]
    if state_kernel_size is not None:
        kernels.append(per_axis("state_kernel_size", state_kernel_size, dimensions))
    for sizes in kernels:
        if not all(size % 2 for size in sizes):
            raise SettingsError(
                f"ConvLSTM: expected kernels of odd sizes, which have a middle, got {sizes}."
            )
    positions = None if grid is None else per_axis("grid", grid, dimensions)
    return Geometry(input_kernel=kernels[0], state_kernel=kernels[-1], grid=positions)


def _hidden_channels(hidden: int | Sequence[int], num_layers: int | None) -> tuple[int, ...]:
    if not isinstance(hidden, Iterable):
        layers = 1 if num_layers is None else num_layers
        check_count("ConvLSTM", "num_layers", layers)
        return (hidden,) * layers
    each = tuple(hidden)
    if num_layers not in (None, len(each)):
        raise SettingsError(
            f"ConvLSTM: num_layers={num_layers}, but hidden_channels={each} names "
            f"{len(each)} layers. Leave num_layers out."
        )
    if not each:
        raise SettingsError("ConvLSTM: expected at least one layer, got none.")
    return each


def _check_counts(width: int, hidden: int, block_size: int, projection: int | None) -> None:
    check_count("ConvLSTM", "input_channels", width, least=0)
    check_count("ConvLSTM", "hidden_channels", hidden)
    check_count("ConvLSTM", "block_size", block_size)
    check_count("ConvLSTM", "projection_channels", 1 if projection is None else projection)
