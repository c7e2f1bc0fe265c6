"""The compiled path: refusals, the forward pass, and the torch function with its backward pass."""

import warnings
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine.checkpoint import run_again
from lstmkit.engine.cpu.call import Call
from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.program import program
from lstmkit.engine.onlookers import onlooker
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
    reason = onlooker()
    if reason is not None:
        return reason
    if scan.trace and torch.is_grad_enabled() and any(t.requires_grad for t in scan.tensors()):
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
    if torch.is_grad_enabled() and any(tensor.requires_grad for tensor in scan.tensors()):
        y, *final = _Compiled.apply(scan, *scan.tensors())  # type: ignore[no-untyped-call]
        trace = {}
    else:
        call = Call(scan, training=False)
        y, *final = call.forward()
        trace = call.traces
    state = dict(zip(scan.equations.states, final, strict=True))
    return Scanned(y=y, state=state, trace=trace, in_room=scan.room is not None)


class _Compiled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scan: Scan, *tensors: Tensor) -> tuple[Tensor, ...]:
        call = Call(scan, training=True)
        y, *final = call.forward()
        # with what the backward pass reads again, so that a change in between does not go unseen
        ctx.save_for_backward(scan.lengths, scan.reset, *tensors, y)
        # an output must not be held by what computes its gradient
        ctx.call, call.y = call, None
        return y, *final

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        _, _, *tensors, y = ctx.saved_tensors
        needs = ctx.needs_input_grad[1:]
        if torch.is_grad_enabled():
            return None, *run_again(reference, ctx.call.scan, tensors, cotangents, needs)
        call: Call = ctx.call
        if call.saved is None:
            call.forward()  # an earlier backward pass has left adjoints where the values stood
        else:
            call.y = y
        found = call.backward(cotangents, needs)
        call.y = call.saved = None
        return None, *found
