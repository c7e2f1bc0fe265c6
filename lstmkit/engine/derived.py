"""The reference scan with the derived backward equations in place of autograd.

This is the door of every compiled path: a torch operator whose backward runs the derived
equations, and whose second derivative falls back to the reference.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine.backward import Backward, derive
from lstmkit.engine.checkpoint import run_again
from lstmkit.engine.evaluate import Scope, evaluate
from lstmkit.engine.reference import reference
from lstmkit.engine.scan import Scan, Scanned
from lstmkit.engine.tree import Line, Product

Named = dict[str, Tensor]


def refuse_derived(scan: Scan) -> str | None:
    """Says why the derived equations cannot run a scan, or None if they can."""
    if scan.trace:
        return "the derived path records no trace"
    if not scan.rules.none:
        return "the derived path has no zoneout, recurrent dropout or clipping"
    if torch._C._functorch.peek_interpreter_stack() is not None:
        return "the derived path cannot be vmapped"
    return None


def derived(scan: Scan) -> Scanned:
    """Runs a scan with the derived backward; `refuse_derived(scan)` must be None."""
    scan = scan.with_states()
    y, *final = _Derived.apply(scan, *scan.tensors())  # type: ignore[no-untyped-call]
    return Scanned(y=y, state=dict(zip(scan.equations.states, final, strict=True)))


class _Derived(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scan: Scan, *tensors: Tensor) -> tuple[Tensor, ...]:
        run = _Run(scan.with_tensors(tensors))
        ctx.save_for_backward(*tensors)
        ctx.run, ctx.scan = run, scan
        y, final = run.forward()
        return y, *final.values()

    @staticmethod
    def backward(ctx: Any, *cotangents: Tensor) -> tuple[Tensor | None, ...]:
        wanted = ctx.needs_input_grad[1:]
        if torch.is_grad_enabled():
            return None, *run_again(reference, ctx.scan, ctx.saved_tensors, cotangents, wanted)
        found = ctx.run.backward(cotangents[0], cotangents[1:])
        return None, *(g if want else None for g, want in zip(found, wanted, strict=True))


class _Run:
    """One forward pass with what it saved, and the backward pass over it."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan
        assert scan.state is not None
        assert scan.fresh is not None
        self.start, self.fresh = dict(scan.state), dict(scan.fresh)
        self.equations = scan.equations
        self.derivation: Backward = derive(scan.equations)
        self.named = scan.layout.named(scan.parameters, scan.sizes)
        self.saved: list[Scope] = []
        steps = range(scan.x.shape[1])
        self.steps = list(reversed(steps)) if scan.reverse else list(steps)
        self.real = self._real()

    def _real(self) -> Tensor | None:
        if self.scan.lengths is None:
            return None
        steps = torch.arange(self.scan.x.shape[1], device=self.scan.x.device)
        return steps < self.scan.lengths.to(steps.device)[:, None]

    def begins(self, step: int) -> Tensor | None:
        """Rows (batch, 1) that start afresh before a step."""
        reset, at = self.scan.reset, step + 1 if self.scan.reverse else step
        if reset is None or at >= reset.shape[1]:
            return None
        active = self.active(step)
        return reset[:, at, None] if active is None else reset[:, at, None] & active

    def active(self, step: int) -> Tensor | None:
        return None if self.real is None else self.real[:, step, None]

    def product(self, scope: Scope, product: Product) -> Tensor:
        operand = evaluate(product.operand, scope)
        assert isinstance(operand, Tensor)
        return operand @ self.named[product.map].mT

    def transposed(self, name: str, adjoint: Tensor) -> Tensor:
        return adjoint @ self.named[name]

    def forward(self) -> tuple[Tensor, Named]:
        scan, state = self.scan, dict(self.start)
        width = scan.sizes.of(self.equations.sizes["h"])
        y = scan.x.new_zeros(*scan.x.shape[:2], width)
        for step in self.steps:
            begins, active = self.begins(step), self.active(step)
            before = state if begins is None else _select(begins, self.fresh, state)
            values = self.step(scan.x[:, step], before, active)
            after = {name: values[name] for name in state}
            state = after if active is None else _select(active, after, state)
            y[:, step] = _masked(active, values["h"])
        return y, {name: value.clone() for name, value in state.items()}

    def step(self, x: Tensor, before: Named, active: Tensor | None) -> Named:
        vectors = {name: self.named[name] for name in self.equations.vectors}
        scope = Scope(
            {"x": _masked(active, x)} | vectors,
            before,
            lambda product: self.product(scope, product),
            self.scan.sizes.block_size,
            transposed=self.transposed,
        )
        for line in self.derivation.forward:
            value = evaluate(line.expression, scope)
            assert isinstance(value, Tensor)
            rows = x.shape[0]
            scope.values[line.name] = value if value.dim() > 1 else value.expand(rows, -1)
        self.saved.append(scope)
        return scope.values

    def backward(self, d_y: Tensor, d_final: tuple[Tensor, ...]) -> list[Tensor]:
        scan, states = self.scan, self.equations.states
        d_state = dict(zip(states, d_final, strict=True))
        d_fresh = {name: torch.zeros_like(value) for name, value in self.fresh.items()}
        d_named = {name: torch.zeros_like(value) for name, value in self.named.items()}
        d_x = torch.zeros_like(scan.x)
        for step, scope in zip(reversed(self.steps), reversed(self.saved), strict=True):
            active = self.active(step)
            arriving = {name: _masked(active, value) for name, value in d_state.items()}
            from_loss = _masked(active, d_y[:, step])
            arriving["h"] = arriving["h"] + from_loss if "h" in arriving else from_loss
            self.adjoints(scope, arriving)
            self.accumulate(scope, d_named)
            d_x[:, step] = self.adjoint_of(self.derivation.input, scope, scan.x[:, step])
            d_before = {
                line.name: self.adjoint_of(line, scope, self.start[line.name])
                for line in self.derivation.carries
            }
            if active is not None:
                d_before = _select(active, d_before, d_state)
            d_state = self.hand_over(d_before, d_fresh, self.begins(step))
        stored = self.stored(d_named)
        return [d_x, *d_state.values(), *d_fresh.values(), *stored]

    def adjoints(self, scope: Scope, arriving: Named) -> None:
        found: Named = {}
        scope.next, scope.adjoints = arriving, found
        for line in self.derivation.lines:
            found[line.name] = self.adjoint_of(line, scope, scope.values[line.name])

    def adjoint_of(self, line: Line, scope: Scope, like: Tensor) -> Tensor:
        value = evaluate(line.expression, scope)
        return value.expand_as(like) if isinstance(value, Tensor) else torch.zeros_like(like)

    def accumulate(self, scope: Scope, d_named: Named) -> None:
        for line in self.derivation.gradients:
            value = evaluate(line.expression, scope)
            if isinstance(value, Tensor):
                d_named[line.name] += value.sum(0) if line.name in self.equations.vectors else value

    def hand_over(self, d_before: Named, d_fresh: Named, begins: Tensor | None) -> Named:
        """Where a row started afresh, the adjoint belongs to the fresh state."""
        if begins is None:
            return d_before
        for name, adjoint in d_before.items():
            d_fresh[name] += _masked(begins, adjoint)
        return {name: _masked(~begins, adjoint) for name, adjoint in d_before.items()}

    def stored(self, d_named: Named) -> list[Tensor]:
        grouped = {
            group.stem: torch.cat([d_named[name] for name in group.maps])
            for group in self.scan.layout.groups
        }
        return [(d_named | grouped)[name] for name in self.scan.parameters]


def _select(
    condition: Tensor, chosen: Mapping[str, Tensor], otherwise: Mapping[str, Tensor]
) -> Named:
    return {name: torch.where(condition, chosen[name], otherwise[name]) for name in otherwise}


def _masked(active: Tensor | None, value: Tensor) -> Tensor:
    return value if active is None else torch.where(active, value, torch.zeros_like(value))
