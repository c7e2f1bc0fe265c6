"""One step at a time: everything that stays the same from step to step is kept."""

import struct
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from lstmkit.engine.cpu.call import WORTH_A_TEAM
from lstmkit.engine.cpu.learned import Learned, learned
from lstmkit.engine.cpu.pool import pool
from lstmkit.engine.cpu.program import Program, program, whole
from lstmkit.engine.cpu.workspace import Lease
from lstmkit.engine.layout import Layout, Sizes


class Stepper:
    """A cell ready for one step after another, without gradient.

    Args:
        layout: The cell.
        sizes: Its sizes.
        parameters: Stored parameters by name.
        batch: Rows.

    Raises:
        CompilerError: The engine or the cell's functions cannot be had.
    """

    def __init__(
        self, layout: Layout, sizes: Sizes, parameters: Mapping[str, Tensor], batch: int
    ) -> None:
        self.program: Program = program(layout, sizes)
        self.parameters = dict(parameters)
        self.places = [tensor.data_ptr() for tensor in parameters.values()]
        self.learned: Learned = learned(self.program, parameters)
        self.batch, self.available = batch, torch.get_num_threads()
        worth = self.program.work * batch >= WORTH_A_TEAM
        self.threads = self.available if worth else 1
        of = self.program
        self.pitches = tuple(whole(width) for width in of.widths)
        self.saved, self.scratch, self.weights = of.needs(batch, 1, self.threads, 0, 0)
        states = len(of.states)
        self.pack = struct.Struct(f"{11 + 8 + 4 + 3 + 6 * states + 4}q").pack

    def fits(self, parameters: Mapping[str, Tensor], batch: int) -> bool:
        """Whether nothing has changed but the values of the parameters."""
        if batch != self.batch or torch.get_num_threads() != self.available:
            return False
        for (name, tensor), place in zip(self.parameters.items(), self.places, strict=True):
            if parameters[name] is not tensor or tensor.data_ptr() != place:
                return False
        return True

    def step(self, x: Tensor, state: Sequence[Tensor | None]) -> tuple[Tensor, list[Tensor]]:
        """Runs one step.

        Args:
            x: Input (batch, input), dense along its last axis.
            state: State before the step, each (batch, units) and dense along its last axis, in
                the cell's order; None for zeros.

        Returns:
            The output h (batch, units) and the state after the step; where h is a state, it is
            the output itself.
        """
        of, batch = self.program, self.batch
        packed, ready = self.learned.ready(of, self.weights)
        y = torch.empty((batch, of.pitch), dtype=torch.float32)
        final = [
            y if name == "h" else torch.empty((batch, pitch), dtype=torch.float32)
            for name, pitch in zip(of.states, self.pitches, strict=True)
        ]
        saved, scratch = Lease(self.saved), Lease(self.scratch)
        before: list[int] = []
        for part in state:
            before += (0, 0) if part is None else (part.data_ptr(), part.stride(0))
        after: list[int] = []
        for part, pitch in zip(final, self.pitches, strict=True):
            after += (part.data_ptr(), pitch)
        call = self.pack(
            *(batch, 1, self.threads, 0, 0, 0, ready),
            *pool(),
            *(x.data_ptr(), x.stride(0), 0, 1),
            *(y.data_ptr(), of.pitch, 0, 1),
            *(0, 0, 0, 0),
            *(saved.address, scratch.address, packed.address),
            *before,
            *(0, 0) * len(final),
            *after,
            *(self.learned.address, 0, 0, 0, 0),
        )
        of.library.lstmkit_forward(of.handle, call, 0, 1)
        if of.pitch != of.width:
            y = y[:, : of.width]
        return y, [
            y if name == "h" else part if pitch == width else part[:, :width]
            for name, part, pitch, width in zip(
                of.states, final, self.pitches, of.widths, strict=True
            )
        ]
