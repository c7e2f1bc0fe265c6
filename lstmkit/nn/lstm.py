"""The LSTM layer: a stack of any cell, in one direction or two."""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lstmkit.cells import find
from lstmkit.engine import Cell, Scanned, Sizes
from lstmkit.errors import SettingsError
from lstmkit.nn.checks import check_input, check_sizes, check_state, layer_sizes
from lstmkit.nn.drop import Drop
from lstmkit.nn.init import Init
from lstmkit.nn.join import join, side_by_side
from lstmkit.nn.layer import Gradient, Layer
from lstmkit.nn.short import short_way
from lstmkit.nn.state import state_type
from lstmkit.nn.weights import with_weights


class LSTM(nn.Module):
    r"""A stack of recurrent layers of any cell.

    The plain cell (Gers, Schmidhuber and Cummins 2000) is

    .. math::
        i_t &= \sigma(W_i x_t + U_i h_{t-1} + b_i) \\
        f_t &= \sigma(W_f x_t + U_f h_{t-1} + b_f) \\
        g_t &= \tanh(W_g x_t + U_g h_{t-1} + b_g) \\
        o_t &= \sigma(W_o x_t + U_o h_{t-1} + b_o) \\
        c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
        h_t &= o_t \odot \tanh(c_t)

    with x (batch, time, I), all others (batch, time, H), W (H, I), U (H, H) and b (H).
    `lstmkit cells` lists the others; a text of equations is a cell of one's own.

    Unlike `torch.nn.LSTM`: batch first always, one bias, the forget gate's bias starts at 1 and
    recurrent maps orthogonal, any cell, `lengths` and `reset` as plain tensors, a state with
    named fields, and `trace=True`.

    Args:
        input_size: Features of a step, I.
        hidden_size: Units of a layer, H; a sequence gives each layer its own.
        cell: A name of the catalogue, a `Cell`, or a text of equations.
        num_layers: Layers of the stack; 1, or as many as `hidden_size` has numbers.
        bidirectional: Run each layer in both directions and join the outputs; doubles their
            width. For whole sequences only: the future must be known.
        residual: Add to each layer's output its input, from the second layer on.
        projection_size: Width of the output of a cell that ends in a map, such as `projected`.
        block_size: Units that share their gates: the memory blocks of 1997.
        learned_state: Learn the state before the first step; otherwise it is 0.
        clip_state: Bound on every state but h, applied right after its equation.
        drop: The dropout family.
        gradient: `full` back-propagates through time; `truncated` is the rule of 1997, where error
            flows back through the carousel alone, never through a recurrent map or a peephole.
        checkpoint_every: Train in segments of so many steps: only the states between them are kept
            for the backward pass, which runs each segment again. Memory for training then grows
            with the segment and with the outputs, not with what the cell computes inside.
        init: How the parameters start.
        device: Where they lie.
        dtype: Their type.

    Raises:
        SettingsError: A size or an option that does not fit.
        CellError: A text that is not a cell, or an option that the cell does not allow.

    Example:
        >>> layer = LSTM(8, 16, cell="peephole", num_layers=2)
        >>> y, state = layer(torch.zeros(4, 10, 8))
        >>> y.shape, state.c[0].shape
        (torch.Size([4, 10, 16]), torch.Size([4, 16]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int | Sequence[int],
        *,
        cell: str | Cell = "lstm",
        num_layers: int | None = None,
        bidirectional: bool = False,
        residual: bool = False,
        projection_size: int | None = None,
        block_size: int = 1,
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
        self.cell = find(cell)
        self.input_size, self.bidirectional, self.residual = input_size, bidirectional, residual
        self.drop, self.gradient = drop or Drop(), gradient
        if gradient not in ("full", "truncated"):
            raise SettingsError(f"LSTM: expected gradient='full' or 'truncated', got {gradient!r}.")
        hidden_sizes = layer_sizes(hidden_size, num_layers)
        check_sizes(
            input_size,
            *hidden_sizes,
            block_size,
            projection_size or 1,
            1 if checkpoint_every is None else checkpoint_every,
        )
        self.layers, self.reverse_layers = nn.ModuleList(), nn.ModuleList()
        width = input_size
        for hidden in hidden_sizes:
            sizes = Sizes(width, hidden, projection_size or hidden, block_size)
            for reverse in (False, True) if bidirectional else (False,):
                made = Layer(
                    self.cell,
                    sizes,
                    reverse=reverse,
                    learned_state=learned_state,
                    clip_state=clip_state,
                    drop=self.drop,
                    gradient=gradient,
                    checkpoint_every=checkpoint_every,
                    init=init,
                    device=device,
                    dtype=dtype,
                )
                (self.reverse_layers if reverse else self.layers).append(made)
            new_width = made.units("h") * (2 if bidirectional else 1)
            self._check_residual(width, new_width)
            width = new_width
        self.output_size = width
        self._state_type = state_type(self.cell.equations.states)

    def __getstate__(self) -> dict[str, Any]:
        # a class made at run time cannot be pickled
        return {name: part for name, part in self.__dict__.items() if name != "_state_type"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        self._state_type = state_type(self.cell.equations.states)

    def _check_residual(self, width: int, new_width: int) -> None:
        if self.residual and len(self.layers) > 1 and width != new_width:
            raise SettingsError(
                f"LSTM(residual=True): expected layers of one width, got {width} then {new_width}."
                " Give all layers the same hidden_size, or leave residual out."
            )

    def directions(self) -> list[Layer]:
        """Returns the layers in the order in which a state lists them: forward, then reverse."""
        if not self.bidirectional:
            return [_layer(module) for module in self.layers]
        pairs = zip(self.layers, self.reverse_layers, strict=True)
        return [_layer(module) for pair in pairs for module in pair]

    def forward(
        self,
        x: Float[Tensor, "batch time input"],
        state: Any = None,
        *,
        lengths: Int[Tensor, " batch"] | None = None,
        reset: Bool[Tensor, "batch time"] | None = None,
        trace: bool = False,
    ) -> Any:
        """Runs the stack over a batch of sequences.

        Args:
            x: Input.
            state: State before the first step, as returned by an earlier call; None takes the
                initial state.
            lengths: Real steps of each row, 0 to time; the rest is padding: its outputs are 0,
                it changes no state and receives no gradient. None takes all.
            reset: True where a row starts afresh before the step: documents one after another,
                episodes of a control task. In a reverse layer the run ends there.
            trace: Also return every named quantity over time.

        Returns:
            `y` (batch, time, output_size) and the state after the last real step, a NamedTuple
            with the cell's field names, each a tuple of one tensor (batch, units) per layer and
            direction; with `trace`, third, a list with one dict of tensors (batch, time, units)
            per layer and direction.

        Raises:
            SettingsError: A shape, type or device that does not fit.
        """
        if not trace and x.dim() == 3:
            found = short_way(self, x, state, lengths, reset)
            if found is not None:
                return found
        check_input(self, x, lengths, reset)
        layers = self.directions()
        starts = [None] * len(layers) if state is None else check_state(self, x, state)
        options = {"lengths": lengths, "reset": reset, "trace": trace}
        scans: list[Scanned] = []
        step = 2 if self.bidirectional else 1
        y = x
        for first in range(0, len(layers), step):
            before = y if first == 0 else nn.functional.dropout(y, self.drop.between, self.training)
            own = range(first, first + step)
            whole, rooms = side_by_side([layers[k] for k in own], before)
            done = [
                layers[k](before, starts[k], room=room, **options)
                for k, room in zip(own, rooms, strict=True)
            ]
            scans += done
            joined = done[0].y if step == 1 else join(done, whole)
            y = joined + before if self.residual and first else joined
        final = self._state_type(
            *(tuple(scanned.state[name] for scanned in scans) for name in self._state_type._fields)
        )
        if trace:
            return y, final, [dict(scanned.trace) for scanned in scans]
        return y, final

    def with_weights(
        self,
        kind: Literal["float32", "bfloat16", "int8"],
        calibrate: Float[Tensor, "batch time input"] | None = None,
    ) -> "LSTM":
        """Returns a copy that computes with weights of fewer bits where nothing is differentiated.

        At batch 1 the time of a step is the time of reading its weights. `bfloat16` halves what
        is read and rounds weights to 8 bits of precision; with `int8` the maps of a state have
        8 bits and a scale for each unit, and so has the state they read, others are `bfloat16`.
        Weights of the input, which are read once for many steps, keep their type unless there is
        hardly more than one step. The parameters stay as they are.

        Args:
            kind: The type of the weights.
            calibrate: Typical input, for `int8`: the largest states that it leads to set the
                scale of what the maps read.

        Returns:
            The copy.

        Raises:
            SettingsError: A type that is not known, `int8` without typical input, or a processor
                without instructions for it.
        """
        return with_weights(self, kind, calibrate)

    def step(self, x: Float[Tensor, "batch input"], state: Any = None) -> Any:
        """Runs one step: for streams, and for agents that act between steps.

        Args:
            x: Input of the step.
            state: State before the step, as returned by the step before; None takes the initial
                state.

        Returns:
            The output (batch, output_size) and the state after the step.

        Raises:
            SettingsError: A shape, type or device that does not fit, or a bidirectional layer,
                whose outputs depend on the future.

        Example:
            >>> layer, state = LSTM(3, 5), None
            >>> for x in torch.zeros(4, 2, 3):
            ...     y, state = layer.step(x, state)
            >>> y.shape
            torch.Size([2, 5])
        """
        if self.bidirectional:
            raise SettingsError(
                "LSTM.step: a bidirectional layer needs the future of a sequence. "
                "Call the layer on whole sequences, or build it with bidirectional=False."
            )
        if x.dim() != 2:
            raise SettingsError(
                f"LSTM.step: expected input (batch, {self.input_size}), got {tuple(x.shape)}."
            )
        found = None if torch.is_grad_enabled() else short_way(self, x, state)
        if found is not None:
            return found
        y, state = self.forward(x.unsqueeze(1), state)
        return y.squeeze(1), state


def _layer(module: nn.Module) -> Layer:
    assert isinstance(module, Layer)
    return module
