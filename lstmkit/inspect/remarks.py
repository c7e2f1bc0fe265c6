"""What stands out inside a model, in sentences."""

import math
from collections.abc import Iterator, Sequence

from lstmkit.inspect.flow import Flow
from lstmkit.inspect.inspection import Inspection, Section
from lstmkit.inspect.span import Span

# a factor a step within this of 1 neither vanishes nor explodes over a hundred steps
EVEN = 0.02
NAMED = 8


def remarks(inspection: Inspection) -> list[str]:
    """Says what stands out.

    Args:
        inspection: What was found.

    Returns:
        Sentences about units that are dead or gates that never move, about how the gradient
        changes from step to step, and about how far the memory reaches.
    """
    return [
        *(one for section in inspection.sections for one in _of_section(section)),
        *(one for flow in inspection.flows for one in _of_flow(flow)),
        *(_of_span(span) for span in inspection.spans),
    ]


def listed(units: Sequence[int]) -> str:
    """Numbers of units, the first few of many.

    Example:
        >>> listed([1, 2, 5])
        '1, 2, 5'
    """
    more = ", ..." if len(units) > NAMED else ""
    return ", ".join(map(str, units[:NAMED])) + more


def _of_section(section: Section) -> Iterator[str]:
    name, total = section.trace.name, len(section.order.units)
    if section.dead:
        yield (
            f"{name}: {len(section.dead)} of {total} units are dead, their output is the same at "
            f"every step ({listed(section.dead)})."
        )
    for gate in section.saturation:
        if not gate.is_gate:
            continue
        for units, state in ((gate.always_shut, "shut"), (gate.always_open, "open")):
            if units:
                yield (
                    f"{name}: gate {gate.name} is always {state} in {len(units)} of "
                    f"{len(gate.shut)} units ({listed(units)})."
                )


def _of_flow(flow: Flow) -> Iterator[str]:
    for state in flow.norms:
        factor = flow.factor(state)
        if math.isnan(factor):
            continue
        if abs(factor - 1) < EVEN:
            told = "passes almost unchanged"
        elif factor < 1:
            told = f"vanishes: 1 % is left after {math.log(0.01) / math.log(factor):.0f} steps"
        else:
            told = f"explodes: it doubles every {math.log(2) / math.log(factor):.1f} steps"
        yield (
            f"{flow.name}: from step to step back, the gradient of {state} is multiplied by "
            f"{factor:.3f}; it {told}."
        )


def _of_span(span: Span) -> str:
    return (
        f"{span.name}: the last input that changes the outcome by at least 1 % of the largest "
        f"influence lies {span.by_gradient()} steps back by gradient and "
        f"{span.by_perturbation()} by exchange, of {len(span.gradient) - 1}."
    )
