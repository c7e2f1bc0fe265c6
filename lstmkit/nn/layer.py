"""One layer in one direction: a cell with its parameters and a scan."""

from collections.abc import Mapping
from typing import Literal, cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lstmkit.engine import Cell, Rules, Scan, Scanned, Sizes, run
from lstmkit.engine.layout import layout
from lstmkit.engine.scan import Weights
from lstmkit.engine.tree import Previous, walk
from lstmkit.engine.truncated import truncated
from lstmkit.errors import CellError
from lstmkit.nn.drop import Drop
from lstmkit.nn.init import Init, initialise
from lstmkit.nn.rules import state_rules

Gradient = Literal["full", "truncated"]


class Layer(nn.Module):
    """A cell with its parameters, run over time in one direction.

    Maps of one operand are stored as one matrix: `W` holds W_i, W_f, W_o and W_g below one
    another; `named()` gives them apart. `LSTM` stacks layers and checks its input.

    Args:
        cell: The cell.
        sizes: Sizes in units.
        reverse: Run from the last step to the first.
        learned_state: Learn the state before the first step; otherwise it is 0.
        clip_state: Bound on every state but h.
        drop: The dropout family.
        gradient: `full`, or `truncated` to the carousel.
        checkpoint_every: Keep only the states between segments of so many steps for training.
        init: How the parameters start.
        device: Where they lie.
        dtype: Their type.

    Raises:
        CellError: The cell does not allow an option.
    """

    def __init__(
        self,
        cell: Cell,
        sizes: Sizes,
        *,
        reverse: bool = False,
        learned_state: bool = False,
        clip_state: float | None = None,
        drop: Drop | None = None,
        gradient: Gradient = "full",
        checkpoint_every: int | None = None,
        init: Init | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.cell, self.sizes, self.reverse = cell, sizes, reverse
        self.checkpoint_every, self.weights = checkpoint_every, Weights()
        self.drop, self.settings = drop or Drop(), init or Init()
        derived = truncated(cell) if gradient == "truncated" else cell
        self.equations = derived.blocks(sizes.block_size)
        self.rules = state_rules(cell, self.drop, clip_state)
        self.settings.fits(cell)
        _check_widths(cell, sizes)
        self.layout = layout(self.equations)
        for name, shape in self.layout.shapes(sizes).items():
            empty = torch.empty(shape, device=device, dtype=dtype)
            self.register_parameter(name, nn.Parameter(empty))
        self._stored = tuple(self.layout.shapes(sizes))
        self._recurrent = tuple(
            group.stem
            for group in self.layout.groups
            if any(isinstance(part, Previous) for part in walk(group.operand))
        )
        self._learned = self._learned_state(device, dtype, wanted=learned_state)
        self.reset_parameters()

    def _learned_state(
        self, device: torch.device | str | None, dtype: torch.dtype | None, *, wanted: bool
    ) -> tuple[str, ...]:
        if not wanted:
            return ()
        if self.cell.joint:
            raise CellError(
                f"learned_state: the states {', '.join(self.cell.joint)} of the cell "
                f"{self.cell.name!r} share one scale and must start together. Leave it out."
            )
        for name in self.equations.states:
            empty = torch.empty(self.units(name), device=device, dtype=dtype)
            self.register_parameter(f"initial_{name}", nn.Parameter(empty))
        return self.equations.states

    def units(self, quantity: str) -> int:
        """Returns the number of units of a quantity of the cell."""
        return self.sizes.of(self.equations.sizes[quantity])

    def stored_names(self) -> tuple[str, ...]:
        """Returns the names under which the parameters are stored."""
        return self._stored

    @property
    def learns_state(self) -> bool:
        """Whether the state before the first step is learned."""
        return bool(self._learned)

    def stored(self) -> dict[str, nn.Parameter]:
        """Returns the parameters by the name under which they are stored."""
        return {name: getattr(self, name) for name in self._stored}

    def named(self) -> dict[str, Tensor]:
        """Returns every map and vector by the name it has in the cell's text, as views."""
        return self.layout.named(self.stored(), self.sizes)

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Starts all parameters anew, as `init` says."""
        initialise(self.stored(), self.cell, self.layout, self.sizes, self.settings)
        for name in self._learned:
            getattr(self, f"initial_{name}").zero_()

    def initial(self, x: Float[Tensor, "batch time input"]) -> dict[str, Tensor]:
        """Returns the state before the first step: zero, or learned.

        Args:
            x: Input, for its batch, type and device.

        Returns:
            For each state a tensor (batch, units).
        """
        if self._learned:
            rows = x.shape[0]
            return {n: getattr(self, f"initial_{n}").expand(rows, -1) for n in self._learned}
        like = getattr(self, self._stored[0])
        return {
            name: x.new_zeros((x.shape[0], self.units(name)), dtype=like.dtype)
            for name in self.equations.states
        }

    def forward(
        self,
        x: Float[Tensor, "batch time input"],
        state: Mapping[str, Tensor] | None = None,
        *,
        lengths: Int[Tensor, " batch"] | None = None,
        reset: Bool[Tensor, "batch time"] | None = None,
        trace: bool = False,
        room: Float[Tensor, "batch time output"] | None = None,
    ) -> Scanned:
        """Runs the cell over time.

        Args:
            x: Input.
            state: State before the first step, each (batch, units); None for the initial one.
            lengths: Real steps of each row.
            reset: Steps at which a row starts afresh.
            trace: Record every quantity.
            room: Where the outputs may be written.

        Returns:
            Outputs, final state, trace.
        """
        fresh = self.initial(x) if self._learned else None
        start = fresh if state is None else state
        return run(
            Scan(
                layout=self.layout,
                sizes=self.sizes,
                parameters=self._parameters_of_call(),
                x=x,
                state=start,
                fresh=fresh,
                lengths=lengths,
                reset=reset,
                reverse=self.reverse,
                rules=self._rules_of_call(x),
                trace=trace,
                checkpoint_every=self.checkpoint_every,
                weights=self.weights,
                room=room,
            )
        )

    def current_parameters(self) -> dict[str, Tensor]:
        """Returns the stored parameters as they are now, a parametrised one computed anew."""
        own = cast(dict[str, Tensor], self._parameters)
        return {n: own[n] if n in own else getattr(self, n) for n in self._stored}

    def _parameters_of_call(self) -> dict[str, Tensor]:
        parameters = self.current_parameters()
        if self.training and self.drop.weight:
            for name in self._recurrent:
                parameters[name] = nn.functional.dropout(parameters[name], self.drop.weight)
        return parameters

    def _rules_of_call(self, x: Tensor) -> Rules:
        if self.training and self.rules.recurrent:
            return self.rules.draw(self.initial(x), training=True)
        return self.rules.draw({}, training=self.training)

    def extra_repr(self) -> str:
        """Says what the layer is."""
        direction = ", reverse" if self.reverse else ""
        return f"{self.cell.name}, {self.sizes.input} -> {self.units('h')}{direction}"


def _check_widths(cell: Cell, sizes: Sizes) -> None:
    if sizes.hidden % sizes.block_size:
        raise CellError(
            f"block_size: expected a divisor of hidden_size={sizes.hidden}, got {sizes.block_size}."
        )
    if cell.equations.reads_x_by_unit and sizes.input != sizes.hidden:
        raise CellError(
            f"{cell.name}: its equations read x unit by unit, so the input must be as wide as the "
            f"state; got input_size={sizes.input} and hidden_size={sizes.hidden}. "
            "Make them equal, or put a map before x: V @ x."
        )
    if sizes.projection != sizes.hidden and cell.equations.sizes["h"] != "projection":
        raise CellError(
            f"{cell.name}: projection_size={sizes.projection} needs an output that is nothing but "
            "a map, such as h = P @ (o * tanh(c)). Leave projection_size out, or use "
            "cell='projected'."
        )
