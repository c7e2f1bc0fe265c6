"""What must be true of every cell, on every engine path: each law is one function.

A law takes a `Subject`, builds layers of it in float64 with random parameters, and raises
`LawBrokenError` with a sentence when the layer does not obey.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine import use_path
from lstmkit.nn.tolerance import TOLERANCE, error


class LawBrokenError(AssertionError):
    """A layer does not obey a law; the message says how."""


@dataclass(frozen=True)
class Subject:
    """What a law is applied to.

    Attributes:
        make: Builds a layer: `LSTM` with its cell given, or a class of the same signature.
        input_size: Features of a step.
        hidden_size: Units; equal to the features where a cell reads x unit by unit.
    """

    make: Callable[..., Any]
    input_size: int = 3
    hidden_size: int = 4

    def fresh(self, dtype: torch.dtype = torch.float64, **options: Any) -> Any:
        """Builds a layer that starts as layers start."""
        return self.make(self.input_size, self.hidden_size, dtype=dtype, **options)

    def layer(self, dtype: torch.dtype = torch.float64, **options: Any) -> Any:
        """Builds a layer whose parameters are all random, none 0."""
        layer = self.fresh(dtype, **options)
        with torch.no_grad():
            for parameter in layer.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))
        return layer

    def input(self, batch: int, time: int, dtype: torch.dtype = torch.float64) -> Tensor:
        """Returns a random input."""
        return torch.randn(batch, time, self.input_size, dtype=dtype)


def _same(what: str, found: Tensor, expected: Tensor, tolerance: float = TOLERANCE["same"]) -> None:
    if found.shape != expected.shape:
        raise LawBrokenError(
            f"{what}: shape {tuple(found.shape)}, expected {tuple(expected.shape)}"
        )
    if not error(found, expected) <= tolerance:
        raise LawBrokenError(
            f"{what}: relative difference {error(found, expected):.1e}, allowed {tolerance:.0e}"
        )


def _same_state(what: str, found: Any, expected: Any) -> None:
    for name in expected._fields:
        for one, other in zip(getattr(found, name), getattr(expected, name), strict=True):
            _same(f"{what}, state {name}", one, other)


def _rows(state: Any, chosen: Any) -> Any:
    return type(state)(*(tuple(part[chosen] for part in field) for field in state))


def _tensors(state: Any) -> list[Tensor]:
    return [part for field in state for part in field]


def _random_start(layer: Any, x: Tensor) -> Any:
    """A state that the cell can reach: the one after a few random steps."""
    with torch.no_grad():
        _, state = layer(torch.randn_like(x[:, :1]).expand(-1, 3, -1).contiguous())
    return state


def shapes(subject: Subject) -> None:
    """Output and state have the shape, type and device of the layer."""
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        layer = subject.layer(dtype, bidirectional=True)
        y, state = layer(subject.input(2, 5, dtype))
        if y.shape != (2, 5, layer.output_size) or y.dtype != dtype:
            raise LawBrokenError(f"output is {y.dtype} {tuple(y.shape)}")
        for part in _tensors(state):
            if part.dtype != dtype or part.shape[0] != 2 or part.dim() != 2:
                raise LawBrokenError(f"state is {part.dtype} {tuple(part.shape)}")


def stepwise(subject: Subject) -> None:
    """Step by step gives what the whole sequence gives."""
    layer, x = subject.layer(num_layers=2), subject.input(3, 6)
    whole, final = layer(x)
    state, outputs = None, []
    for step in range(6):
        y, state = layer(x[:, step : step + 1], state)
        outputs.append(y)
    _same("outputs", torch.cat(outputs, 1), whole)
    _same_state("after the last step", state, final)


def pieces(subject: Subject) -> None:
    """Two pieces with the state carried over give what one scan gives."""
    layer, x = subject.layer(), subject.input(3, 7)
    start = _random_start(layer, x)
    whole, final = layer(x, start)
    first, middle = layer(x[:, :4], start)
    second, last = layer(x[:, 4:], middle)
    _same("outputs", torch.cat([first, second], 1), whole)
    _same_state("after the second piece", last, final)


def no_state(subject: Subject) -> None:
    """No state is the initial state, written out."""
    layer, x = subject.layer(), subject.input(3, 5)
    y, final = layer(x)
    zero = type(final)(*(tuple(torch.zeros_like(part) for part in field) for field in final))
    explicit, last = layer(x, zero)
    _same("outputs", explicit, y)
    _same_state("final", last, final)


def batch_independence(subject: Subject) -> None:
    """The other rows of a batch never change a row."""
    layer, x = subject.layer(), subject.input(4, 5)
    y, state = layer(x)
    order = torch.tensor([2, 0, 3])
    some, some_state = layer(x[order])
    _same("rows taken from the batch", some, y[order])
    _same_state("rows taken from the batch", some_state, _rows(state, order))


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
            _same(f"row of {length} steps", y[row : row + 1, :length], alone)
            _same_state(f"row of {length} steps", _rows(state, slice(row, row + 1)), alone_state)
            if bool(y[row, length:].ne(0).any()):
                raise LawBrokenError("an output in padding is not 0")
        learned = tuple(layer.parameters())
        total = y.square().sum() + sum(part.sum() for part in _tensors(state))
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
        start = _random_start(layer, x)
        reset = torch.zeros(2, 7, dtype=torch.bool)
        reset[1, 3] = reset[0, 0] = True
        y, state = layer(x, start, reset=reset)
        fresh = _rows(_initial(layer, x), slice(0, 1))
        untouched, _ = layer(x[:1], _mix(fresh, start, 0, layer))
        _same("a reset at the first step", y[:1], untouched)
        before, _ = layer(x[1:, :3], _mix(_rows(start, slice(1, 2)), fresh, None, layer))
        after, after_state = layer(x[1:, 3:], _mix(fresh, _rows(start, slice(1, 2)), None, layer))
        _same("before the reset", y[1:, :3], before)
        _same("after the reset", y[1:, 3:], after)
        for found, expected in zip(
            _forward(state, layer), _forward(after_state, layer), strict=True
        ):
            _same("state after a reset", found[1:], expected)


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
    _same("outputs", y[..., y.shape[-1] // 2 :], flipped.flip(1))
    for name in state._fields:
        _same(f"state {name}", getattr(state, name)[1], getattr(flipped_state, name)[0])


def gradients(subject: Subject) -> None:
    """Autograd agrees with finite differences, for input, state and every parameter."""
    layer, x = subject.layer(), subject.input(2, 3)
    start = _random_start(layer, x)
    learned = {name: one.detach().clone() for name, one in layer.named_parameters()}
    states = {f"state {number}": part for number, part in enumerate(_tensors(start))}
    given = {"the input": x, **states, **learned}
    sizes = [one.numel() for one in given.values()]

    def scan(numbers: Tensor) -> Tensor:
        parts = zip(given, given.values(), numbers.split(sizes), strict=True)
        told = {name: part.view_as(like) for name, like, part in parts}
        state = type(start)(*((told[name],) for name in states))
        weights = {name: told[name] for name in learned}
        y, final = torch.func.functional_call(layer, weights, (told["the input"], state))
        return torch.cat([part.flatten() for part in (y, *_tensors(final))])

    numbers = torch.cat([one.flatten() for one in given.values()]).requires_grad_()
    outputs = scan(numbers)
    found = [torch.autograd.grad(one, numbers, retain_graph=True)[0] for one in outputs]
    slopes = _slopes(scan, numbers.detach())
    for name, one, other in zip(
        given, torch.stack(found).split(sizes, 1), slopes.split(sizes, 1), strict=True
    ):
        if not torch.allclose(one, other, rtol=1e-5, atol=1e-6):
            place = int((one - other).abs().nan_to_num(torch.inf).argmax())
            raise LawBrokenError(
                f"a gradient by {name} differs from finite differences: "
                f"{one.flatten()[place]:.6g}, expected {other.flatten()[place]:.6g}"
            )


def _slopes(scan: Callable[[Tensor], Tensor], numbers: Tensor) -> Tensor:
    """Central differences of every output by every number, (outputs, numbers)."""
    moved = 1e-6 * torch.eye(len(numbers), dtype=numbers.dtype)
    # all of them side by side in one pass
    up, down = torch.func.vmap(scan)(torch.cat([numbers + moved, numbers - moved])).chunk(2)
    return ((up - down) / 2e-6).T


def paths(subject: Subject) -> None:
    """Every engine path that takes the cell equals the reference in value and every gradient."""
    layer = subject.layer()
    reset = torch.rand(4, 6) < 0.3
    for options in ({}, {"lengths": torch.tensor([6, 2, 0, 5]), "reset": reset}):
        x = subject.input(4, 6).requires_grad_()
        state = [p.clone().requires_grad_() for p in _tensors(_random_start(layer, x))]
        expected = _value_and_gradients("reference", layer, x, state, options)
        for path in _taken(layer, x, options):
            found = _value_and_gradients(path, layer, x, state, options)
            for number, (one, other) in enumerate(zip(found, expected, strict=True)):
                _same(f"{path}, tensor {number}", one, other, TOLERANCE["path"])
        _engine_agrees(layer, x, state, options, expected)


def _engine_agrees(
    layer: Any,
    x: Tensor,
    state: list[Tensor],
    options: Mapping[str, Any],
    expected: list[Tensor],
) -> None:
    """The compiled engine works in float32; what vanishes in exact arithmetic is left out."""
    single = copy.deepcopy(layer).float()
    given = x.detach().float().requires_grad_()
    parts = [part.detach().float().requires_grad_() for part in state]
    if "cpu" not in _taken(single, given, options, ("cpu",)):
        return
    found = _value_and_gradients("cpu", single, given, parts, options)
    scale = max(float(tensor.detach().abs().max()) for tensor in expected if tensor.numel())
    for number, (one, other) in enumerate(zip(found, expected, strict=True)):
        if other.numel() and float(other.detach().abs().max()) > 1e-4 * scale:
            _same(f"cpu, tensor {number}", one.double(), other, TOLERANCE["engine"])


def _taken(
    layer: Any,
    x: Tensor,
    options: Mapping[str, Any],
    paths: Iterable[str] = ("derived", "torch"),
) -> list[str]:
    taken = []
    for path in paths:
        try:
            with use_path(path):
                layer(x, **options)
        except ValueError:
            continue
        taken.append(path)
    return taken


def _value_and_gradients(
    path: str, layer: Any, x: Tensor, parts: list[Tensor], options: Mapping[str, Any]
) -> list[Tensor]:
    kind = type(layer(x[:, :0])[1])
    with use_path(path):
        y, state = layer(x, kind(*((part,) for part in parts)), **options)
        outputs = [y, *_tensors(state)]
        generator = torch.Generator().manual_seed(7)
        cotangents = [
            torch.randn(o.shape, generator=generator, dtype=torch.float64).to(o.dtype)
            for o in outputs
        ]
        learned = [x, *parts, *layer.parameters()]
        total = sum((o * c).sum() for o, c in zip(outputs, cotangents, strict=True))
        found = torch.autograd.grad(total, learned, allow_unused=True)
    filled = [torch.zeros_like(p) if g is None else g for p, g in zip(learned, found, strict=True)]
    return [*outputs, *filled]


def copies(subject: Subject) -> None:
    """A saved and loaded layer, and a deep copy, give the same and share no storage."""
    layer, x = subject.layer(), subject.input(2, 4)
    expected, _ = layer(x)
    twin = copy.deepcopy(layer)
    loaded = subject.layer()
    loaded.load_state_dict(layer.state_dict())
    for what, other in (("deep copy", twin), ("loaded layer", loaded)):
        _same(what, other(x)[0], expected)
        with torch.no_grad():
            for parameter in other.parameters():
                parameter.add_(1.0)
    if not torch.equal(layer(x)[0], expected):
        raise LawBrokenError("changing a copy changed the layer")


def repeatability(subject: Subject) -> None:
    """The same seed gives the same bits, with everything dropped that can be."""
    runs = []
    for _ in range(2):
        torch.manual_seed(3)
        layer, x = subject.layer(num_layers=2), subject.input(2, 5)
        y, state = layer(x)
        y.sum().backward()
        runs.append([y, *_tensors(state), *(p.grad for p in layer.parameters())])
    for one, other in zip(*runs, strict=True):
        if (one is None) != (other is None) or (one is not None and not torch.equal(one, other)):
            raise LawBrokenError("two runs from one seed differ")


def odd_sizes(subject: Subject) -> None:
    """Batches of none and one, sequences of none and one, and one unit all work."""
    for batch, time in ((0, 3), (1, 1), (2, 0), (1, 0), (0, 0)):
        layer = subject.layer()
        y, state = layer(subject.input(batch, time))
        if y.shape != (batch, time, layer.output_size):
            raise LawBrokenError(f"batch {batch}, {time} steps: output {tuple(y.shape)}")
        if any(part.shape[0] != batch for part in _tensors(state)):
            raise LawBrokenError(f"batch {batch}, {time} steps: the state has another batch")


def inputs_kept(subject: Subject) -> None:
    """A scan never writes into what it is given."""
    layer, x = subject.layer(), subject.input(2, 5)
    state = _random_start(layer, x)
    lengths, reset = torch.tensor([5, 2]), torch.rand(2, 5) < 0.4
    given = [x, *_tensors(state), lengths, reset, *layer.parameters()]
    before = [tensor.detach().clone() for tensor in given]
    y, _ = layer(x, state, lengths=lengths, reset=reset)
    y.sum().backward()
    for tensor, copy_before in zip(given, before, strict=True):
        if not torch.equal(tensor.detach(), copy_before):
            raise LawBrokenError("an input was changed")


def precision(subject: Subject) -> None:
    """float32 and bfloat16 stay near float64, as the table of tolerances says."""
    # 16 units, because a layer norm over 4 now and then divides by almost nothing
    wide = replace(subject, input_size=16, hidden_size=16)
    oracle, x = wide.fresh(), wide.input(2, 50)
    expected, _ = oracle(x)
    for dtype in (torch.float32, torch.bfloat16):
        y, _ = copy.deepcopy(oracle).to(dtype)(x.to(dtype))
        name = str(dtype).removeprefix("torch.")
        _same(name, y.double(), expected, TOLERANCE[name])


def long_sequences(subject: Subject) -> None:
    """2,000 steps stay finite, forwards and backwards."""
    layer, x = subject.fresh(torch.float32), subject.input(1, 2000, torch.float32)
    y, _ = layer(x)
    y.square().mean().backward()
    learned: Iterable[Tensor | None] = (p.grad for p in layer.parameters())
    if not all(bool(t.isfinite().all()) for t in (y, *learned) if t is not None):
        raise LawBrokenError("after 2,000 steps something is infinite or NaN")


LAWS: Mapping[str, Callable[[Subject], None]] = {
    law.__name__: law
    for law in (
        shapes,
        stepwise,
        pieces,
        no_state,
        batch_independence,
        causality,
        padding,
        resets,
        reverse,
        gradients,
        paths,
        copies,
        repeatability,
        odd_sizes,
        inputs_kept,
        precision,
        long_sequences,
    )
}
