"""How the parameters of a cell start."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import torch
from torch import Tensor, nn

from lstmkit.engine import Cell, Layout, Sizes
from lstmkit.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Init:
    """Settings of the initialisation.

    Maps of the input start uniform with the variance of Glorot and Bengio (2010), map by map.
    Recurrent maps start orthogonal, map by map (Saxe et al. 2014), so that the state neither
    grows nor shrinks at first. Vectors start at 0, except the forget gate's bias: at 1 a cell
    keeps 73 % a step, where torch's uniform start keeps 50 % and forgets within a few steps
    (Gers et al. 2000; Jozefowicz et al. 2015).

    Attributes:
        forget_bias: Start of the forget gate's bias; None takes 1. Raise it for longer memory, or
            give a number for each memory block, so that blocks remember differently long.
        chrono_steps: Longest dependency in steps; draws the forget gate's bias as log(U(1, T-1))
            and sets the input gate's to its negative (Tallec and Ollivier 2018).
        orthogonal: Start recurrent maps orthogonal; otherwise like the maps of the input.
        bound: Start all maps uniform within plus and minus this instead. torch.nn.LSTM does so
            within one over the root of the units, which gives them a third of the variance.

    Raises:
        SettingsError: Both a forget bias and chrono, a forget bias that is not finite, fewer than 3
            steps, or a bound that is not above 0.

    Example:
        >>> Init(chrono_steps=500).forget_bias is None
        True
    """

    forget_bias: float | Sequence[float] | None = None
    chrono_steps: int | None = None
    orthogonal: bool = True
    bound: float | None = None

    def __post_init__(self) -> None:
        """Checks that the settings fit together."""
        steps, bound = self.chrono_steps, self.bound
        if steps is not None and (not isinstance(steps, Integral) or steps < 3):
            raise SettingsError(
                f"Init: expected chrono_steps as a whole number of at least 3, got {steps!r}. "
                "It is the longest dependency in steps."
            )
        if steps is not None and self.forget_bias is not None:
            raise SettingsError(
                "Init: forget_bias and chrono_steps both set the forget gate's bias. Give one."
            )
        if self.forget_bias is not None and not _is_bias(self.forget_bias):
            raise SettingsError(
                "Init: expected forget_bias as a finite number, or one for each memory block, got "
                f"{self.forget_bias!r}."
            )
        if bound is not None and (not isinstance(bound, Real) or not 0 < bound < math.inf):
            raise SettingsError(
                f"Init: expected a bound above 0, got {bound!r}. Maps start within plus and minus "
                "this; leave it out for a bound that follows from their sizes."
            )

    def fits(self, cell: Cell) -> None:
        """Refuses settings that a cell has no gate for.

        Args:
            cell: The cell.

        Raises:
            SettingsError: A forget bias or chrono for a cell without a forget gate.
        """
        asked = self.forget_bias is not None or self.chrono_steps is not None
        if asked and cell.forget_bias is None:
            raise SettingsError(
                f"Init: the cell {cell.name!r} names no forget gate, so forget_bias and "
                "chrono_steps have nothing to set. Leave them out, or say which vector it is: "
                "Cell(text=..., forget_bias='b_f')."
            )


def _is_bias(given: object) -> bool:
    try:
        bias = torch.as_tensor(given, dtype=torch.float64, device="cpu")
    except (TypeError, ValueError, RuntimeError):
        return False
    return bias.dim() < 2 and bool(bias.isfinite().all())


@torch.no_grad()
def initialise(
    parameters: Mapping[str, Tensor], cell: Cell, layout: Layout, sizes: Sizes, init: Init
) -> None:
    """Fills the stored parameters of one layer in place.

    Args:
        parameters: Stored parameters by name.
        cell: Names the biases of its gates and the vectors that do not start at 0.
        layout: How the maps lie in the storage.
        sizes: Sizes in units.
        init: Settings.
    """
    for group in layout.groups:
        rows = layout.rows(group, sizes)
        for name, part in zip(group.maps, parameters[group.stem].split(rows), strict=True):
            recurrent = layout.equations.maps[name].columns != "input"
            if init.bound is not None:
                part.uniform_(-init.bound, init.bound)
            else:
                _fill_map(part, orthogonal=init.orthogonal and recurrent)
    for name in layout.equations.vectors:
        parameters[name].fill_(cell.vectors.get(name, 0.0))
    if cell.forget_bias is not None:
        _fill_forget_bias(parameters, cell, init)


def _fill_map(part: Tensor, *, orthogonal: bool) -> None:
    if orthogonal:
        start = torch.empty(part.shape, dtype=torch.float32)
        part.copy_(nn.init.orthogonal_(start))
    else:
        bound = math.sqrt(6.0 / (part.shape[0] + part.shape[1]))
        part.uniform_(-bound, bound)


def _fill_forget_bias(parameters: Mapping[str, Tensor], cell: Cell, init: Init) -> None:
    assert cell.forget_bias is not None
    forget = parameters[cell.forget_bias]
    if init.chrono_steps is None:
        given = cell.vectors.get(cell.forget_bias, 1.0)
        bias = torch.as_tensor(given if init.forget_bias is None else init.forget_bias)
        if bias.dim() and bias.shape != forget.shape:
            raise SettingsError(
                f"Init: expected one forget_bias or {len(forget)}, one for each gate, got "
                f"{bias.numel()}."
            )
        forget.copy_(bias.expand_as(forget))
        return
    forget.copy_(torch.empty_like(forget).uniform_(1, init.chrono_steps - 1).log())
    if cell.input_bias is not None:
        parameters[cell.input_bias].copy_(-forget)
