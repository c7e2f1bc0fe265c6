"""A network as plain data: units in the order in which they run, connections, and their gates."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cached_property
from typing import Any, Literal, Self, TypeVar, get_args

from lstmkit.errors import SettingsError, nearest
from lstmkit.nn.graph.check import check

Role = Literal["input", "hidden", "output"]
Function = Literal["logistic", "tanh", "identity"]
CHOICES = {"role": get_args(Role), "function": get_args(Function)}
Entry = TypeVar("Entry", "Unit", "Connection")


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One unit; all kinds obey the same equations, and differ by their connections alone.

    Attributes:
        name: By which connections speak of it.
        role: An input is set from outside, an output has targets.
        function: Squashing function f of the state. An output is logistic, with cross-entropy as
            its error, or the identity, with squared error; either gives the error t - y.
        bias: Whether it has a learned bias. An input has none.
    """

    name: str
    role: Role = "hidden"
    function: Function = "logistic"
    bias: bool = True


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection; from a unit to itself, it keeps the state, with the weight 1.

    Attributes:
        source: Unit that sends.
        target: Unit that receives.
        gate: Unit whose activity multiplies the connection, or None.
        truncated: Whether it keeps errors from going back through it, as a peephole of LSTM does
            (Gers, Schraudolph and Schmidhuber 2002); one of LSTM-g does not.
    """

    source: str
    target: str
    gate: str | None = None
    truncated: bool = False


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A network of Monner and Reggia's one unit type, as data.

    Attributes:
        units: In the order in which they run: a unit sees the new values of those before it and
            the last step's values of those after it. Inputs come first.
        connections: In any order.

    Raises:
        SettingsError: A network that cannot run; the message names the unit or the connection.

    Example:
        >>> integrator = Graph(
        ...     units=(Unit(name="x", role="input"), Unit(name="y", role="output")),
        ...     connections=(
        ...         Connection(source="x", target="y"),
        ...         Connection(source="y", target="y"),
        ...     ),
        ... )
        >>> integrator.num_weights
        1
        >>> Graph.from_json(integrator.to_json()) == integrator
        True
    """

    units: tuple[Unit, ...]
    connections: tuple[Connection, ...]

    def __post_init__(self) -> None:
        _only(Unit, self.units, "units")
        _only(Connection, self.connections, "connections")
        for unit in self.units:
            _choose("role", unit.role, unit.name)
            _choose("function", unit.function, unit.name)
        check(self)

    @cached_property
    def learned(self) -> tuple[Connection, ...]:
        """Connections that have a weight to learn: all but those from a unit to itself."""
        return tuple(one for one in self.connections if one.source != one.target)

    @property
    def num_weights(self) -> int:
        """Number of weights as the paper counts them: without biases and self-connections."""
        return len(self.learned)

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """Returns the network as lists and dictionaries; defaults are left out."""
        return {
            "units": [_entry(unit) for unit in self.units],
            "connections": [_entry(connection) for connection in self.connections],
        }

    def to_json(self) -> str:
        """Returns the network as JSON, one unit or connection a line."""
        parts = (
            f'"{name}": [\n    ' + ",\n    ".join(map(json.dumps, entries)) + "\n  ]"
            for name, entries in self.to_dict().items()
        )
        return "{\n  " + ",\n  ".join(parts) + "\n}\n"

    @classmethod
    def from_dict(cls, description: Any) -> Self:
        """Reads what `to_dict` writes.

        Args:
            description: `{"units": [...], "connections": [...]}`.

        Returns:
            The network.

        Raises:
            SettingsError: Something is missing, unknown or of the wrong type.
        """
        if not isinstance(description, Mapping) or set(description) != {"units", "connections"}:
            came = list(description) if isinstance(description, Mapping) else description
            raise SettingsError(
                f"Graph: expected a description with 'units' and 'connections', got {came!r}."
            )
        return cls(
            units=tuple(_read(Unit, description["units"], "units")),
            connections=tuple(_read(Connection, description["connections"], "connections")),
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads what `to_json` writes.

        Args:
            text: JSON.

        Returns:
            The network.

        Raises:
            SettingsError: The text is no JSON, or describes no network.
        """
        try:
            description = json.loads(text)
        except json.JSONDecodeError as error:
            raise SettingsError(f"Graph: expected JSON, got a text with: {error}.") from None
        return cls.from_dict(description)


def _only(kind: type, parts: object, where: str) -> None:
    if not isinstance(parts, tuple | list):
        raise SettingsError(f"Graph: expected a tuple as {where}, got {type(parts).__name__}.")
    for number, part in enumerate(parts):
        if not isinstance(part, kind):
            raise SettingsError(
                f"Graph: expected a {kind.__name__} as {where}[{number}], got {part!r}."
            )


def _entry(one: Unit | Connection) -> dict[str, Any]:
    defaults = {field.name: field.default for field in fields(one)}
    return {name: value for name, value in asdict(one).items() if value != defaults[name]}


def _read(kind: type[Entry], entries: object, where: str) -> Iterable[Entry]:
    if not isinstance(entries, list | tuple):
        raise SettingsError(f"Graph: expected a list of {where}, got {entries!r}.")
    for number, entry in enumerate(entries):
        yield kind(**_checked(kind, entry, f"{where}[{number}]"))


def _checked(kind: type[Entry], entry: object, where: str) -> dict[str, Any]:
    """What an entry says, after a look at every key and value."""
    if not isinstance(entry, Mapping):
        raise SettingsError(f"Graph: expected a dictionary as {where}, got {entry!r}.")
    known = {field.name: field for field in fields(kind)}
    for name in entry:
        if name not in known:
            raise SettingsError(
                f"Graph: {where} has the unknown entry {name!r}; known are {', '.join(known)}."
                f"{nearest(str(name), known)}"
            )
    for name, field in known.items():
        if name not in entry and field.default is MISSING:
            raise SettingsError(f"Graph: {where} lacks its {name!r}; got {dict(entry)!r}.")
    for name, value in entry.items():
        expected: type = bool if name in ("bias", "truncated") else str
        if not (isinstance(value, expected) or (name == "gate" and value is None)):
            raise SettingsError(
                f"Graph: expected a {expected.__name__} as {name!r} of {where}, got {value!r}."
            )
        if name in CHOICES:
            _choose(name, str(value), where)
    return dict(entry)


def _choose(name: str, value: str, where: str) -> None:
    if value not in CHOICES[name]:
        raise SettingsError(
            f"Graph: expected one of {', '.join(CHOICES[name])} as {name} of {where}, "
            f"got {value!r}.{nearest(value, CHOICES[name])}"
        )
