"""The scan of a cell over maps: the engine's own evaluation of its tree, channels last."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lstmkit.engine import Equations, Layout, Rules, Sizes
from lstmkit.engine.evaluate import Scope, evaluate
from lstmkit.engine.ruled import givens, ruled
from lstmkit.nn.conv.products import Products

State = Mapping[str, Tensor]


@dataclass(kw_only=True, slots=True)
class ConvScan:
    """One run of a cell over a batch of sequences of maps, in one direction.

    Attributes:
        layout: The cell's equations and how its parameters are stored.
        sizes: Channels.
        parameters: Kernels as stored, vectors with their channels last.
        x: Input.
        state: State before the first step, by name, each (batch, ..., channels).
        fresh: State that a reset puts in place.
        lengths: Real steps of each row.
        reset: Steps at which a row starts afresh.
        reverse: Run from the last step to the first.
        rules: What the layer adds to the equations.
        trace: Record every quantity.
    """

    layout: Layout
    sizes: Sizes
    parameters: State
    x: Float[Tensor, "batch time *grid channels"]
    state: State
    fresh: State
    lengths: Int[Tensor, " batch"] | None = None
    reset: Bool[Tensor, "batch time"] | None = None
    reverse: bool = False
    rules: Rules = field(default_factory=Rules)
    trace: bool = False


@dataclass(kw_only=True, slots=True)
class ConvScanned:
    """What a scan over maps gives.

    Attributes:
        y: Output of every step, zero in padding.
        state: State after the last real step of each row, by name (batch, ..., channels).
        trace: Every quantity over time (batch, time, ..., channels); empty unless asked for.
    """

    y: Float[Tensor, "batch time *grid output"]
    state: State
    trace: State


def run(scan: ConvScan) -> ConvScanned:
    """Runs a cell over time as its equations say; autograd differentiates it.

    Args:
        scan: What to run.

    Returns:
        Outputs, final state and, if asked for, the trace.
    """
    quantities = scan.layout.equations.quantities if scan.trace else ("h",)
    real, begins = _real(scan), _begins(scan)
    if real is not None:
        # whatever stands in padding, even NaN, must reach neither a value nor a gradient
        scan = replace(scan, x=torch.where(real, scan.x, torch.zeros_like(scan.x)))
    one_step, state = _Step(scan), scan.state
    steps = range(scan.x.shape[1])
    kept: dict[str, list[Tensor]] = {name: [] for name in quantities}
    for step in reversed(steps) if scan.reverse else steps:
        before = state
        if begins is not None:
            before = {n: torch.where(begins[:, step], scan.fresh[n], state[n]) for n in state}
        values = one_step(step, before)
        if real is None:
            state = {name: values[name] for name in state}
        else:
            now = real[:, step]
            state = {name: torch.where(now, values[name], old) for name, old in state.items()}
            for name in quantities:
                values[name] = torch.where(now, values[name], torch.zeros_like(values[name]))
        for name in quantities:
            kept[name].append(values[name])
    over_time = {name: _stacked(scan, name, kept[name]) for name in quantities}
    trace = over_time if scan.trace and steps else {}
    return ConvScanned(y=over_time["h"], state=state, trace=trace)


def _stacked(scan: ConvScan, name: str, values: list[Tensor]) -> Tensor:
    """Puts what came step by step in the order of time."""
    if not values:
        channels = scan.sizes.of(scan.layout.equations.sizes[name])
        return scan.x.new_zeros((scan.x.shape[0], 0, *scan.x.shape[2:-1], channels))
    return torch.stack(values[::-1] if scan.reverse else values, 1)


def _real(scan: ConvScan) -> Tensor | None:
    """Which steps are no padding, of a shape that meets any map (batch, time, 1, ..., 1)."""
    if scan.lengths is None:
        return None
    here = scan.x.device
    steps = torch.arange(scan.x.shape[1], device=here)
    return _over_maps(steps < scan.lengths.to(here)[:, None], scan.x)


def _begins(scan: ConvScan) -> Tensor | None:
    """Before which steps a row starts afresh; backwards, a sequence ends one step later."""
    if scan.reset is None:
        return None
    begins = scan.reset
    if scan.reverse:
        begins = torch.cat([begins[:, 1:], torch.zeros_like(begins[:, :1])], 1)
    return _over_maps(begins, scan.x)


def _over_maps(mask: Tensor, x: Tensor) -> Tensor:
    return mask.reshape(*mask.shape, *[1] * (x.dim() - 2))


class _Step:
    """Computes all quantities of a step from the state before it."""

    def __init__(self, scan: ConvScan) -> None:
        self.scan, own = scan, scan.layout.equations
        # what a layer adds to its state is written into the equations, once and for every cell
        self.equations = own if scan.rules.none else ruled(own)
        self.products = Products(scan.layout, scan.sizes, scan.parameters, scan.x)
        self.vectors = {name: scan.parameters[name] for name in own.vectors}
        self.inputs = scan.x.unbind(1)

    def __call__(self, step: int, before: State) -> dict[str, Tensor]:
        x = self.inputs[step]
        given = _given(self.equations, self.scan.rules, before)
        scope = Scope({"x": x, **self.vectors, **given}, before, _none, self.scan.sizes.block_size)
        scope.product = self.products.at(step, scope)
        for line in self.equations.lines:
            value = evaluate(line.expression, scope)
            assert isinstance(value, Tensor)
            # a line of learned vectors alone is the same in every row and at every position
            value = value.expand(*x.shape[:-1], value.shape[-1])
            scope.values[line.name] = value
        return scope.values


def _none(product: object) -> Tensor:
    raise AssertionError(product)


def _given(equations: Equations, rules: Rules, before: State) -> dict[str, Tensor]:
    """What the equations under rules read beside the state: bounds, masks, units that are kept."""
    found = {}
    for one in givens(equations) if equations.given else ():
        old = before[one.state]
        if one.kind == "mask":
            value = rules.masks.get(one.state, old.new_ones(()))
        elif one.kind == "clip":
            value = old.new_tensor(rules.clip.get(one.state, float("inf")))
        elif rules.training:
            # drawn in float32 for every type, by torch, so that its seed governs
            drawn = torch.rand(old.shape, dtype=torch.float32, device=old.device)
            value = (drawn < rules.zoneout.get(one.state, 0.0)).to(old)
        else:
            value = old.new_tensor(rules.zoneout.get(one.state, 0.0))
        found[one.name] = value
    return found
