"""The arrays that a cell's generated functions read and write, and how their rows are spaced."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lstmkit.engine.equations import Equations
from lstmkit.engine.lower.adjoints import adjoints
from lstmkit.engine.lower.keep import Values, reads
from lstmkit.engine.lower.schedule import schedule
from lstmkit.engine.sizing import Size
from lstmkit.engine.tree import Name

Kind = Literal[
    "slots",
    "state",
    "previous",
    "value",
    "moments",
    "vector",
    "arriving",
    "carry",
    "vector gradient",
    "partial",
    "partial carry",
    "adjoint",
    "summand",
    "mean",
    "given",
    "trace",
]


@dataclass(frozen=True, slots=True)
class Array:
    """One array: a row for each sequence of the batch, except that vectors have a single one.

    Attributes:
        kind: What it holds: `slots` of a group; a `state` after this step and its `previous`
            value; the `value` of a line that another stage or a map reads; `moments` (mean and
            1 / deviation) of a row; a learned `vector` and its gradient; what is `arriving` at
            an adjoint from products and the loss; what a `carry` hands to the step before; a
            `partial` sum of an adjoint or a carry; an `adjoint` that a lower stage reads; a
            `summand` and its `mean` over the row; numbers that a scan is `given`; the `trace` of
            a quantity over time.
        name: Line, state, vector, or number of the group or mean.
        width: Size of a row.
        level: Stage that a partial sum comes from.
    """

    kind: Kind
    name: str
    width: Size
    level: int = 0


@lru_cache(maxsize=256)
def arrays(equations: Equations) -> dict[Array, int]:
    """Numbers the arrays of a cell.

    Args:
        equations: The cell as read.

    Returns:
        Each array with its number.
    """
    plan, back = schedule(equations), adjoints(equations)
    sizes = plan.equations.sizes
    found = [Array("slots", str(k), group.width) for k, group in enumerate(plan.groups)]
    outputs = tuple(dict.fromkeys(("h", *plan.equations.states)))
    found += [Array("state", name, sizes[name]) for name in outputs]
    found += [Array("previous", name, sizes[name]) for name in plan.equations.states]
    found += [Array("value", name, plan.widths[name]) for name in crossing(equations)]
    found += [Array("moments", name, plan.widths[name]) for name in plan.normalised]
    found += [Array("vector", name, size) for name, size in plan.equations.vectors.items()]
    found += [Array("arriving", name, plan.widths[name]) for name in back.arriving]
    found += [Array("carry", name, sizes[name]) for name in back.carried]
    found += [Array("vector gradient", n, size) for n, size in plan.equations.vectors.items()]
    for stage in back.stages:
        level = stage.stage.level
        for target in stage.targets:
            if target.kind == "partial":
                found.append(Array("partial", target.name, plan.widths[target.name], level))
            if target.kind == "partial carry":
                found.append(Array("partial carry", target.name, sizes[target.name], level))
            if target.kind == "summand":
                found.append(Array("summand", target.name, stage.stage.width))
                found.append(Array("mean", target.name, stage.stage.width))
    found += [Array("adjoint", name, plan.widths[name]) for name in back.handed]
    found += [Array("given", name, size) for name, size in equations.given.items()]
    found += [Array("trace", name, plan.widths[name]) for name in traced(equations)]
    return {array: number for number, array in enumerate(found)}


def traced(equations: Equations) -> tuple[str, ...]:
    """Quantities that a trace records besides the output h, which is there anyway.

    Args:
        equations: The cell as read, or under rules.

    Returns:
        Their names.
    """
    return tuple(q for q in equations.quantities if q != "h" and not q.endswith("'"))


@lru_cache(maxsize=256)
def crossing(equations: Equations) -> tuple[str, ...]:
    """Lines that another stage or a map reads, and that are no states and no bare slots.

    Args:
        equations: The cell as read.

    Returns:
        Their names.
    """
    plan = schedule(equations)
    values = Values(plan, {})
    found = dict.fromkeys(name for name in plan.operands)
    for line in plan.lines:
        for leaf in reads(line.expression):
            if not isinstance(leaf, Name) or leaf.name not in plan.levels:
                continue
            if plan.levels[leaf.name] < plan.levels[line.name] and values.alone(leaf.name) is None:
                found[leaf.name] = None
    for name in plan.normalised:
        if values.alone(name) is None:
            found[name] = None
    return tuple(n for n in found if n not in plan.equations.states and n != "h")
