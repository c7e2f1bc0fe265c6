"""When a gradient explodes or vanishes, and what to do about it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lstmkit.inspect.measured import Measured

Kind = Literal["jump", "drop", "explodes", "vanishes"]

# steps of training before what is usual is known
KNOWN = 20
JUMP, DROP = 10.0, 0.01
# from the last step of a sequence to its first
GROWN, LEFT = 1e3, 1e-3

REMEDIES: dict[Kind, str] = {
    "jump": (
        "Look for outliers in the rows, or lower the learning rate (--learning-rate). Training "
        "here cuts gradients to a norm of 1, so that one such step does not throw the weights "
        "away; a loop of your own needs torch.nn.utils.clip_grad_norm_."
    ),
    "drop": (
        "The layer hardly learns any more. `lstmkit inspect` shows whether its gates are stuck "
        "or units dead; scale the inputs, lower the learning rate (--learning-rate), or start anew."
    ),
    "explodes": (
        "Use shorter sequences (--lookback, or windows of a Stream) or a lower learning rate "
        "(--learning-rate); in a loop of your own cut the gradient "
        "(torch.nn.utils.clip_grad_norm_) and start recurrent maps orthogonal, as training here "
        "does."
    ),
    "vanishes": (
        "What lies further back is not learnt. If the task needs it, use a cell with a carousel "
        "(--cell lstm, or lstm1997, which never forgets); in a model of your own open the forget "
        "gates at the start: LSTM(..., init=Init(forget_bias=...)), or Init(chrono_steps=...). If "
        "not, shorter sequences cost less (--lookback)."
    ),
}


@dataclass(frozen=True)
class Alarm:
    """Something that has begun to go wrong.

    Attributes:
        step: Step of training, from 1.
        layer: Name of the layer.
        kind: `jump` and `drop` are about the norm from step to step of training, `explodes` and
            `vanishes` about the way back through a sequence.
        finding: What was measured.
    """

    step: int
    layer: str
    kind: Kind
    finding: str

    def __str__(self) -> str:
        return f"step {self.step}, {self.layer}: {self.finding} {REMEDIES[self.kind]}"


def alarms(layer: str, step: int, measured: Measured) -> Iterator[Alarm]:
    """Judges the last measurements of a layer.

    Args:
        layer: Its name.
        step: Step of training, from 1.
        measured: What was measured, the last step included.

    Yields:
        What is wrong. A norm is compared with its own running median, once 20 steps are known.
    """
    norm, usual = measured.norms[-1], measured.usual_norm
    if not math.isfinite(norm):
        yield Alarm(step, layer, "jump", f"the gradient became {norm}.")
    elif len(measured.norms) >= KNOWN and norm > JUMP * usual:
        finding = f"the gradient's norm is {norm:.3g}, {norm / usual:.0f} times what is usual."
        yield Alarm(step, layer, "jump", finding)
    elif len(measured.norms) >= KNOWN and norm < DROP * usual:
        finding = f"the gradient's norm is {norm:.3g}, where {usual:.3g} is usual."
        yield Alarm(step, layer, "drop", finding)
    if len(measured.factors) == Measured.RECENT and measured.factor > 0:
        yield from _along_time(layer, step, measured)


def _along_time(layer: str, step: int, measured: Measured) -> Iterator[Alarm]:
    factor, logarithm = measured.factor, math.log(measured.factor)
    way = (measured.steps - 1) * logarithm
    if way > math.log(GROWN):
        finding = (
            f"back through {measured.steps} steps the gradient explodes, by a factor of "
            f"{factor:.3f} a step."
        )
        yield Alarm(step, layer, "explodes", finding)
    elif way < math.log(LEFT):
        finding = (
            f"back through {measured.steps} steps the gradient vanishes, by a factor of "
            f"{factor:.3f} a step: 1 % is left after {math.log(0.01) / logarithm:.0f}."
        )
        yield Alarm(step, layer, "vanishes", finding)
