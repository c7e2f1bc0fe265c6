r"""Many small nets of memory blocks at once, each learning by its own truncated gradient, online.

The nets of the early papers have some hundred weights, so that the work of one step is lost in the
calls that do it. Here many nets are one array: every operation serves all of them. The rule is the
truncated gradient of 1997 in its online form, written out for memory blocks (Hochreiter and
Schmidhuber 1997, appendix A.1; Gers, Schmidhuber and Cummins 2000, section 3.2.1):

.. math:: s &= f \hat s + i\, g(net_c), \qquad y = o\, h(s) \\
          E_c &= f \hat E_c + i\, g'\, a, \qquad E_i = f \hat E_i + g\, i'\, a, \qquad
          E_f = f \hat E_f + \hat s f'\, a

with a hat for the step before and a for what enters a unit. The error e_k of the outputs gives
:math:`e_s = o\, h'(s) \sum_k V_k e_k` for a state, hence :math:`e_s E` for the weights of cells,
input gates and forget gates, and :math:`o' h(s) \sum_k V_k e_k a` for those of output gates. No
error passes a recurrent connection or a peephole.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

Array = np.ndarray
Squash = Literal["linear", "logistic", "centred", "wide"]
# of logistic functions: how high they are, and where they begin
RANGES = {"logistic": (1.0, 0.0), "centred": (2.0, -1.0), "wide": (4.0, -2.0)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a net looks like.

    Attributes:
        inputs: Input units.
        outputs: Output units.
        blocks: Memory blocks, each with one gate of a kind.
        cells: Cells of a block.
        recurrence: What all hidden units see of the step before: nothing, the cells, or cells and
            gates (the output gates' of the step before that decided what was seen of the cells).
        forget: Whether blocks have forget gates.
        output_gate: Whether blocks have output gates.
        peepholes: Whether gates see their block's states.
        shortcut: Whether the outputs see the inputs.
        biased: Which units have a bias: some of `cells`, `gates`, `outputs`.
        squash_in: g: linear, or logistic between 0 and 1, -1 and 1 (centred), -2 and 2 (wide).
        squash_state: h, of the same kinds.
        output: Of the outputs, of the same kinds.
        entropy: Whether logistic outputs learn by cross-entropy, so that the slope of the logistic
            function cancels, instead of by squared error.
    """

    inputs: int
    outputs: int
    blocks: int
    cells: int = 1
    recurrence: Literal["none", "cells", "all"] = "cells"
    forget: bool = True
    output_gate: bool = True
    peepholes: bool = False
    shortcut: bool = False
    biased: tuple[str, ...] = ("gates",)
    squash_in: Squash = "wide"
    squash_state: Squash = "linear"
    output: Squash = "logistic"
    entropy: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The gates of a block."""
        return ("i", *("f" * self.forget), *("o" * self.output_gate))

    @property
    def weights(self) -> int:
        """How many weights are learned."""
        hidden, output = _exists(self)
        peepholes = len(self.kinds) * self.blocks * self.cells if self.peepholes else 0
        return int(hidden.sum() + output.sum()) + peepholes


class Nets:
    """Nets of one shape, trained side by side.

    Args:
        shape: Their shape.
        seeds: One for each net; a net depends on its own alone.
        spread: Weights start uniform within plus and minus this.
        biases: Where the gates' biases start, block by block, by the kind of gate: i, f, o.
        momentum: Share of the change before that is made again.

    Attributes:
        hidden: Weights of cells and gates, (nets, units, sources).
        peepholes: Weights of the peepholes, (nets, kinds of gates, cells).
        output: Weights of the outputs, (nets, outputs, cells and inputs and 1).
        s: The cells' states.
    """

    def __init__(
        self,
        shape: Shape,
        seeds: list[int],
        *,
        spread: float,
        biases: dict[str, tuple[float, ...]],
        momentum: float = 0.0,
    ) -> None:
        self.shape, self.momentum = shape, momentum
        self.exists = _exists(shape)
        cells, kinds = shape.blocks * shape.cells, len(shape.kinds)
        self.own = np.repeat(np.arange(shape.blocks), shape.cells)
        drawn = [_draw(shape, np.random.default_rng((seed, 1)), spread, biases) for seed in seeds]
        self.hidden, self.peepholes, self.output = (
            np.stack(part) for part in zip(*drawn, strict=True)
        )
        self.changes = [np.zeros_like(w) for w in (self.hidden, self.peepholes, self.output)]
        self.s = np.zeros((len(seeds), cells))
        self.y = np.zeros((len(seeds), cells))
        self.gates = np.zeros((len(seeds), kinds, shape.blocks))
        # traces: of the weights of cells, input gates, and forget gates if there are any
        learned = 2 + shape.forget
        self.traces = np.zeros((len(seeds), learned, cells, self.hidden.shape[2]))
        self.peeks = np.zeros((len(seeds), learned - 1, cells))

    def reset(self, which: Bool[Array, " nets"]) -> None:
        """Empties the state and the traces of some nets."""
        for each in (self.s, self.y, self.gates, self.traces, self.peeks):
            each[which] = 0.0

    def step(self, x: Float[Array, "nets inputs"], *, tracing: bool = True) -> Array:
        """Runs one step of every net.

        Args:
            x: Inputs.
            tracing: Whether to keep what `learn` needs; without it a step costs half.

        Returns:
            The outputs (nets, outputs).
        """
        shape, cells, own = self.shape, self.s.shape[1], self.own
        parts = [x]
        if shape.recurrence != "none":
            parts.append(self.y)
        if shape.recurrence == "all":
            parts.append(self.gates.reshape(len(x), -1))
        a = np.concatenate([*parts, np.ones((len(x), 1))], axis=1)
        net = (self.hidden @ a[:, :, None])[:, :, 0]
        of_gates = net[:, cells:].reshape(self.gates.shape)
        before, gated = self.s, len(shape.kinds) - shape.output_gate
        if shape.peepholes:
            of_gates[:, :gated] += self._in_blocks(self.peepholes[:, :gated] * before[:, None])
        gates = _logistic(of_gates[:, :gated])
        g, slope_g = _squash(net[:, :cells], shape.squash_in)
        i = gates[:, 0][:, own]
        f = gates[:, 1][:, own] if shape.forget else 1.0
        self.s = f * before + i * g
        o = np.ones_like(self.y)
        if shape.output_gate:
            if shape.peepholes:
                of_gates[:, -1] += self._in_blocks(self.peepholes[:, -1] * self.s)
            gates = np.concatenate([gates, _logistic(of_gates[:, -1:])], axis=1)
            o = gates[:, -1][:, own]
        squashed, slope_h = _squash(self.s, shape.squash_state)
        self.y, self.gates = o * squashed, gates
        b = [self.y, x] if shape.shortcut else [self.y]
        self.b = np.concatenate([*b, np.ones((len(x), 1))], axis=1)
        z = (self.output @ self.b[:, :, None])[:, :, 0]
        self.outputs, slope = _squash(z, shape.output)
        self.slope = np.ones_like(slope) if shape.entropy else slope
        if tracing:
            self.a, self.squashed, self.to_state = a, squashed, o * slope_h
            # what a number that enters cell, input gate or forget gate changes in the state
            enter = [i * slope_g, g * i * (1.0 - i)]
            if shape.forget:
                enter.append(before * f * (1.0 - f))
                self.traces *= f[:, None, :, None]
                self.peeks *= f[:, None]
            entering = np.stack(enter, axis=1)
            self.traces += entering[:, :, :, None] * a[:, None, None]
            if shape.peepholes:
                self.peeks += entering[:, 1:] * before[:, None]
        return self.outputs

    def learn(
        self, error: Float[Array, "nets outputs"], rate: float | Float[Array, " nets"]
    ) -> None:
        """Changes the weights by the error of the last step.

        Args:
            error: Target minus output. Nets with zeros change by their momentum alone.
            rate: Learning rate, of all nets or of each.
        """
        found = self.gradients(error * np.reshape(rate, (-1, 1)))
        if self.momentum:
            for change, new in zip(self.changes, found, strict=True):
                np.add(change * self.momentum, new, out=change)
            found = self.changes
        for weight, change in zip((self.hidden, self.peepholes, self.output), found, strict=True):
            np.add(weight, change, out=weight)

    def gradients(self, error: Float[Array, "nets outputs"]) -> list[Array]:
        """Returns what the outputs' derivatives times an error are, for the last step.

        Args:
            error: What each output's derivatives are multiplied by before they are added up.

        Returns:
            For `hidden`, `peepholes` and `output`, of their shapes.
        """
        shape, cells = self.shape, self.s.shape[1]
        error = error * self.slope
        back = (error[:, None] @ self.output[:, :, :cells])[:, 0]
        to_state = back * self.to_state
        of_state = to_state[:, None, :, None] * self.traces
        hidden = np.empty_like(self.hidden)
        hidden[:, :cells] = of_state[:, 0]
        gated = of_state[:, 1:].reshape(len(error), -1, shape.cells, hidden.shape[2])
        first = cells + gated.shape[1]
        hidden[:, cells:first] = gated[:, :, 0] if shape.cells == 1 else gated.sum(2)
        peeks = [to_state[:, None] * self.peeks]
        if shape.output_gate:
            o = self.gates[:, -1]
            of_gate = self._in_blocks(back * self.squashed) * o * (1.0 - o)
            hidden[:, first:] = of_gate[:, :, None] * self.a[:, None]
            peeks.append((of_gate[:, self.own] * self.s)[:, None])
        output = error[:, :, None] * self.b[:, None]
        peepholes = np.concatenate(peeks, axis=1) * shape.peepholes
        return [hidden * self.exists[0], peepholes, output * self.exists[1]]

    def select(self, which: Array) -> "Nets":
        """Returns copies of some nets, in the order in which they are named, each at rest."""
        copy = object.__new__(Nets)
        copy.__dict__ = dict(self.__dict__)
        for name, value in self.__dict__.items():
            if isinstance(value, Array) and name != "own":
                copy.__dict__[name] = value[which].copy()
        copy.changes = [change[which].copy() for change in self.changes]
        copy.reset(np.ones(len(copy.s), dtype=bool))
        return copy

    def _in_blocks(self, cells: Array) -> Array:
        """Sums over the cells of each block, which are the last axis."""
        if self.shape.cells == 1:
            return cells
        return cells.reshape(*cells.shape[:-1], self.shape.blocks, -1).sum(-1)


def _exists(shape: Shape) -> tuple[Bool[Array, "units sources"], Bool[Array, "outputs sources"]]:
    cells, gates = shape.blocks * shape.cells, shape.blocks * len(shape.kinds)
    seen = {"none": 0, "cells": cells, "all": cells + gates}[shape.recurrence]
    hidden = np.ones((cells + gates, shape.inputs + seen + 1), dtype=bool)
    hidden[:cells, -1] = "cells" in shape.biased
    hidden[cells:, -1] = "gates" in shape.biased
    output = np.ones((shape.outputs, cells + shape.inputs * shape.shortcut + 1), dtype=bool)
    output[:, -1] = "outputs" in shape.biased
    return hidden, output


def _draw(
    shape: Shape, random: np.random.Generator, spread: float, biases: dict[str, tuple[float, ...]]
) -> tuple[Array, Array, Array]:
    hidden, output = (
        random.uniform(-spread, spread, exists.shape) * exists for exists in _exists(shape)
    )
    cells = shape.blocks * shape.cells
    peepholes = random.uniform(-spread, spread, (len(shape.kinds), cells)) * shape.peepholes
    for row, kind in enumerate(shape.kinds):
        if kind in biases:
            first = cells + row * shape.blocks
            hidden[first : first + shape.blocks, -1] = biases[kind]
    return hidden, peepholes, output


def _logistic(x: Array) -> Array:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _squash(x: Array, kind: str) -> tuple[Array, Array]:
    """The value and the slope of a squashing function."""
    if kind == "linear":
        return x, np.ones_like(x)
    p = _logistic(x)
    height, low = RANGES[kind]
    return height * p + low, height * p * (1.0 - p)
