"""The reference scan, the meaning of a cell: its tree walked over torch tensors, step by step."""

from collections.abc import Mapping

import torch
from torch import Tensor

from lstmkit.engine.evaluate import Scope, evaluate
from lstmkit.engine.layout import Group
from lstmkit.engine.philox import drawn
from lstmkit.engine.scan import Scan, Scanned
from lstmkit.engine.tree import Name, Node, Previous, Product, walk


def reference(scan: Scan) -> Scanned:
    """Runs a cell over time as its equations say; autograd differentiates it.

    Products with the input are taken for all steps at once, everything else step by step.

    Args:
        scan: What to run.

    Returns:
        Outputs, final state and, if asked for, the trace.
    """
    scan = scan.with_states()
    x, real = _without_padding(scan)
    steps = range(x.shape[1])
    products, inputs, zoneout = _Products(scan, x), x.unbind(1), _Zoneout(scan)
    state = dict(scan.state or {})
    outputs: dict[int, Tensor] = {}
    traces: dict[int, dict[str, Tensor]] = {}
    for step in reversed(steps) if scan.reverse else steps:
        before = _after_reset(scan, state, step)
        values = _one_step(scan, products.at(step, before), inputs[step], before)
        after = {name: values[name] for name in scan.equations.states}
        after = zoneout.at(step, before, after)
        active = None if real is None else real[:, step, None]
        state = after if active is None else _where(active, after, state)
        kept = values | after
        outputs[step] = _only(active, kept["h"])
        if scan.trace:
            traces[step] = {name: _only(active, kept[name]) for name in scan.equations.quantities}
    trace = {
        name: torch.stack([traces[step][name] for step in steps], 1)
        for name in (scan.equations.quantities if scan.trace and outputs else ())
    }
    return Scanned(y=_stacked(scan, [outputs[step] for step in steps]), state=state, trace=trace)


def _stacked(scan: Scan, outputs: list[Tensor]) -> Tensor:
    if outputs:
        return torch.stack(outputs, 1)
    width = scan.sizes.of(scan.equations.sizes["h"])
    return scan.x.new_zeros(scan.x.shape[0], 0, width)


def _without_padding(scan: Scan) -> tuple[Tensor, Tensor | None]:
    if scan.lengths is None:
        return scan.x, None
    steps = torch.arange(scan.x.shape[1], device=scan.x.device)
    real = steps < scan.lengths.to(scan.x.device)[:, None]
    # whatever stands in padding, even NaN, must reach neither a value nor a gradient
    return torch.where(real[:, :, None], scan.x, torch.zeros_like(scan.x)), real


def _after_reset(scan: Scan, state: dict[str, Tensor], step: int) -> dict[str, Tensor]:
    """Backwards, a sequence that begins at step + 1 ends the run before this step."""
    if scan.reset is None:
        return state
    begins = step + 1 if scan.reverse else step
    if begins >= scan.reset.shape[1]:
        return state
    return _where(scan.reset[:, begins, None], scan.fresh or {}, state)


def _where(
    condition: Tensor, chosen: Mapping[str, Tensor], otherwise: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    return {name: torch.where(condition, chosen[name], otherwise[name]) for name in otherwise}


def _only(active: Tensor | None, value: Tensor) -> Tensor:
    return value if active is None else torch.where(active, value, torch.zeros_like(value))


class _Zoneout:
    """Keeps units of a state as they were; what is drawn is drawn for some steps at once."""

    TOGETHER = 32

    def __init__(self, scan: Scan) -> None:
        self.scan, self.rules = scan, scan.rules
        self.draws: dict[tuple[str, int], Tensor] = {}

    def at(
        self, step: int, before: Mapping[str, Tensor], after: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        mixed = dict(after)
        for name, probability in self.rules.zoneout.items():
            if self.rules.training:
                keep = self.drawn(name, step, after[name])
                mixed[name] = torch.where(keep, before[name], after[name])
            else:
                mixed[name] = probability * before[name] + (1 - probability) * after[name]
        return mixed

    def drawn(self, name: str, step: int, like: Tensor) -> Tensor:
        start = step - step % self.TOGETHER
        if (name, start) not in self.draws:
            seed = self.rules.seed
            assert seed is not None
            self.draws[name, start] = drawn(
                seed.to(like.device),
                self.scan.equations.states.index(name),
                self.rules.zoneout[name],
                (self.TOGETHER, *like.shape),
                self.scan.first + start,
            )
        return self.draws[name, start][step - start]


def _one_step(
    scan: Scan, products: "_StepProducts", x: Tensor, before: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    vectors = {name: scan.parameters[name] for name in scan.equations.vectors}
    scope = Scope({"x": x, **vectors}, before, products, scan.sizes.block_size)
    products.scope = scope
    values: dict[str, Tensor] = {}
    for line in scan.equations.lines:
        value = evaluate(line.expression, scope)
        assert isinstance(value, Tensor)
        if value.dim() == 1:
            value = value.expand(x.shape[0], -1)
        if line.name in scan.rules.clip:
            bound = scan.rules.clip[line.name]
            value = value.clamp(-bound, bound)
        values[line.name] = scope.values[line.name] = value
    return values


class _Products:
    """Applies learned maps: those of the input for all steps at once, the others on demand."""

    def __init__(self, scan: Scan, x: Tensor) -> None:
        self.scan = scan
        self.layout = scan.layout
        self.group_of = {name: group for group in self.layout.groups for name in group.maps}
        self.of_input = {
            # unbind, because the gradient of T slices would cost T times the whole product
            group.stem: (x @ scan.parameters[group.stem].mT).unbind(1)
            for group in self.layout.groups
            # asked by type, because the compiler of torch 2.6 takes all nodes for equal
            if isinstance(group.operand, Name) and group.operand.name == "x"
        }

    def at(self, step: int, before: Mapping[str, Tensor]) -> "_StepProducts":
        ready = {stem: product[step] for stem, product in self.of_input.items()}
        return _StepProducts(self, ready, before)


class _StepProducts:
    """The products of one step, each group of maps of one operand multiplied once."""

    def __init__(
        self, owner: _Products, ready: dict[str, Tensor], before: Mapping[str, Tensor]
    ) -> None:
        self.owner = owner
        self.ready = ready
        masks = owner.scan.rules.masks
        self.masked = {
            name: value * masks[name] if name in masks else value for name, value in before.items()
        }
        self.parts: dict[tuple[str, Node], dict[str, Tensor]] = {}
        self.scope: Scope

    def __call__(self, product: Product) -> Tensor:
        group = self.owner.group_of[product.map]
        key = (group.stem, product.operand)
        if key not in self.parts:
            self.parts[key] = self.multiply(group, product.operand)
        return self.parts[key][product.map]

    def multiply(self, group: Group, operand: Node) -> dict[str, Tensor]:
        owner = self.owner
        if operand == group.operand and group.stem in self.ready:
            whole = self.ready[group.stem]
        else:
            value = evaluate(operand, self.inside_product(operand))
            assert isinstance(value, Tensor)
            whole = value @ owner.scan.parameters[group.stem].mT
        rows = owner.layout.rows(group, owner.scan.sizes)
        return dict(zip(group.maps, whole.split(rows, -1), strict=True))

    def inside_product(self, operand: Node) -> Scope:
        """Where a map reads a state, it reads it through the dropout mask."""
        scope = self.scope
        if any(isinstance(part, Previous) for part in walk(operand)):
            return Scope(scope.values, self.masked, scope.product, scope.block_size)
        return scope
