"""One convolutional layer in one direction: a cell with its kernels and a scan."""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lstmkit.engine import Cell, Sizes
from lstmkit.engine.layout import layout
from lstmkit.errors import CellError
from lstmkit.nn.conv.geometry import Geometry, peepholes, reads_past
from lstmkit.nn.conv.scan import ConvScan, ConvScanned, run
from lstmkit.nn.drop import Drop
from lstmkit.nn.init import Init, initialise
from lstmkit.nn.rules import state_rules


class ConvLayer(nn.Module):
    """A cell with its parameters, run over a sequence of maps in one direction, channels last.

    Kernels of one operand are stored as one: `W` holds W_i, W_f, W_g and W_o one after another;
    `named()` gives them apart. `ConvLSTM` stacks layers and checks its input.

    Args:
        cell: The cell.
        sizes: Sizes in channels.
        geometry: Sizes in space.
        reverse: Run from the last step to the first.
        learned_state: Learn the state before the first step, a number a channel.
        clip_state: Bound on every state but h.
        drop: The dropout family.
        init: How the parameters start; a kernel starts as the matrix of all that it reads at one
            position.
        device: Where they lie.
        dtype: Their type.

    Raises:
        CellError: The cell does not allow an option.
        SettingsError: An initialisation for a gate that the cell does not have.
    """

    def __init__(
        self,
        cell: Cell,
        sizes: Sizes,
        geometry: Geometry,
        *,
        reverse: bool = False,
        learned_state: bool = False,
        clip_state: float | None = None,
        drop: Drop | None = None,
        init: Init | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.cell, self.sizes, self.geometry, self.reverse = cell, sizes, geometry, reverse
        self.drop, self.settings = drop or Drop(), init or Init()
        self.equations = cell.blocks(sizes.block_size)
        self.rules = state_rules(cell, self.drop, clip_state)
        self.settings.fits(cell)
        _check_channels(cell, sizes)
        self.layout = layout(self.equations)
        shapes = geometry.shapes(self.layout, sizes)
        if learned_state:
            shapes |= {_initial(name): (self.channels(name),) for name in self._learned_states()}
        for name, shape in shapes.items():
            empty = torch.empty(shape, device=device, dtype=dtype)
            self.register_parameter(name, nn.Parameter(empty))
        self.learns_state, self._stored = learned_state, tuple(shapes)
        self.reset_parameters()

    def _learned_states(self) -> tuple[str, ...]:
        if self.cell.joint:
            raise CellError(
                f"learned_state: the states {', '.join(self.cell.joint)} of the cell "
                f"{self.cell.name!r} share one scale and must start together. Leave it out."
            )
        return self.equations.states

    def channels(self, quantity: str) -> int:
        """Returns the number of channels of a quantity of the cell."""
        return self.sizes.of(self.equations.sizes[quantity])

    def stored(self) -> dict[str, Tensor]:
        """Returns the parameters by the name under which they are stored."""
        return {name: getattr(self, name) for name in self._stored}

    def named(self) -> dict[str, Tensor]:
        """Returns every map and vector by the name it has in the cell's text, as views."""
        return self.layout.named(self.stored(), self.sizes)

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Starts all parameters anew, as `init` says."""
        kernels = {group.stem for group in self.layout.groups}
        seen = {
            name: stored.detach().flatten(1) if name in kernels else stored
            for name, stored in self.stored().items()
        }
        initialise(seen, self.cell, self.layout, self.sizes, self.settings)
        for name in self.equations.states if self.learns_state else ():
            getattr(self, _initial(name)).zero_()

    def initial(self, x: Float[Tensor, "batch time *grid channels"]) -> dict[str, Tensor]:
        """Returns the state before the first step: zero, or learned.

        Args:
            x: Input, for its batch, grid and device.

        Returns:
            For each state a tensor (batch, ..., channels).
        """
        like, lead = getattr(self, self._stored[0]), (x.shape[0], *x.shape[2:-1])
        if self.learns_state:
            names = self.equations.states
            return {name: getattr(self, _initial(name)).expand(*lead, -1) for name in names}
        return {
            name: x.new_zeros((*lead, self.channels(name)), dtype=like.dtype)
            for name in self.equations.states
        }

    def forward(
        self,
        x: Float[Tensor, "batch time *grid channels"],
        state: Mapping[str, Tensor] | None = None,
        *,
        lengths: Int[Tensor, " batch"] | None = None,
        reset: Bool[Tensor, "batch time"] | None = None,
        trace: bool = False,
    ) -> ConvScanned:
        """Runs the cell over time.

        Args:
            x: Input.
            state: State before the first step, each (batch, ..., channels); None for the initial
                one.
            lengths: Real steps of each row.
            reset: Steps at which a row starts afresh.
            trace: Record every quantity.

        Returns:
            Outputs, final state, trace.
        """
        fresh = self.initial(x)
        return run(
            ConvScan(
                layout=self.layout,
                sizes=self.sizes,
                parameters=self._parameters_of_call(),
                x=x,
                state=fresh if state is None else state,
                fresh=fresh,
                lengths=lengths,
                reset=reset,
                reverse=self.reverse,
                rules=self.rules.draw(fresh, training=self.training),
                trace=trace,
            )
        )

    def _parameters_of_call(self) -> dict[str, Tensor]:
        found = self.stored()
        for name in peepholes(self.equations):
            found[name] = found[name].movedim(0, -1).contiguous()
        for group in self.layout.groups if self.training and self.drop.weight else ():
            if reads_past(group.operand):
                found[group.stem] = nn.functional.dropout(found[group.stem], self.drop.weight)
        return found

    def extra_repr(self) -> str:
        """Says what the layer is."""
        by = " x ".join(map(str, self.geometry.state_kernel))
        direction = ", reverse" if self.reverse else ""
        return f"{self.cell.name}, {self.sizes.input} -> {self.channels('h')}, {by}{direction}"


def _initial(name: str) -> str:
    return f"initial_{name}"


def _check_channels(cell: Cell, sizes: Sizes) -> None:
    if sizes.hidden % sizes.block_size:
        raise CellError(
            f"block_size: expected a divisor of hidden_channels={sizes.hidden}, "
            f"got {sizes.block_size}."
        )
    if cell.equations.reads_x_by_unit and sizes.input != sizes.hidden:
        raise CellError(
            f"{cell.name}: its equations read x channel by channel, so the input must have as many "
            f"as the state; got input_channels={sizes.input} and hidden_channels={sizes.hidden}. "
            "Make them equal, or put a map before x: V @ x."
        )
    if sizes.projection != sizes.hidden and cell.equations.sizes["h"] != "projection":
        raise CellError(
            f"{cell.name}: projection_channels={sizes.projection} needs an output that is nothing "
            "but a map, such as h = P @ (o * tanh(c)). Leave it out, or use cell='projected'."
        )
