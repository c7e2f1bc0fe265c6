"""What a law is applied to, and how it says that it is broken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

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


def same(what: str, found: Tensor, expected: Tensor, tolerance: float = TOLERANCE["same"]) -> None:
    """Refuses a tensor that is another than the expected one, or of another shape."""
    if found.shape != expected.shape:
        raise LawBrokenError(
            f"{what}: shape {tuple(found.shape)}, expected {tuple(expected.shape)}"
        )
    if not error(found, expected) <= tolerance:
        raise LawBrokenError(
            f"{what}: relative difference {error(found, expected):.1e}, allowed {tolerance:.0e}"
        )


def same_state(what: str, found: Any, expected: Any) -> None:
    """Refuses a state that is another than the expected one."""
    for name in expected._fields:
        for one, other in zip(getattr(found, name), getattr(expected, name), strict=True):
            same(f"{what}, state {name}", one, other)


def rows(state: Any, chosen: Any) -> Any:
    """Returns a state of some rows of the batch."""
    return type(state)(*(tuple(part[chosen] for part in field) for field in state))


def tensors(state: Any) -> list[Tensor]:
    """Returns all tensors of a state."""
    return [part for field in state for part in field]


def random_start(layer: Any, x: Tensor) -> Any:
    """Returns a state that the cell can reach: the one after a few random steps."""
    with torch.no_grad():
        _, state = layer(torch.randn_like(x[:, :1]).expand(-1, 3, -1).contiguous())
    return state
