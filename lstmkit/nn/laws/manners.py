"""Laws of how a layer behaves: shapes, copies, seeds, odd sizes, precision, long sequences."""

import copy
from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor

from lstmkit.nn.laws.subject import LawBrokenError, Subject, random_start, same, tensors
from lstmkit.nn.tolerance import TOLERANCE


def shapes(subject: Subject) -> None:
    """Output and state have the shape, type and device of the layer."""
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        layer = subject.layer(dtype, bidirectional=True)
        y, state = layer(subject.input(2, 5, dtype))
        if y.shape != (2, 5, layer.output_size) or y.dtype != dtype:
            raise LawBrokenError(f"output is {y.dtype} {tuple(y.shape)}")
        for part in tensors(state):
            if part.dtype != dtype or part.shape[0] != 2 or part.dim() != 2:
                raise LawBrokenError(f"state is {part.dtype} {tuple(part.shape)}")


def copies(subject: Subject) -> None:
    """A saved and loaded layer, and a deep copy, give the same and share no storage."""
    layer, x = subject.layer(), subject.input(2, 4)
    expected, _ = layer(x)
    twin = copy.deepcopy(layer)
    loaded = subject.layer()
    loaded.load_state_dict(layer.state_dict())
    for what, other in (("deep copy", twin), ("loaded layer", loaded)):
        same(what, other(x)[0], expected)
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
        runs.append([y, *tensors(state), *(p.grad for p in layer.parameters())])
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
        if any(part.shape[0] != batch for part in tensors(state)):
            raise LawBrokenError(f"batch {batch}, {time} steps: the state has another batch")


def inputs_kept(subject: Subject) -> None:
    """A scan never writes into what it is given."""
    layer, x = subject.layer(), subject.input(2, 5)
    state = random_start(layer, x)
    lengths, reset = torch.tensor([5, 2]), torch.rand(2, 5) < 0.4
    given = [x, *tensors(state), lengths, reset, *layer.parameters()]
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
        same(name, y.double(), expected, TOLERANCE[name])


def long_sequences(subject: Subject) -> None:
    """2,000 steps stay finite, forwards and backwards."""
    layer, x = subject.fresh(torch.float32), subject.input(1, 2000, torch.float32)
    y, _ = layer(x)
    y.square().mean().backward()
    learned: Iterable[Tensor | None] = (p.grad for p in layer.parameters())
    if not all(bool(t.isfinite().all()) for t in (y, *learned) if t is not None):
        raise LawBrokenError("after 2,000 steps something is infinite or NaN")
