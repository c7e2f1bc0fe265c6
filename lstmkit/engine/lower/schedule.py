"""A cell's step as a schedule: products into slots, stretches of arithmetic, sums over rows.

A *slot* holds the sum of products that stands in one line. A line whose products read the input
or the step before has level 0; a product of a quantity of the same step, and a sum over its row,
raise the level by one, because the whole row must be there first. Lines of one level and width
make a *stage*: one stretch of arithmetic, unit by unit. Slots of one stage that read the same
sources make a *group*, stored side by side for each sixteen units.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lstmkit.engine.backward import Backward, derive
from lstmkit.engine.equations import Equations
from lstmkit.engine.flatten import has_product_in_sum
from lstmkit.engine.lower.normal import Normal, normal
from lstmkit.engine.sizing import Size
from lstmkit.engine.tree import (
    Binary,
    Call,
    Line,
    Name,
    Negative,
    Node,
    Previous,
    Product,
    walk,
)

MOST_SLOTS = 6  # a group's columns of one unit block fit the registers of a tile


@dataclass(frozen=True, slots=True)
class Slot:
    """The sum of a line's products of one sign.

    Attributes:
        line: The line.
        sign: +1 or -1: how the sum enters the line.
        maps: For each source of the group the map that reads it.
    """

    line: str
    sign: int
    maps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Slots of one stage with the same sources.

    Attributes:
        level: Level of the stage.
        width: Size of the stage.
        sources: What the products read: `x`, `q[-1]`, or a quantity of this step.
        stopped: For each source whether gradients stop before it.
        slots: The slots, in the order in which they are stored.
    """

    level: int
    width: Size
    sources: tuple[Node, ...]
    stopped: tuple[bool, ...]
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of arithmetic, unit by unit, for all lines of one level and width."""

    level: int
    width: Size
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Schedule:
    """One step of a cell, ready to be generated.

    Attributes:
        normal: The equations in normal form.
        backward: Their derivation; its `forward` has every intermediate named.
        levels: Level of each line.
        widths: Size of each line.
        groups: Slots by group.
        stages: In the order in which they are computed.
        normalised: Lines whose rows are brought to mean 0 and variance 1, and whose moments are
            taken when their stage is done.
    """

    normal: Normal
    backward: Backward
    levels: dict[str, int]
    widths: dict[str, Size]
    groups: tuple[Group, ...]
    stages: tuple[Stage, ...]
    normalised: tuple[str, ...] = field(default=())

    @property
    def equations(self) -> Equations:
        """The equations in normal form."""
        return self.normal.equations

    @property
    def lines(self) -> tuple[Line, ...]:
        """The forward pass with every intermediate named."""
        return self.backward.forward

    def slots_of(self, line: str) -> Iterator[tuple[int, int, Slot]]:
        """Yields group, position and slot of each sum of products in a line."""
        for number, group in enumerate(self.groups):
            for position, slot in enumerate(group.slots):
                if slot.line == line:
                    yield number, position, slot

    @property
    def operands(self) -> tuple[str, ...]:
        """Quantities of this step that a map of the same step reads."""
        found = [s.name for g in self.groups for s in g.sources if isinstance(s, Name)]
        return tuple(dict.fromkeys(name for name in found if name != "x"))

    @property
    def recurrent(self) -> tuple[str, ...]:
        """States that a map of the next step reads."""
        found = [s.name for g in self.groups for s in g.sources if isinstance(s, Previous)]
        return tuple(dict.fromkeys(found))


def terms(node: Node, sign: int = 1) -> Iterator[tuple[int, Node]]:
    """Yields the terms of a sum with their signs."""
    match node:
        case Binary("+" | "-" as operator, left, right):
            yield from terms(left, sign)
            yield from terms(right, sign if operator == "+" else -sign)
        case Negative(inner):
            yield from terms(inner, -sign)
        case _:
            yield sign, node


def rest(node: Node) -> list[tuple[int, Node]]:
    """Returns the terms of a line that are no products."""
    return [(sign, term) for sign, term in terms(node) if not isinstance(term, Product)]


@lru_cache(maxsize=256)
def schedule(equations: Equations) -> Schedule:
    """Schedules one step of a cell.

    Args:
        equations: The cell as read.

    Returns:
        The schedule.

    Example:
        >>> from lstmkit.engine.equations import read
        >>> plan = schedule(read("h = P @ tanh(W @ x + U @ h[-1] + b)"))
        >>> [(stage.level, stage.width) for stage in plan.stages]
        [(0, 'hidden'), (1, 'projection')]
    """
    form = normal(equations)
    backward = derive(form.equations)
    levels, widths = _levels(backward.forward), _widths(form.equations, backward.forward)
    keys = dict.fromkeys((levels[line.name], widths[line.name]) for line in backward.forward)
    stages = tuple(
        Stage(
            level,
            width,
            tuple(
                line
                for line in backward.forward
                if (levels[line.name], widths[line.name]) == (level, width)
            ),
        )
        for level, width in sorted(keys)
    )
    return Schedule(
        normal=form,
        backward=backward,
        levels=levels,
        widths=widths,
        groups=_groups(form.equations, backward.forward, levels, widths),
        stages=stages,
        normalised=tuple(
            dict.fromkeys(
                _only_name(line.expression.arguments[0])
                for line in backward.forward
                if isinstance(line.expression, Call) and line.expression.function == "layer_norm"
            )
        ),
    )


def _only_name(node: Node) -> str:
    assert isinstance(node, Name | Previous), node
    return node.name


def _levels(lines: tuple[Line, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in lines:
        level = 0
        for part in walk(line.expression):
            match part:
                case Product(_, Name(name)) if name != "x":
                    level = max(level, found[name] + 1)
                case Name(name) if name in found:
                    level = max(level, found[name])
                case Call("layer_norm", (Name(name),)):
                    level = max(level, found[name] + 1)
        found[line.name] = level
    return found


def _widths(equations: Equations, lines: tuple[Line, ...]) -> dict[str, Size]:
    found: dict[str, Size] = dict(equations.sizes)
    for line in lines:
        if line.name not in found:
            found[line.name] = _width(line.expression, equations, found)
    return found


def _width(node: Node, equations: Equations, known: dict[str, Size]) -> Size:
    for part in _outside_products(node):
        match part:
            case Product(name, _):
                return equations.maps[name].rows
            case Name(name) | Previous(name) if name in known:
                return known[name]
            case Name(name) if name in equations.vectors:
                return equations.vectors[name]
            case Name(name) if name in equations.given:
                return equations.given[name]
    raise AssertionError(node)


def _outside_products(node: Node) -> Iterator[Node]:
    pending = [node]
    while pending:
        part = pending.pop(0)
        yield part
        match part:
            case Binary(_, left, right):
                pending[:0] = [left, right]
            case Negative(inner):
                pending.insert(0, inner)
            case Call(_, arguments):
                pending[:0] = arguments


def _groups(
    equations: Equations,
    lines: tuple[Line, ...],
    levels: dict[str, int],
    widths: dict[str, Size],
) -> tuple[Group, ...]:
    alike: dict[tuple[int, Size, tuple[Node, ...], tuple[bool, ...]], list[Slot]] = {}
    for line in lines:
        if not has_product_in_sum(line.expression):
            continue
        for sign in (1, -1):
            products = sorted(
                (
                    term
                    for own, term in terms(line.expression)
                    if isinstance(term, Product) and own == sign
                ),
                key=lambda product: repr(product.operand),
            )
            if products:
                sources = tuple(p.operand for p in products)
                stopped = tuple(equations.maps[p.map].stopped for p in products)
                key = levels[line.name], widths[line.name], sources, stopped
                slot = Slot(line.name, sign, tuple(p.map for p in products))
                alike.setdefault(key, []).append(slot)
    groups = []
    for of_group, slots in alike.items():
        parts = -(-len(slots) // MOST_SLOTS)
        size = -(-len(slots) // parts)
        groups += [Group(*of_group, tuple(slots[k : k + size])) for k in range(0, len(slots), size)]
    return tuple(groups)
