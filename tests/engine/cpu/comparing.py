"""A layer in the compiled engine beside itself in double precision on the reference."""

import copy
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from lstmkit import LSTM, use_path
from lstmkit.nn.tolerance import error


def value_and_gradients(
    path: str | None,
    layer: Any,
    x: Tensor,
    state: dict[str, Tensor] | None,
    options: dict[str, Any],
) -> dict[str, Tensor]:
    x = x.detach().requires_grad_()  # where it lies, as it lies
    state = {n: part.detach().requires_grad_() for n, part in (state or {}).items()}
    parts = list(state.values())
    torch.manual_seed(11)  # what dropout draws
    with nullcontext() if path is None else use_path(path):
        y, final = layer(x, as_state(layer, parts), **options)
    names = layer.cell.equations.states
    outputs = {"y": y} | {f"final {n}": part[0] for n, part in zip(names, final, strict=True)}
    generator = torch.Generator().manual_seed(7)
    total = sum(
        (o * torch.randn(o.shape, generator=generator, dtype=torch.float64).to(o.dtype)).sum()
        for o in outputs.values()
    )
    names = ["x", *state, *(name for name, _ in layer.named_parameters())]
    wanted = [x, *parts, *layer.parameters()]
    found = torch.autograd.grad(total, wanted, allow_unused=True)
    gradients = {
        f"gradient of {name}": torch.zeros_like(w) if g is None else g
        for name, w, g in zip(names, wanted, found, strict=True)
    }
    return {name: value.detach() for name, value in (outputs | gradients).items()}


def as_state(layer: Any, parts: list[Tensor]) -> Any:
    return layer._state_type(*((part,) for part in parts)) if parts else None


def start_of(layer: LSTM, batch: int) -> dict[str, Tensor]:
    """A random state that the cell can be in."""
    own = layer.layers[0]
    state = {n: 0.5 * torch.randn(batch, own.units(n)) for n in layer.cell.equations.states}
    if "n" in layer.cell.joint:
        state["n"] = state["n"].abs() + 1  # sLSTM's normaliser is positive
    return state


def worst(
    layer: LSTM,
    x: Tensor,
    options: dict[str, Any],
    *,
    from_start: bool = False,
    path: str | None = "cpu",
) -> dict[str, float]:
    """The relative error of every output and gradient, from a random state or the layer's own.

    Without a path the layer takes the one it takes by itself.
    """
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    state = {} if from_start else start_of(layer, x.shape[0])
    found = value_and_gradients(path, layer, x, state, options)
    double = {name: part.double() for name, part in state.items()}
    expected = value_and_gradients(
        "reference", copy.deepcopy(layer).double(), x.double(), double, options
    )
    errors = {name: error(found[name], expected[name]) for name in expected}
    with torch.no_grad(), nullcontext() if path is None else use_path(path):
        torch.manual_seed(11)
        y, _ = layer(x, as_state(layer, list(state.values())), **options)
    return errors | {"y without gradient": error(y, expected["y"])}


def options_of(batch: int, steps: int, *, lengths: bool, resets: bool) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if lengths:
        options["lengths"] = torch.randint(0, steps + 1, (batch,))
    if resets:
        options["reset"] = torch.rand(batch, steps) < 0.3
    return options


def input_of(batch: int, steps: int, features: int, options: dict[str, Any]) -> Tensor:
    """Random input; NaN in padding."""
    x = torch.randn(batch, steps, features)
    if "lengths" in options:
        for row, length in enumerate(options["lengths"]):
            x[row, length:] = float("nan")
    return x
