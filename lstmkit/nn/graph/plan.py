"""A network as arrays of places: what belongs to which unit, stage by stage."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from jaxtyping import Bool

from lstmkit.nn.graph.graph import Connection, Graph, Unit
from lstmkit.nn.graph.levels import levels
from lstmkit.nn.graph.pairs import Pairs, pairs_of
from lstmkit.nn.graph.places import Index, firsts, places


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Units of one level.

    Attributes:
        units: Their places, the last squashing function's last.
        functions: Each squashing function with the places of its units.
        connections: Places of the connections into them, unit by unit.
        starts: Where in `connections` each unit's begin.
        gated: Whether any of those is gated.
        keeps: Whether any of the units keeps its state.
        out: Places of connections through which errors reach them from later levels, by source.
        senders: Places of the sources, each once.
        out_starts: Where in `out` each sender's begin.
        gating: Places of the pairs in which they are the gating unit, by that unit.
        rulers: Places of the gating units, each once.
        gating_starts: Where in `gating` each ruler's begin.
    """

    units: slice
    functions: tuple[tuple[str, slice], ...]
    connections: slice
    starts: Index
    gated: bool
    keeps: bool
    out: Index
    senders: Index
    out_starts: Index
    gating: Index
    rulers: Index
    gating_starts: Index


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A graph as arrays of places.

    Units stand by level, connections by the unit that they enter. What is *seen* are the
    activities of all units now, then those of the step before, then two constants: `one`, which
    gates what nothing gates, and `zero`, which gates the self-connection of units that have none.
    Behind the connections stand the biases of all units but inputs.

    Attributes:
        units: Units in the order of the plan.
        num_inputs: How many of them are inputs; they come first.
        outputs: Places of the outputs, in the graph's order.
        connections: Learned connections in the order of the plan.
        source: What each connection sees of its source.
        gate: What it sees of its gating unit, or `one`.
        target: Place of the target of each connection, then of each bias.
        keeper: What each unit sees of the unit that gates its self-connection, or `one` or `zero`.
        functions: Each squashing function, with the places of its units.
        biased: Which biases are learned; the others stay zero.
        stages: Units but inputs, by level.
        pairs: What gating units do to later units.
    """

    units: tuple[Unit, ...]
    num_inputs: int
    outputs: Index
    connections: tuple[Connection, ...]
    source: Index
    gate: Index
    target: Index
    keeper: Index
    functions: tuple[tuple[str, Index], ...]
    biased: Bool[np.ndarray, " biases"]
    stages: tuple[Stage, ...]
    pairs: Pairs


def plan_of(graph: Graph) -> Plan:
    """Puts units and connections in the order in which they are worked off.

    Args:
        graph: The network.

    Returns:
        The same network as arrays of places.
    """
    level = levels(graph)
    # a stable sort: inputs, then by level, within a level by function
    units = tuple(
        sorted(graph.units, key=lambda one: (one.role != "input", level[one.name], one.function))
    )
    place = {unit.name: number for number, unit in enumerate(units)}
    num_inputs = sum(unit.role == "input" for unit in units)
    one, zero = 2 * len(units), 2 * len(units) + 1

    def seen(name: str | None, target: str) -> int:
        """What a unit sees of another: the new value if that one has run already."""
        if name is None:
            return one
        return place[name] + (0 if level[name] < level[target] else len(units))

    connections = tuple(sorted(graph.learned, key=lambda each: place[each.target]))
    kept = {each.target: each.gate for each in graph.connections if each.source == each.target}
    target = [place[each.target] for each in connections]
    stages = [list(group) for _, group in groupby(units[num_inputs:], lambda u: level[u.name])]
    gating, pairs = pairs_of(graph, connections, level, place, kept)
    return Plan(
        units=units,
        num_inputs=num_inputs,
        outputs=places(place[unit.name] for unit in graph.units if unit.role == "output"),
        connections=connections,
        source=places(seen(each.source, each.target) for each in connections),
        gate=places(seen(each.gate, each.target) for each in connections),
        target=places([*target, *range(num_inputs, len(units))]),
        keeper=places(
            seen(kept[unit.name], unit.name) if unit.name in kept else zero for unit in units
        ),
        functions=tuple(
            (function, places(n for n, one in enumerate(units) if one.function == function))
            for function in sorted({unit.function for unit in units[num_inputs:]})
        ),
        biased=np.array([unit.bias for unit in units[num_inputs:]]),
        stages=tuple(_stage(stage, connections, gating, level, place, kept) for stage in stages),
        pairs=pairs,
    )


def _stage(
    stage: Sequence[Unit],
    connections: Sequence[Connection],
    gating: Sequence[str],
    level: dict[str, int],
    place: dict[str, int],
    kept: Collection[str],
) -> Stage:
    names = [unit.name for unit in stage]
    into = [number for number, each in enumerate(connections) if each.target in names]
    targets = [connections[number].target for number in into]
    hidden = [unit.name for unit in stage if unit.role == "hidden"]
    out = sorted(
        (
            number
            for number, each in enumerate(connections)
            if each.source in hidden
            and level[each.target] > level[each.source]
            and not each.truncated
        ),
        key=lambda number: place[connections[number].source],
    )
    senders, out_starts = firsts(place[connections[number].source] for number in out)
    pairs = [number for number, name in enumerate(gating) if name in names]
    rulers, gating_starts = firsts(place[gating[number]] for number in pairs)
    first = place[names[0]]
    return Stage(
        units=slice(first, first + len(names)),
        functions=tuple(_functions(stage, first)),
        connections=slice(into[0], into[-1] + 1),
        starts=places(targets.index(name) for name in names),
        gated=any(connections[number].gate is not None for number in into),
        keeps=any(name in kept for name in names),
        out=places(out),
        senders=senders,
        out_starts=out_starts,
        gating=places(pairs),
        rulers=rulers,
        gating_starts=gating_starts,
    )


def _functions(stage: Sequence[Unit], first: int) -> list[tuple[str, slice]]:
    found = []
    for function, group in groupby(stage, lambda unit: unit.function):
        count = len(list(group))
        found.append((function, slice(first, first + count)))
        first += count
    return found
