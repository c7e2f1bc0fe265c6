"""The engine as an operator of torch, so that its compiler sees one node and not every step.

A compiler must be able to take an operator's arguments apart and to run it in another process, so
the cell travels as its text.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine.checkpoint import run_again
from lstmkit.engine.cpu.call import Call
from lstmkit.engine.cpu.compiler import CompilerError
from lstmkit.engine.cpu.program import program, whole
from lstmkit.engine.cpu.workspace import Lease
from lstmkit.engine.equations import Equations, read
from lstmkit.engine.layout import Layout, Sizes, layout
from lstmkit.engine.reference import reference
from lstmkit.engine.scan import Scan, Scanned


def fits(scan: Scan) -> bool:
    """Whether a scan that is being compiled can be one operator."""
    tensors = scan.tensors()
    plain = all(tensor.is_cpu and tensor.dtype == torch.float32 for tensor in tensors)
    return plain and not scan.trace and scan.rules.none and 0 not in scan.x.shape


def compiled(scan: Scan) -> Scanned:
    """Runs a scan as one operator; `fits(scan)` must hold."""
    equations, sizes = scan.equations, scan.sizes
    y, *rest = scan_operator(
        scan.tensors(),
        scan.lengths,
        scan.reset,
        equations.text,
        " ".join(name for name, size in equations.sizes.items() if size == "block"),
        [sizes.input, sizes.hidden, sizes.projection, sizes.block_size],
        [scan.reverse, scan.state is not None, scan.fresh is not None],
    )
    names = equations.states
    return Scanned(y=y, state=dict(zip(names, rest[: len(names)], strict=True)))


@torch.library.custom_op("lstmkit::scan", mutates_args=())
def scan_operator(
    tensors: Sequence[Tensor],
    lengths: Tensor | None,
    reset: Tensor | None,
    text: str,
    shared: str,
    sizes: Sequence[int],
    flags: Sequence[bool],
) -> list[Tensor]:
    """Runs a scan.

    Args:
        tensors: Input, states that are given, parameters, as `Scan.tensors` lists them.
        lengths: Real steps of each row.
        reset: Steps at which a row starts afresh.
        text: The cell.
        shared: Quantities that the units of a block share, by spaces.
        sizes: Input, hidden, projection, units of a block.
        flags: Whether reversed, whether a state is given, whether a fresh one is.

    Returns:
        Outputs, final states, and what the backward pass needs.
    """
    scan = _scan(tensors, lengths, reset, text, shared, sizes, flags)
    try:
        call = Call(scan, training=True, alone=False)
    except CompilerError:
        scanned = reference(scan)
        return [scanned.y, *scanned.state.values(), torch.empty(0)]
    y, *final = call.forward()
    assert call.saved is not None
    return [y, *final, call.saved.take()]


@scan_operator.register_fake
def _(
    tensors: Sequence[Tensor],
    lengths: Tensor | None,
    reset: Tensor | None,
    text: str,
    shared: str,
    sizes: Sequence[int],
    flags: Sequence[bool],
) -> list[Tensor]:
    x, cell = tensors[0], _cell(text, shared)
    own = Sizes(*sizes)
    # what is kept depends on them in a way that no symbol follows
    batch, steps = int(x.shape[0]), int(x.shape[1])
    width = own.of(cell.equations.sizes["h"])
    final = [x.new_empty(batch, own.of(cell.equations.sizes[n])) for n in cell.equations.states]
    try:
        saved, _, _ = program(cell, own, under_rules=False).needs(batch, steps, 1, 1, 0, 0, 0)
        y = x.new_empty(steps, batch, whole(width)).transpose(0, 1)[:, :, :width]
    except CompilerError:
        saved, y = 0, x.new_empty(batch, steps, width)
    return [y, *final, x.new_empty(saved)]


@torch.library.custom_op("lstmkit::scan_backward", mutates_args=())
def backward_operator(
    tensors: Sequence[Tensor],
    lengths: Tensor | None,
    reset: Tensor | None,
    text: str,
    shared: str,
    sizes: Sequence[int],
    flags: Sequence[bool],
    y: Tensor,
    saved: Tensor,
    cotangents: Sequence[Tensor],
    wanted: Sequence[bool],
) -> list[Tensor]:
    """Differentiates a scan.

    Args:
        tensors: As of `scan_operator`, like the next six.
        lengths: Real steps of each row.
        reset: Steps at which a row starts afresh.
        text: The cell.
        shared: Quantities that the units of a block share, by spaces.
        sizes: Input, hidden, projection, units of a block.
        flags: Whether reversed, whether a state is given, whether a fresh one is.
        y: Outputs.
        saved: What was kept.
        cotangents: Gradients of outputs and final states.
        wanted: Which tensors want a gradient.

    Returns:
        A gradient for each tensor, empty where none is wanted.
    """
    scan = _scan(tensors, lengths, reset, text, shared, sizes, flags)
    if saved.numel():
        call = Call(scan, training=True, alone=False)
        # adjoints are written where the values stood, and an operator changes no argument
        call.y, call.saved = y, Lease.of(saved.clone())
        found = call.backward(cotangents, wanted)
    else:
        found = run_again(reference, scan, tensors, cotangents, wanted)
    pairs = zip(found, tensors, strict=True)
    return [t.new_empty(0) if g is None else g.contiguous() for g, t in pairs]


@backward_operator.register_fake
def _(
    tensors: Sequence[Tensor],
    lengths: Tensor | None,
    reset: Tensor | None,
    text: str,
    shared: str,
    sizes: Sequence[int],
    flags: Sequence[bool],
    y: Tensor,
    saved: Tensor,
    cotangents: Sequence[Tensor],
    wanted: Sequence[bool],
) -> list[Tensor]:
    pairs = zip(tensors, wanted, strict=True)
    return [t.new_empty(t.shape) if want else t.new_empty(0) for t, want in pairs]


def _remember(ctx: Any, inputs: tuple[Any, ...], output: list[Tensor]) -> None:
    tensors, lengths, reset, *rest = inputs
    y, *_, saved = output
    ctx.save_for_backward(*tensors, lengths, reset, y, saved)
    ctx.rest, ctx.wanted = rest, [tensor.requires_grad for tensor in tensors]
    ctx.shapes = [part.shape for part in output[:-1]]


def _differentiate(ctx: Any, cotangents: Sequence[Tensor | None]) -> tuple[Any, ...]:
    *tensors, lengths, reset, y, saved = ctx.saved_tensors
    given = [
        y.new_zeros(shape) if cotangent is None else cotangent
        for cotangent, shape in zip(cotangents[:-1], ctx.shapes, strict=True)
    ]
    found = backward_operator(tensors, lengths, reset, *ctx.rest, y, saved, given, ctx.wanted)
    pairs = zip(found, ctx.wanted, strict=True)
    return [g if want else None for g, want in pairs], *(None for _ in range(6))


scan_operator.register_autograd(_differentiate, setup_context=_remember)


@lru_cache(maxsize=256)
def _cell(text: str, shared: str) -> Layout:
    equations: Equations = read(text, "cell", tuple(shared.split()))
    return layout(equations)


def _scan(
    tensors: Sequence[Tensor],
    lengths: Tensor | None,
    reset: Tensor | None,
    text: str,
    shared: str,
    sizes: Sequence[int],
    flags: Sequence[bool],
) -> Scan:
    cell, own = _cell(text, shared), Sizes(*sizes)
    reverse, has_state, has_fresh = flags
    x, *rest = tensors
    states = cell.equations.states
    empty = dict.fromkeys(states, x)
    bare = Scan(
        layout=cell,
        sizes=own,
        parameters=dict.fromkeys(cell.shapes(own), x),
        x=x,
        state=empty if has_state else None,
        fresh=empty if has_fresh else None,
        lengths=lengths,
        reset=reset,
        reverse=reverse,
    )
    return bare.with_tensors([x, *rest])
