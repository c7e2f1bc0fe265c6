"""A scan: everything that running a cell over time needs, and everything that comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from jaxtyping import Bool, Float, Int
from torch import Tensor

from lstmkit.engine.equations import Equations
from lstmkit.engine.layout import Layout, Sizes

State = Mapping[str, Tensor]


@dataclass(kw_only=True, slots=True)
class Rules:
    """What a layer does to a cell's state beyond the equations, the same for every cell.

    Attributes:
        zoneout: For each state the probability that a unit keeps its value of the step before
            (Krueger et al. 2017).
        clip: For each state the bound on its absolute value, applied right after its equation.
        masks: For each state the factors (batch, units), fixed over time, that multiply it where
            a learned map reads it (Gal and Ghahramani 2016).
        training: Zoneout draws in training and takes the expectation otherwise.
        seed: What zoneout draws by, a whole number.
    """

    zoneout: Mapping[str, float] = field(default_factory=dict)
    clip: Mapping[str, float] = field(default_factory=dict)
    masks: State = field(default_factory=dict)
    training: bool = False
    seed: Int[Tensor, ""] | None = None

    @property
    def none(self) -> bool:
        """Whether the equations alone rule."""
        return not (self.zoneout or self.clip or self.masks)


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """In which type the compiled engine keeps weights for inference.

    Attributes:
        kind: `float32`; `bfloat16`; or `int8` for maps of a state, the others in `bfloat16`.
        largest: For each state the largest absolute value that is told apart, for `int8`.
    """

    kind: Literal["float32", "bfloat16", "int8"] = "float32"
    largest: Mapping[str, float] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Scan:
    """One run of a cell over a batch of sequences, in one direction.

    Attributes:
        layout: The cell's equations and how its parameters are stored.
        sizes: Its sizes in units.
        parameters: Stored parameters by name, as the layout says.
        x: Input (batch, time, input).
        state: State before the first step, by name, each (batch, units); None for zeros.
        fresh: State that a reset puts in place; None for zeros.
        lengths: Real steps of each row; the rest is padding, which changes nothing.
        reset: Steps (batch, time) at which a row starts afresh.
        reverse: Run from the last step to the first.
        rules: What the layer adds to the equations.
        trace: Record every quantity.
        first: Number of the first step, from which draws count.
        checkpoint_every: Keep only the states between segments of so many steps for the backward
            pass, and run each segment again there.
        weights: Type of the weights where the engine computes without gradient.
        room: Where a path that can writes the outputs.
    """

    layout: Layout
    sizes: Sizes
    parameters: Mapping[str, Tensor]
    x: Float[Tensor, "batch time input"]
    state: State | None
    fresh: State | None
    lengths: Int[Tensor, " batch"] | None = None
    reset: Bool[Tensor, "batch time"] | None = None
    reverse: bool = False
    rules: Rules = field(default_factory=Rules)
    trace: bool = False
    first: int = 0
    checkpoint_every: int | None = None
    weights: Weights = field(default_factory=Weights)
    room: Float[Tensor, "batch time output"] | None = None

    @property
    def equations(self) -> Equations:
        """The cell."""
        return self.layout.equations

    def tensors(self) -> list[Tensor]:
        """Returns everything that may want a gradient: input, states that are given, parameters."""
        names = self.equations.states
        given = [state for state in (self.state, self.fresh) if state is not None]
        return [self.x, *(state[n] for state in given for n in names), *self.parameters.values()]

    def with_tensors(self, tensors: Sequence[Tensor]) -> "Scan":
        """Returns the same scan with other tensors, in the order of `tensors()`."""
        rest = iter(tensors[1:])
        states = [
            None if state is None else {name: next(rest) for name in self.equations.states}
            for state in (self.state, self.fresh)
        ]
        return replace(
            self,
            x=tensors[0],
            state=states[0],
            fresh=states[1],
            parameters={name: next(rest) for name in self.parameters},
        )

    def zeros(self) -> State:
        """Returns a state of zeros."""
        like, sizes = next(iter(self.parameters.values())), self.equations.sizes
        return {
            name: self.x.new_zeros((self.x.shape[0], self.sizes.of(sizes[name])), dtype=like.dtype)
            for name in self.equations.states
        }

    def with_states(self) -> "Scan":
        """Returns the same scan with its states as tensors."""
        if self.state is not None and self.fresh is not None:
            return self
        zeros = self.zeros()
        return replace(
            self,
            state=zeros if self.state is None else self.state,
            fresh=zeros if self.fresh is None else self.fresh,
        )


@dataclass(kw_only=True, slots=True)
class Scanned:
    """What a scan gives.

    Attributes:
        y: Output h of every step (batch, time, units), zero in padding.
        state: State after the last real step of each row, by name.
        trace: Every quantity over time, by name (batch, time, units), zero in padding; empty
            unless asked for.
        in_room: Whether the outputs lie in the room that the scan gave.
    """

    y: Float[Tensor, "batch time output"]
    state: State
    trace: State = field(default_factory=dict)
    in_room: bool = False
