"""The compiled path: refusals, the forward pass, and the torch function with its backward pass."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.program import BLOCK, Program, numbers, pool, program
from lstmkit.engine.reference import reference
from lstmkit.engine.scan import Scan, Scanned

NONE = (0, 0)


def refuse_cpu(scan: Scan) -> str | None:
    """Says why the compiled engine cannot run a scan, or None if it can."""
    tensors = [scan.x, *scan.state.values(), *scan.fresh.values(), *scan.parameters.values()]
    for tensor in tensors:
        if tensor.device.type != "cpu":
            return f"the compiled engine works on the processor, not on {tensor.device}"
        if tensor.dtype != torch.float32:
            return f"the compiled engine computes in float32, not in {tensor.dtype}"
    if torch._C._functorch.peek_interpreter_stack() is not None:
        return "the compiled engine cannot be vmapped"
    if scan.trace:
        return "the compiled engine records no trace"
    if not scan.rules.none:
        return "the compiled engine has no zoneout, recurrent dropout or clipping"
    if 0 in scan.x.shape:
        return "the compiled engine takes no empty batch and no zero steps"
    try:
        program(scan.layout, scan.sizes)
    except CompilerError as error:
        return str(error)
    return None


def cpu(scan: Scan) -> Scanned:
    """Runs a scan in the compiled engine; `refuse_cpu(scan)` must be None."""
    tensors = _flat(scan)
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors):
        y, *final = _Compiled.apply(scan, *tensors)  # type: ignore[no-untyped-call]
    else:
        y, *final = Run(scan, tensors, training=False).forward()
    return Scanned(y=y, state=dict(zip(scan.equations.states, final, strict=True)))


def _flat(scan: Scan) -> list[Tensor]:
    states = scan.equations.states
    return [
        scan.x,
        *(scan.state[name] for name in states),
        *(scan.fresh[name] for name in states),
        *scan.parameters.values(),
    ]


def _with(scan: Scan, tensors: Sequence[Tensor]) -> Scan:
    names = scan.equations.states
    n = len(names)
    return Scan(
        layout=scan.layout,
        sizes=scan.sizes,
        parameters=dict(zip(scan.parameters, tensors[1 + 2 * n :], strict=True)),
        x=tensors[0],
        state=dict(zip(names, tensors[1 : 1 + n], strict=True)),
        fresh=dict(zip(names, tensors[1 + n : 1 + 2 * n], strict=True)),
        lengths=scan.lengths,
        reset=scan.reset,
        reverse=scan.reverse,
    )


class _Compiled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scan: Scan, *tensors: Tensor) -> tuple[Tensor, ...]:
        run = Run(scan, tensors, training=True)
        y, *final = run.forward()
        ctx.save_for_backward(*tensors, y)
        ctx.scan, ctx.saved = scan, run.saved
        ctx.threads, ctx.by_rows = run.threads, run.by_rows
        return y, *final

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        *tensors, y = ctx.saved_tensors
        wanted = ctx.needs_input_grad[1:]
        if torch.is_grad_enabled():
            return None, *_through_reference(ctx, tensors, cotangents)
        run = Run(ctx.scan, tensors, training=True)
        run.threads, run.by_rows = ctx.threads, ctx.by_rows
        if ctx.saved is None:
            run.forward()  # the first backward pass has left adjoints where these values stood
        else:
            run.saved, run.y, ctx.saved = ctx.saved, y, None
        return None, *run.backward(cotangents, wanted)


def _through_reference(
    ctx: Any, tensors: list[Tensor], cotangents: tuple[Tensor | None, ...]
) -> list[Tensor | None]:
    needs = ctx.needs_input_grad[1:]
    wanted = [tensor for tensor, want in zip(tensors, needs, strict=True) if want]
    scanned = reference(_with(ctx.scan, tensors))
    outputs = (scanned.y, *scanned.state.values())
    moving = [
        (output, cotangent)
        for output, cotangent in zip(outputs, cotangents, strict=True)
        if output.requires_grad and cotangent is not None
    ]
    gradients = iter(
        torch.autograd.grad(
            [output for output, _ in moving],
            wanted,
            [cotangent for _, cotangent in moving],
            create_graph=True,
            allow_unused=True,
        )
    )
    return [next(gradients) if want else None for want in needs]


class Run:
    """One call of the engine: buffers, pointers, forward and backward.

    Args:
        scan: What to run.
        tensors: Its tensors, in the order of `_flat`.
        training: Keep what a backward pass needs.
    """

    def __init__(self, scan: Scan, tensors: Sequence[Tensor], *, training: bool) -> None:
        self.scan, self.training = scan, training
        self.program: Program = program(scan.layout, scan.sizes)
        n = len(self.program.states)
        self.x = tensors[0]
        if self.x.stride(2) != 1 and self.x.shape[2] > 1:
            self.x = self.x.contiguous()
        self.state = [_rows(tensor) for tensor in tensors[1 : 1 + n]]
        self.fresh = [_rows(tensor) for tensor in tensors[1 + n : 1 + 2 * n]]
        self.stored: Mapping[str, Tensor] = {
            name: _rows(tensor) if tensor.dim() == 2 else tensor.contiguous()
            for name, tensor in zip(scan.parameters, tensors[1 + 2 * n :], strict=True)
        }
        self.lengths = None
        if scan.lengths is not None:
            self.lengths = scan.lengths.to("cpu", torch.int64).contiguous()
        self.reset = None if scan.reset is None else scan.reset.to("cpu")
        self.batch, self.steps = self.x.shape[:2]
        self.threads = min(torch.get_num_threads(), 64)
        self.by_rows = self.batch >= 6 * self.threads
        self.saved: Tensor | None = None
        self.y: Tensor

    def forward(self) -> tuple[Tensor, ...]:
        """Returns the outputs (batch, time, units) and the final states (batch, units)."""
        of = self.program
        saved, scratch, weights = of.sizes_of(
            self.batch, self.steps, self.threads, training=self.training, backward=False
        )
        pitch = -(-of.width // BLOCK) * BLOCK
        whole = torch.empty(self.steps, self.batch, pitch)
        self.y = whole[:, :, : of.width].transpose(0, 1)
        if self.lengths is not None:
            whole.zero_()
        self.saved = torch.empty(saved)
        buffers = self.saved, torch.empty(scratch), torch.empty(weights)
        final = [torch.empty(self.batch, width) for width in of.widths]
        call = numbers([*self.head(*buffers, final), 0])
        of.library.lstmkit_forward(of.handle, call, 0, self.steps)
        return self.y, *final

    def head(
        self, saved: Tensor, scratch: Tensor, weights: Tensor, final: list[Tensor]
    ) -> list[int]:
        """Numbers that both directions begin with, in the order of `native/call.h`."""
        y = self.y
        values = [self.batch, self.steps, self.threads, int(self.scan.reverse), int(self.training)]
        values += [int(self.by_rows), 0, *pool()]
        values += _sequence(self.x)
        values += [y.data_ptr(), y.stride(0), y.stride(1), 1]
        values.append(0 if self.lengths is None else self.lengths.data_ptr())
        if self.reset is None:
            values += [0, 0, 0]
        else:
            values += [self.reset.data_ptr(), *self.reset.stride()]
        values += [saved.data_ptr(), scratch.data_ptr(), weights.data_ptr()]
        for group in (self.state, self.fresh, final):
            for tensor in group:
                values += [tensor.data_ptr(), tensor.stride(0)]
        values += self.map_pointers(self.stored)
        values += [self.stored[name].data_ptr() for name in self.program.vectors]
        return values

    def map_pointers(self, stored: Mapping[str, Tensor | None]) -> list[int]:
        """Address and distance of rows of each map in matrices stored together."""
        values: list[int] = []
        for place in self.program.maps:
            if place.stem is None:
                constant = place.constant if stored is self.stored else None
                values += NONE if constant is None else (constant.data_ptr(), constant.stride(0))
                continue
            matrix = stored[place.stem]
            if matrix is None:
                values += NONE
            else:
                pitch = matrix.stride(0)
                values += [matrix.data_ptr() + 4 * pitch * place.row, pitch]
        return values

    def backward(
        self, cotangents: Sequence[Tensor | None], wanted: Sequence[bool]
    ) -> list[Tensor | None]:
        """Returns the gradient of each tensor that wants one."""
        of = self.program
        n = len(of.states)
        _, scratch, weights = of.sizes_of(
            self.batch, self.steps, self.threads, training=True, backward=True
        )
        d_y, *d_final = cotangents
        kept = [None if d is None else _rows(d) for d in d_final]
        d_x = None
        if wanted[0]:
            like = torch.zeros if self.lengths is not None else torch.empty
            d_x = like(self.batch, self.steps, of.sizes.input)
        d_states = [
            torch.zeros(self.batch, of.widths[k % n]) if want else None
            for k, want in enumerate(wanted[1 : 1 + 2 * n])
        ]
        d_stored = {
            name: torch.zeros(tensor.shape) if want else None
            for (name, tensor), want in zip(self.stored.items(), wanted[1 + 2 * n :], strict=True)
        }
        assert self.saved is not None
        buffers = self.saved, torch.empty(scratch), torch.empty(weights)
        final = [torch.empty(0, 0) for _ in of.states]
        values = [*self.head(*buffers, final), 1]
        values += [0, 0, 0, 0] if d_y is None else [d_y.data_ptr(), *d_y.stride()]
        values += [0, 0, 0, 0] if d_x is None else _sequence(d_x)
        for tensor in (*kept, *d_states):
            values += NONE if tensor is None else (tensor.data_ptr(), tensor.stride(0))
        values += self.map_pointers(d_stored)
        for name in of.vectors:
            gradient = d_stored[name]
            values.append(0 if gradient is None else gradient.data_ptr())
        of.library.lstmkit_backward(of.handle, numbers(values), self.steps, 0)
        return [d_x, *d_states, *d_stored.values()]


def _rows(tensor: Tensor) -> Tensor:
    return tensor if tensor.stride(-1) == 1 else tensor.contiguous()


def _sequence(tensor: Tensor) -> list[int]:
    return [tensor.data_ptr(), tensor.stride(0), tensor.stride(1), 1]
