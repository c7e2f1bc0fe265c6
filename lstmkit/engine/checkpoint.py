"""Training over sequences too long for memory: segments that are run again in the backward pass.

What a backward pass needs is kept for one segment at a time (Chen et al. 2016; Gruslys et al. 2016,
for recurrent networks). The price is a second forward pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine.scan import Scan, Scanned

Run = Callable[[Scan], Scanned]


def checkpointed(scan: Scan, every: int, run: Run) -> Scanned:
    """Runs a scan in segments and keeps no more than their states for the backward pass.

    Args:
        scan: What to run; no trace.
        every: Steps of a segment.
        run: Runs a segment.

    Returns:
        What `run(scan)` returns, with the same gradients.
    """
    scan = scan.with_states()
    state, fresh, steps = dict(scan.state or {}), scan.fresh or {}, scan.x.shape[1]
    pieces = dict(zip(range(0, steps, every), scan.x.split(every, 1), strict=False))
    outputs: dict[int, Tensor] = {}
    for first in sorted(pieces, reverse=scan.reverse):
        x = pieces[first]
        end = first + x.shape[1]
        if scan.reverse and scan.reset is not None and end < steps:
            # a sequence that begins with the segment after this one ends here
            begins = scan.reset[:, end, None]
            state = {n: torch.where(begins, fresh[n], part) for n, part in state.items()}
        segment = replace(
            scan,
            x=x,
            state=state,
            lengths=None if scan.lengths is None else (scan.lengths - first).clamp(0, end - first),
            reset=None if scan.reset is None else scan.reset[:, first:end],
            first=scan.first + first,
            room=None,
        )
        y, *final = _Segment.apply(run, segment, *segment.tensors())  # type: ignore[no-untyped-call]
        outputs[first], state = y, dict(zip(state, final, strict=True))
    return Scanned(y=torch.cat([outputs[first] for first in pieces], 1), state=state)


class _Segment(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, run: Run, scan: Scan, *tensors: Tensor) -> tuple[Tensor, ...]:
        scanned = run(scan.with_tensors(tensors))
        # resets are read again: a change in between must not go unseen
        ctx.save_for_backward(scan.reset, *tensors)
        ctx.run, ctx.scan = run, scan
        return scanned.y, *scanned.state.values()

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor | None) -> tuple[Tensor | None, ...]:
        _, *tensors = ctx.saved_tensors
        needs = ctx.needs_input_grad[2:]
        return None, None, *run_again(ctx.run, ctx.scan, tensors, cotangents, needs)


def run_again(
    run: Run,
    scan: Scan,
    tensors: Sequence[Tensor],
    cotangents: Sequence[Tensor | None],
    needs: Sequence[bool],
) -> list[Tensor | None]:
    """Differentiates a scan by running it once more.

    Args:
        run: Runs it.
        scan: The scan.
        tensors: Its tensors, as `Scan.tensors` lists them.
        cotangents: Gradients of the outputs and the final states.
        needs: Which tensors want a gradient.

    Returns:
        The gradients, themselves differentiable where gradients are enabled.
    """
    again = torch.is_grad_enabled()
    if not again:
        pairs = zip(tensors, needs, strict=True)
        tensors = [tensor.detach().requires_grad_(want) for tensor, want in pairs]
    with torch.enable_grad():
        scanned = run(scan.with_tensors(tensors))
    outputs = (scanned.y, *scanned.state.values())
    moving = [
        (output, cotangent)
        for output, cotangent in zip(outputs, cotangents, strict=True)
        if output.requires_grad and cotangent is not None
    ]
    gradients = iter(
        torch.autograd.grad(
            [output for output, _ in moving],
            [tensor for tensor, want in zip(tensors, needs, strict=True) if want],
            [cotangent for _, cotangent in moving],
            create_graph=again,
            allow_unused=True,
        )
    )
    return [next(gradients) if want else None for want in needs]
