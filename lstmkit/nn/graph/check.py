"""What every network must be before it can run."""

from collections import Counter
from typing import TYPE_CHECKING

from lstmkit.errors import SettingsError, nearest

if TYPE_CHECKING:
    from lstmkit.nn.graph.graph import Connection, Graph


def check(graph: "Graph") -> None:
    """Refuses a network that cannot run.

    Args:
        graph: The network.

    Raises:
        SettingsError: The message names the unit or the connection, and how to mend it.
    """
    _check_units(graph)
    names = [unit.name for unit in graph.units]
    for connection in graph.connections:
        for name in (connection.source, connection.target, connection.gate):
            if name is not None and name not in names:
                raise SettingsError(
                    f"Graph: {_told(connection)} names {name!r}, which is no unit."
                    f"{nearest(name, names)}"
                )
    _check_connections(graph)


def _check_units(graph: "Graph") -> None:
    for name, count in Counter(unit.name for unit in graph.units).items():
        if not name or count > 1:
            raise SettingsError(
                f"Graph: expected a name of its own for every unit, got {name!r} {count} times."
            )
    roles = [unit.role for unit in graph.units]
    for role in ("input", "output"):
        if role not in roles:
            raise SettingsError(f"Graph: expected at least one unit with the role {role!r}.")
    first = next(place for place, role in enumerate(roles) if role != "input")
    for unit in graph.units[first:]:
        if unit.role == "input":
            raise SettingsError(
                f"Graph: expected inputs before all other units, got {unit.name!r} after "
                f"{graph.units[first].name!r}."
            )
    for unit in graph.units:
        if unit.role == "output" and unit.function == "tanh":
            raise SettingsError(
                f"Graph: expected a logistic or identity output, got {unit.name!r} with tanh; "
                "its error would not be t - y. Let it project to an output with the identity."
            )


def _check_connections(graph: "Graph") -> None:
    seen = set()
    for connection in graph.connections:
        ends = (connection.source, connection.target)
        if ends in seen:
            raise SettingsError(
                f"Graph: expected one connection between two units, got {_told(connection)} twice."
            )
        seen.add(ends)
        if connection.gate == connection.source == connection.target:
            raise SettingsError(
                f"Graph: {connection.gate!r} gates its own self-connection, for which the learning "
                "rule has no derivative. Let another unit gate it."
            )
        if connection.truncated and connection.source == connection.target:
            raise SettingsError(
                f"Graph: {_told(connection)} is truncated, but it keeps a state, whose traces "
                "carry the error. Truncate connections between two units."
            )
    for unit in graph.units:
        fed = any(target == unit.name and source != target for source, target in seen)
        own = (unit.name, unit.name) in seen
        if unit.role == "input" and (fed or own):
            raise SettingsError(
                f"Graph: {unit.name!r} is an input and is set from outside; "
                "expected no connection into it."
            )
        if unit.role != "input" and not fed:
            raise SettingsError(
                f"Graph: nothing reaches {unit.name!r}; expected a connection into it from "
                "another unit, or no such unit."
            )


def _told(connection: "Connection") -> str:
    return f"the connection {connection.source!r} -> {connection.target!r}"
