"""A scan to be differentiated, again and again: what stays the same is kept between calls."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine.checkpoint import run_again
from lstmkit.engine.cpu.direct import FLOAT32, Direct
from lstmkit.engine.cpu.learned import NONE, rows
from lstmkit.engine.cpu.marks import UNMARKED, Marks
from lstmkit.engine.cpu.team import hand_over_backward
from lstmkit.engine.cpu.workspace import Lease, empty, zeros
from lstmkit.engine.layout import Layout, Sizes
from lstmkit.engine.reference import reference
from lstmkit.engine.scan import Scan, Weights


class Trained:
    """A cell ready for scans of one size that are differentiated.

    Args:
        layout: The cell.
        sizes: Its sizes.
        parameters: Stored parameters by name.
        batch: Rows.
        steps: Steps.
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
        *,
        ragged: bool = False,
        reverse: bool = False,
    ) -> None:
        given = (layout, sizes, parameters, batch, steps)
        direct = self.direct = Direct(*given, training=True, ragged=ragged, reverse=reverse)
        of = self.program = direct.program
        self.layout, self.sizes, self.state_shapes = layout, sizes, direct.state_shapes
        self.names = tuple(parameters)
        self.shapes = [tuple(tensor.shape) for tensor in parameters.values()]
        # gradients of maps are added up in place
        self.made = [empty if name in of.vectors else zeros for name in parameters]
        self.scratch, self.packed = of.needs(batch, steps, direct.threads, 1, 1, 0, direct.apart)[
            1:
        ]
        number = {name: k for k, name in enumerate(self.names)}
        self.maps = [
            None
            if place.stem is None
            else (number[place.stem], place.row, self.shapes[number[place.stem]][1])
            for place in of.learned_maps
        ]
        self.vectors = [number[name] for name in of.vectors]
        many = direct.length + 9 + 6 * len(of.states) + 2 * len(self.maps) + len(self.vectors)
        self.pack = struct.Struct(f"{many}q").pack

    def fits(self, parameters: Mapping[str, Tensor], _weights: Weights) -> bool:
        """Whether nothing has changed but the values of the parameters; it trains in float32."""
        return self.direct.fits(parameters, FLOAT32)

    def run(
        self, x: Tensor, state: Sequence[Tensor | None], marks: Marks = UNMARKED
    ) -> tuple[Tensor, list[Tensor]]:
        """Runs a scan that can be differentiated.

        Args:
            x: Input (batch, time, input), dense along its last axis.
            state: State before the first step, each (batch, units) and dense along its last
                axis, in the cell's order; None for zeros.
            marks: Lengths, if it is ragged, and resets.

        Returns:
            Outputs (batch, time, units) and the state after the last step.
        """
        parameters = self.direct.parameters.values()
        y, *final = _Trained.apply(self, *marks, x, *state, *parameters)  # type: ignore[no-untyped-call]
        return y, final

    def forward(
        self, x: Tensor, state: Sequence[Tensor | None], marks: Marks = UNMARKED
    ) -> tuple[Tensor, list[Tensor], Lease]:
        """Runs a scan; returns what `run` does, and what the backward pass needs."""
        saved, scratch = Lease(self.direct.saved), Lease(self.direct.scratch)
        y, final = self.direct.forward(x, state, marks, saved.address, scratch.address)
        return y, final, saved

    def backward(
        self,
        x: Tensor,
        y: Tensor,
        state: Sequence[Tensor | None],
        saved: Lease,
        cotangents: Sequence[Tensor | None],
        wanted: Sequence[bool],
        marks: Marks = UNMARKED,
    ) -> list[Tensor | None]:
        """Differentiates a scan; adjoints are written where the saved values stood.

        Args:
            x: Its input.
            y: Its outputs.
            state: Its state before the first step.
            saved: What it kept.
            cotangents: Gradients of the outputs and of the final states.
            wanted: Whether input, each state, each parameter wants a gradient.
            marks: Its lengths and resets.

        Returns:
            The gradients, in the order of `wanted`.
        """
        direct, batch = self.direct, self.direct.batch
        of, states = self.program, len(self.program.states)
        d_y, *d_final = cotangents
        d_x = empty(*x.shape) if wanted[0] else None
        pairs = zip(of.widths, wanted[1 : 1 + states], strict=True)
        d_states = [zeros(batch, width) if want else None for width, want in pairs]
        d_stored = [
            make(*shape) if want else None
            for make, shape, want in zip(self.made, self.shapes, wanted[1 + states :], strict=True)
        ]
        packed, ready = direct.learned.packing(of, self.packed, FLOAT32, "backward")
        scratch = Lease(self.scratch)
        room = (saved.address, scratch.address, packed.room.address)
        kept = [None if part is None else rows(part) for part in d_final]
        ends: list[int] = []
        for part in (*kept, *d_states):
            ends += NONE if part is None else (part.data_ptr(), part.stride(0))
        maps: list[int] = []
        for place in self.maps:
            into = None if place is None else d_stored[place[0]]
            if place is None or into is None:
                maps += NONE
            else:
                maps += (into.data_ptr() + 4 * place[1] * place[2], place[2])
        vectors = [d_stored[k] for k in self.vectors]
        call = self.pack(
            *direct.head(x, y, state, marks, direct.fresh, room, ready=ready),
            1,
            *(_NOWHERE if d_y is None else (d_y.data_ptr(), *d_y.stride())),
            *(_NOWHERE if d_x is None else (d_x.data_ptr(), *d_x.stride())),
            *ends,
            *direct.fresh,
            *maps,
            *(0 if into is None else into.data_ptr() for into in vectors),
        )
        hand_over_backward(of, call, batch, direct.steps, direct.threads)
        direct.learned.packed["backward"] = packed
        return [d_x, *d_states, *d_stored]

    def again(
        self,
        tensors: Sequence[Tensor],
        state: Sequence[Tensor | None],
        cotangents: Sequence[Tensor | None],
        wanted: Sequence[bool],
        marks: Marks = UNMARKED,
    ) -> list[Tensor | None]:
        """Differentiates by the reference, whose gradients can be differentiated in turn.

        Args:
            tensors: Input and parameters.
            state: State before the first step.
            cotangents: Gradients of the outputs and of the final states.
            wanted: Whether input, each state, each parameter wants a gradient.
            marks: Lengths and resets.

        Returns:
            The gradients, in the order of `wanted`.
        """
        of = self.program
        given = {n: part for n, part in zip(of.states, state, strict=True) if part is not None}
        scan = Scan(
            layout=self.layout,
            sizes=self.sizes,
            parameters=dict(zip(self.names, tensors[1:], strict=True)),
            x=tensors[0],
            state=given or None,
            fresh=None,
            lengths=marks.lengths,
            reset=marks.reset,
            reverse=self.direct.reverse,
        )
        own = [True, *(part is not None for part in state), *(True for _ in self.names)]
        asked = [want for want, there in zip(wanted, own, strict=True) if there]
        found = iter(run_again(reference, scan, scan.tensors(), cotangents, asked))
        return [next(found) if there else None for there in own]


_NOWHERE = (0, 0, 0, 0)


class _Trained(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        trained: Trained,
        lengths: Tensor | None,
        reset: Tensor | None,
        x: Tensor,
        *rest: Tensor | None,
    ) -> tuple[Tensor, ...]:
        state = rest[: len(trained.program.states)]
        y, final, saved = trained.forward(x, state, Marks(lengths, reset))
        # the parameters too, so that a change before the backward pass does not go unseen
        ctx.save_for_backward(lengths, reset, x, *rest, y)
        ctx.trained, ctx.kept = trained, saved
        return y, *final

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        trained: Trained = ctx.trained
        lengths, reset, x, *rest, y = ctx.saved_tensors
        states, marked = len(trained.program.states), Marks(lengths, reset)
        state, wanted = rest[:states], ctx.needs_input_grad[3:]
        if torch.is_grad_enabled():
            tensors = [x, *rest[states:]]
            return None, None, None, *trained.again(tensors, state, cotangents, wanted, marked)
        saved = ctx.kept
        if saved is None:
            # an earlier backward pass has left adjoints where the values stood
            _, _, saved = trained.forward(x, state, marked)
        ctx.kept = None
        found = trained.backward(x, y, state, saved, cotangents, wanted, marked)
        return None, None, None, *found
