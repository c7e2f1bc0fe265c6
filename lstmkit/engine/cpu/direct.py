"""A scan without rules, again and again: what stays the same from call to call is kept."""

import struct
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from lstmkit.engine.cpu.learned import Learned, learned
from lstmkit.engine.cpu.marks import UNMARKED, Marks
from lstmkit.engine.cpu.pool import pool
from lstmkit.engine.cpu.program import precision_numbers, program
from lstmkit.engine.cpu.team import hand_over, steps_at_once, team
from lstmkit.engine.cpu.workspace import Lease, new, new_strided
from lstmkit.engine.layout import Layout, Sizes
from lstmkit.engine.scan import Weights

FLOAT32 = Weights()


class Direct:
    """A cell ready for scans of one size, without rules.

    Args:
        layout: The cell.
        sizes: Its sizes.
        parameters: Stored parameters by name.
        batch: Rows.
        steps: Steps.
        weights: Type of the packed weights.
        training: Keep what a backward pass needs.
        ragged: Rows have lengths.
        reverse: From the last step to the first.

    Raises:
        CompilerError: The engine or the cell's functions cannot be had.
    """

    def __init__(
        self,
        layout: Layout,
        sizes: Sizes,
        parameters: Mapping[str, Tensor],
        batch: int,
        steps: int,
        weights: Weights = FLOAT32,
        *,
        training: bool = False,
        ragged: bool = False,
        reverse: bool = False,
    ) -> None:
        of = self.program = program(layout, sizes, under_rules=False)
        self.parameters = dict(parameters)
        self.places = [(name, one, one.data_ptr()) for name, one in parameters.items()]
        self.learned: Learned = learned(of, parameters)
        self.batch, self.steps, self.available = batch, steps, torch.get_num_threads()
        self.training, self.reverse = training, reverse
        self.threads, self.by_rows = team(of, batch, steps)
        self.apart = self.by_rows and self.threads > 1 and not ragged
        self.weights, precision = weights, precision_numbers(weights, of.states)
        self.saved, self.scratch, self.packed = of.needs(
            batch, steps, self.threads, int(training), 0, precision[0], self.apart
        )
        self.shared = (batch, steps, self.threads, reverse, training, self.by_rows, self.apart)
        self.tail = (self.learned.address, 0, 0, 0, *precision)
        self.length = 26 + 6 * len(of.states) + len(self.tail)
        self.pack = struct.Struct(f"{self.length + 1}q").pack
        self.fresh = (0, 0) * len(of.states)
        self.state_shapes = [(batch, width) for width in of.widths]
        self.shape, self.strides = (batch, steps, of.pitch), (of.pitch, batch * of.pitch, 1)
        self.engine = of.library.lstmkit_forward
        self.at_once = steps_at_once(of, max(1, batch // self.threads))
        self.rooms: list[tuple[Lease, Lease, int, int]] = []

    def fits(self, parameters: Mapping[str, Tensor], weights: Weights) -> bool:
        """Whether nothing has changed but the values of the parameters."""
        if torch.get_num_threads() != self.available or weights is not self.weights:
            return False
        for name, tensor, place in self.places:
            if parameters[name] is not tensor or tensor.data_ptr() != place:
                return False
        return True

    def run(
        self, x: Tensor, state: Sequence[Tensor | None], marks: Marks = UNMARKED
    ) -> tuple[Tensor, list[Tensor]]:
        """Runs a scan of which nothing is kept.

        Args:
            x: Input (batch, time, input), dense along its last axis; (batch, input) for one step.
            state: State before the first step, each (batch, units) and dense along its last
                axis, in the cell's order; None for zeros.
            marks: Lengths, if it is ragged, and resets.

        Returns:
            Outputs (batch, time, units), (batch, units) for one step, and the state after the
            last step.
        """
        try:
            room = self.rooms.pop()
        except IndexError:
            saved, scratch = Lease(self.saved), Lease(self.scratch)
            room = saved, scratch, saved.address, scratch.address
        found = self.forward(x, state, marks, *room[2:])
        self.rooms.append(room)
        return found

    def forward(
        self, x: Tensor, state: Sequence[Tensor | None], marks: Marks, saved: int, scratch: int
    ) -> tuple[Tensor, list[Tensor]]:
        """Runs a scan in the buffers at two addresses; the rest as `run` says."""
        of, batch = self.program, self.batch
        packed, ready = self.learned.packing(of, self.packed, self.weights, "forward")
        y = new(batch, of.pitch) if x.dim() == 2 else new_strided(self.shape, self.strides)
        final: list[Tensor] = []
        after: list[int] = []
        for width in of.widths:
            made = new(batch, width)
            final.append(made)
            after += (made.data_ptr(), width)
        rooms = (saved, scratch, packed.room.address)
        numbers = self.pack(*self.head(x, y, state, marks, after, rooms, ready=ready), 0)
        hand_over(self.engine, of.handle, numbers, 0, self.steps, self.at_once)
        self.learned.packed["forward"] = packed
        return y if of.pitch == of.width else y[..., : of.width], final

    def head(
        self,
        x: Tensor,
        y: Tensor,
        state: Sequence[Tensor | None],
        marks: Marks,
        after: Sequence[int],
        rooms: tuple[int, int, int],
        *,
        ready: bool,
    ) -> tuple[int, ...]:
        """Numbers that both directions begin with, in the order of `native/call.h`."""
        before: list[int] = []
        for part in state:
            before += (0, 0) if part is None else (part.data_ptr(), part.stride()[0])
        # one step without an axis of time has any distance between its steps
        of_x, of_y = x.stride(), y.stride()
        return (
            *self.shared,
            ready,
            *pool(),
            *(x.data_ptr(), of_x[0], of_x[-2], 1),
            *(y.data_ptr(), of_y[0], of_y[-2], 1),
            *marks.numbers(),
            *rooms,
            *before,
            *self.fresh,
            *after,
            *self.tail,
        )
