"""One call of the engine: buffers, addresses, and the steps handed over in stretches."""

import math
from collections.abc import Mapping, Sequence

from torch import Tensor

from lstmkit.engine.cpu.learned import NONE, learned, places, rows
from lstmkit.engine.cpu.marks import marks
from lstmkit.engine.cpu.pool import pool
from lstmkit.engine.cpu.program import (
    PRECISIONS,
    Program,
    float_bits,
    numbers,
    precision_numbers,
    program,
    whole,
)
from lstmkit.engine.cpu.team import hand_over, hand_over_backward, steps_at_once, team
from lstmkit.engine.cpu.workspace import Lease, empty, zeros
from lstmkit.engine.philox import threshold
from lstmkit.engine.ruled import Given
from lstmkit.engine.scan import Scan, State, Weights

# how given numbers come about, as in native/call.h
CONSTANT, BY_ROW, DRAWN = range(3)


class Call:
    """A scan in the engine.

    Args:
        scan: What to run.
        training: Keep what a backward pass needs.
        alone: The backward pass is this call's own. What another call goes on with must not
            depend on the number of threads.
    """

    def __init__(self, scan: Scan, *, training: bool, alone: bool = True) -> None:
        self.scan, self.training = scan, training
        under_rules = not scan.rules.none
        self.program: Program = program(scan.layout, scan.sizes, under_rules=under_rules)
        self.x = rows(scan.x)
        self.state, self.fresh = self.ordered(scan.state), self.ordered(scan.fresh)
        self.stored = scan.parameters
        self.learned = learned(self.program, self.stored)
        self.marks = marks(scan.lengths, scan.reset)
        self.ragged = self.marks.lengths is not None
        self.batch, self.steps = self.x.shape[0], self.x.shape[1]
        self.threads, self.by_rows = team(self.program, self.batch, self.steps)
        self.apart = alone and self.by_rows and self.threads > 1 and not self.ragged
        self.masks = {name: rows(mask) for name, mask in scan.rules.masks.items()}
        self.traced: dict[str, Tensor] = {}
        self.weights = Weights() if training else scan.weights
        self.saved: Lease | None = None
        self.y: Tensor | None = None

    def ordered(self, state: State | None) -> list[Tensor | None]:
        """The parts of a state in the program's order; None for zeros."""
        names = self.program.states
        return [None] * len(names) if state is None else [rows(state[name]) for name in names]

    def forward(self) -> tuple[Tensor, ...]:
        """Returns the outputs (batch, time, units) and the final states (batch, units)."""
        of = self.program
        saved, scratch, weights = of.needs(
            self.batch,
            self.steps,
            self.threads,
            int(self.training),
            0,
            self.precision,
            self.apart,
        )
        given = self.scan.room
        self.y = self.over_time(of.width) if given is None else given
        if self.scan.trace:
            self.traced = {name: self.over_time(width) for name, width in of.traced.items()}
            for traced in self.traced.values() if self.ragged else ():
                traced.zero_()
        self.saved = Lease(saved)
        packed, ready = self.learned.packing(of, weights, self.weights, "forward")
        final = [empty(self.batch, width) for width in of.widths]
        room = Lease(scratch)
        values = self.head(self.saved, room, packed.room, final, ready=ready)
        at_once = steps_at_once(of, max(1, self.batch // self.threads))
        engine, call = of.library.lstmkit_forward, numbers([*values, 0])
        hand_over(engine, of.handle, call, 0, self.steps, at_once)
        self.learned.packed["forward"] = packed
        return self.y, *final

    @property
    def precision(self) -> int:
        """Number of the weights' type."""
        return PRECISIONS.index(self.weights.kind)

    @property
    def traces(self) -> dict[str, Tensor]:
        """Every quantity over time (batch, time, units), if the scan asks for them."""
        if not self.scan.trace:
            return {}
        found = self.traced | ({} if self.y is None else {"h": self.y})
        return {name: found[name] for name in self.scan.equations.quantities}

    def over_time(self, width: int) -> Tensor:
        """Returns room for a quantity (batch, time, units)."""
        return empty(self.steps, self.batch, whole(width)).transpose(0, 1)[:, :, :width]

    def given(self, one: Given) -> tuple[int, ...]:
        """How one kind of given numbers comes about: mode, value, stream, address and pitch."""
        rules = self.scan.rules
        if one.kind == "mask" and one.state in self.masks:
            mask = self.masks[one.state]
            return BY_ROW, 0, 0, mask.data_ptr(), mask.stride(0)
        if one.kind == "zoneout" and rules.training and one.state in rules.zoneout:
            below = threshold(rules.zoneout[one.state])
            return DRAWN, below, self.program.states.index(one.state), 0, 0
        value = {
            "mask": 1.0,
            "zoneout": rules.zoneout.get(one.state, 0.0),
            "clip": rules.clip.get(one.state, math.inf),
        }[one.kind]
        return CONSTANT, float_bits(value), 0, 0, 0

    def head(
        self, saved: Lease, scratch: Lease, weights: Lease, final: list[Tensor], *, ready: bool
    ) -> list[int]:
        """Numbers that both directions begin with, in the order of `native/call.h`."""
        scan, x, y = self.scan, self.x, self.y
        assert y is not None
        return [
            self.batch,
            self.steps,
            self.threads,
            int(scan.reverse),
            int(self.training),
            int(self.by_rows),
            int(self.apart),
            int(ready),
            *pool(),
            *(x.data_ptr(), x.stride(0), x.stride(1), 1),
            *(y.data_ptr(), y.stride(0), y.stride(1), 1),
            *self.marks.numbers(),
            *(saved.address, scratch.address, weights.address),
            *_addresses(self.state),
            *_addresses(self.fresh),
            *(_addresses(final) if final else (0, 0) * len(self.state)),
            self.learned.address,
            *(0 if scan.rules.seed is None else int(scan.rules.seed), scan.first),
            *(number for one in self.program.givens for number in self.given(one)),
            int(bool(self.traced)),
            *(n for t in self.traced.values() for n in (t.data_ptr(), *t.stride())),
            *precision_numbers(self.weights, self.program.states),
        ]

    def backward(
        self, cotangents: Sequence[Tensor | None], wanted: Sequence[bool]
    ) -> list[Tensor | None]:
        """Returns the gradient of each tensor that wants one, in the order of the tensors."""
        of, saved = self.program, self.saved
        assert saved is not None
        _, scratch, weights = of.needs(self.batch, self.steps, self.threads, 1, 1, 0, self.apart)
        d_y, *d_final = cotangents
        kept = [None if d is None else rows(d) for d in d_final]
        d_x = empty(self.batch, self.steps, of.sizes.input) if wanted[0] else None
        left = iter(wanted[1:])
        d_states = [
            None if part is None or not next(left) else zeros(self.batch, width)
            for state in (self.state, self.fresh)
            for part, width in zip(state, of.widths, strict=True)
        ]
        d_stored: Mapping[str, Tensor | None] = {
            # gradients of maps are added up in place
            name: (empty if name in of.vectors else zeros)(*tensor.shape) if next(left) else None
            for name, tensor in self.stored.items()
        }
        packed, ready = self.learned.packing(of, weights, self.weights, "backward")
        room = Lease(scratch)
        gradients = [d_stored[name] for name in of.vectors]
        call = [
            *self.head(saved, room, packed.room, [], ready=ready),
            1,
            *((0, 0, 0, 0) if d_y is None else (d_y.data_ptr(), *d_y.stride())),
            *((0, 0, 0, 0) if d_x is None else (d_x.data_ptr(), *d_x.stride())),
            *_addresses([*kept, *d_states]),
            *places(of.learned_maps, d_stored),
            *(0 if gradient is None else gradient.data_ptr() for gradient in gradients),
        ]
        hand_over_backward(of, numbers(call), self.batch, self.steps, self.threads)
        self.learned.packed["backward"] = packed
        given = [*self.state, *self.fresh]
        kept_states = [d for d, part in zip(d_states, given, strict=True) if part is not None]
        return [d_x, *kept_states, *d_stored.values()]


def _addresses(tensors: Sequence[Tensor | None]) -> list[int]:
    values: list[int] = []
    for tensor in tensors:
        values += NONE if tensor is None else (tensor.data_ptr(), tensor.stride(0))
    return values
