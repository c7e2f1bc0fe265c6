"""Laws of a scan: of its steps and pieces, of rows, padding, resets and directions."""

from typing import Any

import torch
from torch import Tensor

from lstmkit.nn.laws.subject import (
    LawBrokenError,
    Subject,
    random_start,
    rows,
    same,
    same_state,
    tensors,
)


def stepwise(subject: Subject) -> None:
    """Step by step gives what the whole sequence gives."""
    layer, x = subject.layer(num_layers=2), subject.input(3, 6)
    whole, final = layer(x)
    state, outputs = None, []
    for step in range(6):
        y, state = layer(x[:, step : step + 1], state)
        outputs.append(y)
    same("outputs", torch.cat(outputs, 1), whole)
    same_state("after the last step", state, final)


def pieces(subject: Subject) -> None:
    """Two pieces with the state carried over give what one scan gives."""
    layer, x = subject.layer(), subject.input(3, 7)
    start = random_start(layer, x)
    whole, final = layer(x, start)
    first, middle = layer(x[:, :4], start)
    second, last = layer(x[:, 4:], middle)
    same("outputs", torch.cat([first, second], 1), whole)
    same_state("after the second piece", last, final)


def no_state(subject: Subject) -> None:
    """No state is the initial state, written out."""
    layer, x = subject.layer(), subject.input(3, 5)
    y, final = layer(x)
    zero = type(final)(*(tuple(torch.zeros_like(part) for part in field) for field in final))
    explicit, last = layer(x, zero)
    same("outputs", explicit, y)
    same_state("final", last, final)


def batch_independence(subject: Subject) -> None:
    """The other rows of a batch never change a row."""
    layer, x = subject.layer(), subject.input(4, 5)
    y, state = layer(x)
    order = torch.tensor([2, 0, 3])
    some, some_state = layer(x[order])
    same("rows taken from the batch", some, y[order])
    same_state("rows taken from the batch", some_state, rows(state, order))


def causality(subject: Subject) -> None:
    """No output depends on a later input."""
    layer = subject.layer(num_layers=2)
    x = subject.input(2, 6).requires_grad_()
    y, _ = layer(x)
    for step in range(6):
        weights = torch.randn_like(y[:, step])
        (gradient,) = torch.autograd.grad((y[:, step] * weights).sum(), x, retain_graph=True)
        if bool(gradient[:, step + 1 :].ne(0).any()):
            raise LawBrokenError(f"the output of step {step} depends on a later input")


def padding(subject: Subject) -> None:
    """Each row alone gives what it gives in a padded batch; padding gets no gradient."""
    for bidirectional in (False, True):
        layer = subject.layer(bidirectional=bidirectional)
        lengths = torch.tensor([6, 3, 0, 1])
        x = subject.input(4, 6)
        for row, length in enumerate(lengths):
            x[row, length:] = float("nan")
        x.requires_grad_()
        y, state = layer(x, lengths=lengths)
        for row, length in enumerate(lengths):
            alone, alone_state = layer(x[row : row + 1, :length].detach())
            same(f"row of {length} steps", y[row : row + 1, :length], alone)
            same_state(f"row of {length} steps", rows(state, slice(row, row + 1)), alone_state)
            if bool(y[row, length:].ne(0).any()):
                raise LawBrokenError("an output in padding is not 0")
        learned = tuple(layer.parameters())
        total = y.square().sum() + sum(part.sum() for part in tensors(state))
        gradients = torch.autograd.grad(total, (x, *learned), allow_unused=True)
        for row, length in enumerate(lengths):
            if bool(gradients[0][row, length:].ne(0).any()):
                raise LawBrokenError("padding receives a gradient")
        if not all(bool(g.isfinite().all()) for g in gradients if g is not None):
            raise LawBrokenError("NaN in padding reaches a gradient")


def resets(subject: Subject) -> None:
    """A reset at a step is a fresh start at that step."""
    for bidirectional in (False, True):
        layer, x = subject.layer(bidirectional=bidirectional), subject.input(2, 7)
        start = random_start(layer, x)
        reset = torch.zeros(2, 7, dtype=torch.bool)
        reset[1, 3] = reset[0, 0] = True
        y, state = layer(x, start, reset=reset)
        fresh = rows(_initial(layer, x), slice(0, 1))
        untouched, _ = layer(x[:1], _mix(fresh, start, 0, layer))
        same("a reset at the first step", y[:1], untouched)
        before, _ = layer(x[1:, :3], _mix(rows(start, slice(1, 2)), fresh, None, layer))
        after, after_state = layer(x[1:, 3:], _mix(fresh, rows(start, slice(1, 2)), None, layer))
        same("before the reset", y[1:, :3], before)
        same("after the reset", y[1:, 3:], after)
        for found, expected in zip(
            _forward(state, layer), _forward(after_state, layer), strict=True
        ):
            same("state after a reset", found[1:], expected)


def _initial(layer: Any, x: Tensor) -> Any:
    return layer(x[:, :0])[1]


def _mix(forward: Any, reverse: Any, row: int | None, layer: Any) -> Any:
    """A state whose forward directions come from one state and whose reverse ones from another."""
    step = 2 if layer.bidirectional else 1
    chosen = slice(None) if row is None else slice(row, row + 1)
    return type(forward)(
        *(
            tuple((b[chosen] if k % step else a) for k, (a, b) in enumerate(zip(f, r, strict=True)))
            for f, r in zip(forward, reverse, strict=True)
        )
    )


def _forward(state: Any, layer: Any) -> list[Tensor]:
    step = 2 if layer.bidirectional else 1
    return [part for field in state for part in field[::step]]


def reverse(subject: Subject) -> None:
    """The reverse direction is the forward one on the flipped sequence."""
    layer, x = subject.layer(bidirectional=True), subject.input(3, 5)
    one = subject.layer()
    with torch.no_grad():
        for theirs, ours in zip(
            one.parameters(), layer.reverse_layers[0].parameters(), strict=True
        ):
            theirs.copy_(ours)
    y, state = layer(x)
    flipped, flipped_state = one(x.flip(1))
    same("outputs", y[..., y.shape[-1] // 2 :], flipped.flip(1))
    for name in state._fields:
        same(f"state {name}", getattr(state, name)[1], getattr(flipped_state, name)[0])
