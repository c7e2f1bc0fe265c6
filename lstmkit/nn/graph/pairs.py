"""What gating units do to later units: the brackets and the extended traces of equation 18."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lstmkit.nn.graph.graph import Connection, Graph
from lstmkit.nn.graph.places import Index, firsts, places


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Gating units j with the later units k into which they gate, and their extended traces.

    Where k keeps no state, the extended trace is the bracket times the slope of j times the
    eligibility trace, with nothing of earlier steps; so what it teaches is the eligibility trace
    times the error that reaches j through its gates, and only the others are kept.

    Attributes:
        gated: The unit k of each pair.
        forgets: 1 where k keeps no state, else 0.
        terms: Places in the connections, then the units, of what j multiplies in the state of k:
            connections into k and k's own last state; pair by pair.
        starts: Where in `terms` each pair's begin.
        traced: The connection into j, or j's bias, of each extended trace; ascending.
        of_trace: The pair of each extended trace.
        ruler: The unit j of each extended trace.
        later: The unit k of each extended trace.
        targets: Those connections and biases, each once.
        target_starts: Where in `traced` each begins.
    """

    gated: Index
    forgets: Float[np.ndarray, " pairs"]
    terms: Index
    starts: Index
    traced: Index
    of_trace: Index
    ruler: Index
    later: Index
    targets: Index
    target_starts: Index


def pairs_of(
    graph: Graph,
    connections: Sequence[Connection],
    level: dict[str, int],
    place: dict[str, int],
    kept: Collection[str],
) -> tuple[list[str], Pairs]:
    """Finds the pairs of a network, and where their numbers stand.

    Args:
        graph: The network.
        connections: Its learned connections, in the order of the plan.
        level: The level of every unit.
        place: The place of every unit.
        kept: Units that keep their state.

    Returns:
        The gating unit of each pair, and the rest.
    """
    hidden = {unit.name: unit for unit in graph.units if unit.role == "hidden"}
    pairs = sorted(
        {
            (each.gate, each.target)
            for each in graph.connections
            if each.gate in hidden and level[each.gate] < level[each.target]
        },
        key=lambda pair: (place[pair[0]], place[pair[1]]),
    )
    terms: list[int] = []
    starts, traces = [], []
    num_inputs = sum(unit.role == "input" for unit in graph.units)
    for number, (gate, gated) in enumerate(pairs):
        starts.append(len(terms))
        terms += [
            into
            for into, each in enumerate(connections)
            if (each.gate, each.target) == (gate, gated)
        ]
        if Connection(source=gated, target=gated, gate=gate) in graph.connections:
            terms.append(len(connections) + place[gated])
        if gated not in kept:
            continue
        traces += [(into, number) for into, each in enumerate(connections) if each.target == gate]
        if hidden[gate].bias:
            traces.append((len(connections) + place[gate] - num_inputs, number))
    traces.sort()
    targets, target_starts = firsts(number for number, _ in traces)
    return [gate for gate, _ in pairs], Pairs(
        gated=places(place[gated] for _, gated in pairs),
        forgets=np.array([float(gated not in kept) for _, gated in pairs]),
        terms=places(terms),
        starts=places(starts),
        traced=places(number for number, _ in traces),
        of_trace=places(number for _, number in traces),
        ruler=places(place[pairs[number][0]] for _, number in traces),
        later=places(place[pairs[number][1]] for _, number in traces),
        targets=targets,
        target_starts=target_starts,
    )
