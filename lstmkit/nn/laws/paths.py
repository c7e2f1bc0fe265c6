"""The law of paths: whatever runs a cell gives what the reference gives."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from lstmkit.engine import use_path
from lstmkit.nn.laws.subject import Subject, random_start, same, tensors
from lstmkit.nn.tolerance import TOLERANCE


def paths(subject: Subject) -> None:
    """Every engine path that takes the cell equals the reference in value and every gradient."""
    layer = subject.layer()
    reset = torch.rand(4, 6) < 0.3
    for options in ({}, {"lengths": torch.tensor([6, 2, 0, 5]), "reset": reset}):
        x = subject.input(4, 6).requires_grad_()
        state = [p.clone().requires_grad_() for p in tensors(random_start(layer, x))]
        expected = _value_and_gradients("reference", layer, x, state, options)
        for path in _taken(layer, x, options):
            found = _value_and_gradients(path, layer, x, state, options)
            for number, (one, other) in enumerate(zip(found, expected, strict=True)):
                same(f"{path}, tensor {number}", one, other, TOLERANCE["path"])
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
            same(f"cpu, tensor {number}", one.double(), other, TOLERANCE["engine"])


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
        outputs = [y, *tensors(state)]
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
