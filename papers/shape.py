"""What a net of memory blocks looks like, and how its weights start."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool

Array = np.ndarray
Squash = Literal["linear", "logistic", "centred", "wide"]
# of logistic functions: how high they are, and where they begin
RANGES = {"linear": (0.0, 0.0), "logistic": (1.0, 0.0), "centred": (2.0, -1.0), "wide": (4.0, -2.0)}


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
        hidden, output = exists(self)
        peepholes = len(self.kinds) * self.blocks * self.cells if self.peepholes else 0
        return int(hidden.sum() + output.sum()) + peepholes


def exists(shape: Shape) -> tuple[Bool[Array, "units sources"], Bool[Array, "outputs sources"]]:
    """Returns which weights there are: of cells and gates, kind by kind, and of the outputs.

    Args:
        shape: Of the net.
    """
    cells, gates = shape.blocks * shape.cells, shape.blocks * len(shape.kinds)
    seen = {"none": 0, "cells": cells, "all": cells + gates}[shape.recurrence]
    hidden = np.ones((cells + gates, shape.inputs + seen + 1), dtype=bool)
    hidden[:cells, -1] = "cells" in shape.biased
    hidden[cells:, -1] = "gates" in shape.biased
    output = np.ones((shape.outputs, cells + shape.inputs * shape.shortcut + 1), dtype=bool)
    output[:, -1] = "outputs" in shape.biased
    return hidden, output


def draw(
    shape: Shape, random: np.random.Generator, spread: float, biases: dict[str, tuple[float, ...]]
) -> tuple[Array, Array, Array]:
    """Draws the weights of a net: of cells and gates, of peepholes, of outputs.

    Args:
        shape: Of the net.
        random: Where they come from.
        spread: They are uniform within plus and minus this ...
        biases: ... but for these, by the kind of gate and block by block.
    """
    hidden, output = (random.uniform(-spread, spread, each.shape) * each for each in exists(shape))
    cells = shape.blocks * shape.cells
    peepholes = random.uniform(-spread, spread, (len(shape.kinds), cells)) * shape.peepholes
    for row, kind in enumerate(shape.kinds):
        if kind in biases:
            first = cells + row * shape.blocks
            hidden[first : first + shape.blocks, -1] = biases[kind]
    return hidden, peepholes, output
