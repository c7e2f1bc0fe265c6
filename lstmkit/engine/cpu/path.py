"""The compiled path: refusals, the forward pass, and the torch function with its backward pass."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine.cpu.call import Call
from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.program import program
from lstmkit.engine.reference import reference
from lstmkit.engine.scan import Scan, Scanned


def refuse_cpu(scan: Scan) -> str | None:
    """Says why the compiled engine cannot run a scan, or None if it can."""
    states = () if scan.state is None else scan.state.values()
    for tensor in (scan.x, *states, *scan.parameters.values()):
        if not tensor.is_cpu:
            return f"the compiled engine works on the processor, not on {tensor.device}"
        if tensor.dtype is not torch.float32:
            return f"the compiled engine computes in float32, not in {tensor.dtype}"
    if torch._C._functorch.peek_interpreter_stack() is not None:
        return "the compiled engine cannot be vmapped"
    if scan.trace and torch.is_grad_enabled() and any(t.requires_grad for t in _flat(scan)):
        return "the compiled engine records a trace only where nothing is differentiated"
    if 0 in scan.x.shape:
        return "the compiled engine takes no empty batch and no zero steps"
    try:
        program(scan.layout, scan.sizes, under_rules=not scan.rules.none)
    except CompilerError as error:
        _say_once(str(error))
        return str(error)
    return None


@lru_cache(maxsize=16)
def _say_once(reason: str) -> None:
    warnings.warn(
        f"a cell runs on a slow path, because its compiled one is missing: {reason}",
        RuntimeWarning,
        stacklevel=2,
    )


def cpu(scan: Scan) -> Scanned:
    """Runs a scan in the compiled engine; `refuse_cpu(scan)` must be None."""
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in _flat(scan)):
        y, *final = _Compiled.apply(scan, *_flat(scan))  # type: ignore[no-untyped-call]
        trace = {}
    else:
        call = Call(scan, training=False)
        y, *final = call.forward()
        trace = call.traces
    return Scanned(y=y, state=dict(zip(scan.equations.states, final, strict=True)), trace=trace)


def _flat(scan: Scan) -> list[Tensor]:
    names = scan.equations.states
    given = [state for state in (scan.state, scan.fresh) if state is not None]
    return [scan.x, *(state[n] for state in given for n in names), *scan.parameters.values()]


def _with(scan: Scan, tensors: Sequence[Tensor]) -> Scan:
    """Returns the scan with other tensors, in the order of `_flat`."""
    rest = iter(tensors[1:])
    states = [
        None if state is None else {name: next(rest) for name in scan.equations.states}
        for state in (scan.state, scan.fresh)
    ]
    return replace(
        scan,
        x=tensors[0],
        state=states[0],
        fresh=states[1],
        parameters={name: next(rest) for name in scan.parameters},
    )


class _Compiled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scan: Scan, *tensors: Tensor) -> tuple[Tensor, ...]:
        call = Call(_with(scan, tensors), training=True)
        y, *final = call.forward()
        ctx.save_for_backward(*tensors, y)
        ctx.scan, ctx.saved, ctx.team = scan, call.saved, (call.threads, call.by_rows)
        return y, *final

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        *tensors, y = ctx.saved_tensors
        if torch.is_grad_enabled():
            return None, *_through_reference(ctx, tensors, cotangents)
        call = Call(_with(ctx.scan, tensors), training=True)
        call.threads, call.by_rows = ctx.team
        if ctx.saved is None:
            call.forward()  # an earlier backward pass has left adjoints where the values stood
        else:
            call.saved, call.y, ctx.saved = ctx.saved, y, None
        return None, *call.backward(cotangents, ctx.needs_input_grad[1:])


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
