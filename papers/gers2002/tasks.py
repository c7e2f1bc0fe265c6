"""The paper's tasks: measuring intervals, making spikes, making periodic functions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from papers.program import clipped
from papers.shape import Shape

# remember, and keep what is remembered to yourself, until there is a reason not to
GATES = (-1.0, 3.0, -2.0)

Rows = Int[np.ndarray, " nets"]
Values = Float[np.ndarray, " nets"]
# the target at so many steps after the last spike, for a period
Wave = Callable[[Rows, int], Values]


def cosine(at: Rows, period: int) -> Values:
    """A cosine between 0 and 1, at its bottom at step 0."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * at / period))


def triangle(at: Rows, period: int) -> Values:
    """A triangle between 0 and 1, at its bottom at step 0."""
    return np.asarray(1.0 - np.abs(1.0 - 2.0 * at / period))


def rectangle(at: Rows, period: int) -> Values:
    """0 for half a period, 1 for the other half."""
    return np.where(2 * at > period, 1.0, 0.0)


def spike(at: Rows, period: int) -> Values:
    """1 at every period's end."""
    return np.where(at == 0, 1.0, 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """A row of the paper's tables.

    Attributes:
        name: Task and setting.
        kind: `measure` intervals between spikes that come in, or `make` a wave with silent inputs.
        period: F.
        extra: How many values from 0 on an interval may be longer (`measure`).
        wave: What is made.
        peepholes: Whether the net has them.
        output: Of the output unit.
        rate: Learning rate.
        momentum: Share of the change before that is made again.
        wrong: Error from which on a stream ends.
        gates: Where the biases of input, forget and output gate start.
        clip: Norm that gradients are cut to where they are longer.
        minutes: Of one core, after which a net is as it is, if nothing else is asked for.
        published: In the paper, as remembered.
        limit: Training streams after which a net counts as failed.
        short: Intervals of a training stream below which no test follows; in the paper one always
            does.
    """

    name: str
    kind: Literal["measure", "make"]
    period: int
    extra: int = 1
    wave: Wave = spike
    peepholes: bool
    output: Literal["linear", "logistic"] = "logistic"
    rate: float = 1e-5
    momentum: float
    wrong: float = 0.49
    gates: tuple[float, ...] = GATES
    clip: float = inf
    minutes: float = 0.1
    published: str
    limit: int
    short: int = 1

    @property
    def shape(self) -> Shape:
        """The net: one cell, 17 weights with peepholes and 14 without."""
        return Shape(
            inputs=1,
            outputs=1,
            blocks=1,
            peepholes=self.peepholes,
            biased=("cells", "gates", "outputs"),
            squash_in="linear",
            output=self.output,
        )


def _net(*, peepholes: bool) -> str:
    return "with peepholes" if peepholes else "without"


def _spikes(period: int, thousands: str, *, peepholes: bool, clip: float = inf) -> Task:
    return Task(
        name=f"GTS F={period}, {_net(peepholes=peepholes)}{clipped(clip)}",
        kind="make",
        period=period,
        peepholes=peepholes,
        momentum=0.999,
        clip=clip,
        published=f"100 %, {thousands} thousand streams" if peepholes else "0 %",
        limit=2_000_000,
    )


def _function(
    name: str, wave: Wave, published: str, *, peepholes: bool = True, rate: float = 1e-5
) -> Task:
    """With a rate above the paper's, gradients are clipped at 1."""
    faster = rate > 1e-5
    clip, told = (1.0, f", rate {rate}") if faster else (inf, "")
    return Task(
        name=f"PFG {name} F=10, {_net(peepholes=peepholes)}{told}{clipped(clip)}",
        kind="make",
        period=10,
        wave=wave,
        peepholes=peepholes,
        output="linear",
        rate=rate,
        clip=clip,
        minutes=0.4 if faster else 0.1,
        momentum=0.99,
        wrong=0.3,
        published=published,
        limit=600_000,
    )


def _delays(published: str, *, peepholes: bool, clip: float = inf) -> Task:
    return Task(
        name=f"MSD F=10 I=0,1, {_net(peepholes=peepholes)}{clipped(clip)}",
        kind="measure",
        period=10,
        extra=2,
        peepholes=peepholes,
        momentum=0.9999,
        clip=clip,
        minutes=0.2 if clip < inf else 0.1,
        published=published,
        limit=10_000_000,
        # one who guesses has ten right by luck every thousand streams
        short=20,
    )


def starting(task: Task, gates: Sequence[float]) -> Task:
    """Returns a task whose gates' biases start elsewhere, under a name that says so."""
    told = ", ".join(f"{bias:g}" for bias in gates)
    return replace(task, gates=tuple(gates), name=f"{task.name}, gates from {told}")


COSINE = "145 ± 32 thousand streams"
TRIANGLE = "869 ± 578 thousand streams"
RECTANGLE = "80 %, 1,107 ± 97 thousand streams"
DELAYS = "20 %, 27,453 ± 11,750 thousand streams"
PLAIN_DELAYS = "10 %, 8,850 thousand streams"

TASKS = (
    _spikes(10, "41 ± 4", peepholes=True),
    _spikes(10, "", peepholes=False),
    _spikes(20, "67 ± 8", peepholes=True),
    _spikes(20, "67 ± 8", peepholes=True, clip=1.0),
    _spikes(20, "", peepholes=False),
    _spikes(30, "845 ± 82", peepholes=True),
    _spikes(30, "845 ± 82", peepholes=True, clip=1.0),
    _spikes(30, "", peepholes=False),
    _function("cosine", cosine, COSINE),
    _function("cosine", cosine, COSINE, rate=1e-3),
    # the paper's start, as we had it
    starting(_function("cosine", cosine, COSINE, rate=1e-3), (0.0, -2.0, 2.0)),
    _function("cosine", cosine, "solved", peepholes=False),
    _function("triangle", triangle, TRIANGLE),
    _function("triangle", triangle, TRIANGLE, rate=1e-3),
    _function("rectangle", rectangle, RECTANGLE),
    _function("rectangle", rectangle, RECTANGLE, rate=1e-3),
    _delays(DELAYS, peepholes=True),
    _delays(DELAYS, peepholes=True, clip=0.01),
    _delays(PLAIN_DELAYS, peepholes=False),
    _delays(PLAIN_DELAYS, peepholes=False, clip=0.01),
)
# a short period, and ten times as fast
QUICK = replace(
    _spikes(5, "", peepholes=True), rate=1e-3, momentum=0.99, published="-", limit=20_000
)
