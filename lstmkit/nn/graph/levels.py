"""The order in which a network is worked off: units that do not wait for one another together.

Units run in the order of their graph, and see new values of earlier units and old values of later
ones. A unit's level is the least that keeps this: above every earlier unit that it sees, and not
below an earlier unit that sees it. Units of a level then run at once, with the same result.
"""

from lstmkit.nn.graph.graph import Graph


def levels(graph: Graph) -> dict[str, int]:
    """Returns the level of every unit of a `graph`; those of one level do not wait for another."""
    sees = {(each.source, each.target) for each in graph.connections}
    sees |= {(each.gate, each.target) for each in graph.connections if each.gate is not None}
    found: dict[str, int] = {}
    for unit in graph.units:
        least = [found[name] + 1 for name in found if (name, unit.name) in sees]
        least += [found[name] for name in found if (unit.name, name) in sees]
        found[unit.name] = max(least, default=0)
    return found
