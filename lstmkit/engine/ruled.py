"""A cell's equations with what a layer adds to its state written out: clipping, zoneout, dropout.

For each state `q` that the cell lets change on its own, with `q'` for what its equation gives:

    q' = max(min(..., bound), -bound)            # and the other equations of the step read q'
    q  = keep * q[-1] + (1 - keep) * q'          # zoneout; Krueger et al. 2017, eq. 4
    U @ q[-1]  becomes  U @ (mask * q[-1])       # Gal and Ghahramani 2016, eq. 7

Bound, keep and mask are *given*: numbers by row and unit that are neither computed nor learned.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from lstmkit.engine.equations import Equations
from lstmkit.engine.tree import (
    Binary,
    Call,
    Line,
    Name,
    Negative,
    Node,
    Number,
    Previous,
    Product,
    children,
    rebuild,
)

Kind = Literal["zoneout", "clip", "mask"]


@dataclass(frozen=True, slots=True)
class Given:
    """Numbers that a scan brings along.

    Attributes:
        kind: What they are for.
        state: The state that they change.
    """

    kind: Kind
    state: str

    @property
    def name(self) -> str:
        """Its name in the equations; a space keeps it apart from every name of a text."""
        return f"{self.kind} {self.state}"


@lru_cache(maxsize=256)
def givens(equations: Equations) -> tuple[Given, ...]:
    """Returns what the equations under rules are given, in the order of their states."""
    masks = [Given("mask", name) for name in _read_by_maps(equations)]
    zoneout = [Given("zoneout", name) for name in equations.states]
    return (*zoneout, *(Given("clip", n) for n in equations.states if n != "h"), *masks)


@lru_cache(maxsize=256)
def ruled(equations: Equations) -> Equations:
    """Writes a layer's rules into a cell's equations.

    Args:
        equations: The cell as read.

    Returns:
        The cell under rules; with bounds of infinity, nothing kept and masks of 1 it equals the
        cell itself.

    Example:
        >>> from lstmkit.engine import read, to_unicode
        >>> print(to_unicode(ruled(read("h = tanh(W @ x + U @ h[-1])")).lines))
        h' = tanh(W xₜ + U (mask h ⊙ hₜ₋₁))
        h  = zoneout h ⊙ hₜ₋₁ + (1 − zoneout h) ⊙ h'
    """
    masked = _read_by_maps(equations)
    lines: list[Line] = []
    sizes = dict(equations.sizes)
    for line in equations.lines:
        expression = _changed(line.expression, equations.states, masked)
        name = line.name
        if name not in equations.states:
            lines.append(Line(name, expression, line.number))
            continue
        if name != "h":
            bound = Name(Given("clip", name).name)
            expression = Call("max", (Call("min", (expression, bound)), Negative(bound)))
        sizes[_before(name)] = sizes[name]
        lines.append(Line(_before(name), expression, line.number))
        lines.append(Line(name, _mixed(name), line.number))
    given = {one.name: sizes[one.state] for one in givens(equations)}
    return replace(equations, lines=tuple(lines), sizes=sizes, given=given)


def _read_by_maps(equations: Equations) -> tuple[str, ...]:
    read = {part.name for learned in equations.maps.values() for part in _previous(learned.operand)}
    return tuple(name for name in equations.states if name in read)


def _previous(node: Node) -> list[Previous]:
    own = [node] if isinstance(node, Previous) else []
    return own + [found for child in children(node) for found in _previous(child)]


def _before(state: str) -> str:
    return f"{state}'"


def _mixed(state: str) -> Node:
    keep = Name(Given("zoneout", state).name)
    kept = Binary("*", keep, Previous(state))
    return Binary("+", kept, Binary("*", Binary("-", Number(1.0), keep), Name(_before(state))))


def _changed(
    node: Node, states: tuple[str, ...], masked: tuple[str, ...], *, inside: bool = False
) -> Node:
    match node:
        case Name(name) if name in states:
            return Name(_before(name))
        case Previous(name) if inside and name in masked:
            return Binary("*", Name(Given("mask", name).name), node)
    inside = inside or isinstance(node, Product)
    parts = tuple(_changed(child, states, masked, inside=inside) for child in children(node))
    return rebuild(node, parts)
