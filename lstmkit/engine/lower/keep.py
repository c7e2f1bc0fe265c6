"""Which forward values a backward pass finds in the slots, and which it computes again.

A slot's sum is needed once, so that its place can keep another value for the backward pass: no
training step stores more arrays than slots and states. Which values is found by search; the cost
of a choice is the number of vector instructions that the backward pass spends on computing others
again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lstmkit.engine.equations import Equations
from lstmkit.engine.lower.adjoints import adjoints
from lstmkit.engine.lower.schedule import Schedule, rest, schedule
from lstmkit.engine.tree import (
    Binary,
    Call,
    Line,
    Name,
    Negative,
    Node,
    Previous,
    Product,
    children,
)

Place = tuple[int, int]
Kept = Mapping[Place, str]

# vector instructions of a function, about; all others count one
INSTRUCTIONS = {
    "sigmoid": 14,
    "tanh": 17,
    "exp": 11,
    "log": 16,
    "logsigmoid": 26,
    "softplus": 26,
    "sqrt": 8,
    "layer_norm": 2,
    "stop": 0,
}
DIVISION = 6


def reads(node: Node) -> Iterator[Name | Previous]:
    """Yields what arithmetic reads unit by unit: no moments, no means, nothing under a map."""
    match node:
        case Name() | Previous():
            yield node
        case Product() | Call("rstd" | "mean", _):
            return
        case _:
            for child in children(node):
                yield from reads(child)


def cost(node: Node) -> int:
    """The number of vector instructions of an expression, about."""
    match node:
        case Product() | Call("rstd" | "mean", _):
            return 1
        case Binary(operator, left, right):
            return cost(left) + cost(right) + (DIVISION if operator == "/" else 1)
        case Negative(inner):
            return cost(inner) + 1
        case Call(function, arguments):
            return INSTRUCTIONS.get(function, 1) + sum(cost(part) for part in arguments)
    return 0


@dataclass(frozen=True)
class Values:
    """Where a backward stage finds the values of the forward pass.

    Attributes:
        plan: The schedule.
        kept: The line that each slot keeps; a slot that is not named keeps its own sum.
    """

    plan: Schedule
    kept: Kept

    def slot(self, name: str, level: int) -> Place | None:
        """The slot in which a stage of a level finds a line, or None."""
        for place, line in self.kept.items():
            if line == name and self.plan.groups[place[0]].level <= level:
                return place
        found = self.alone(name)
        readable = found is not None and self.plan.groups[found[0]].level <= level
        return found if readable and found not in self.kept else None

    def alone(self, name: str) -> Place | None:
        """The slot whose sum is all there is to a line, or None."""
        slots = list(self.plan.slots_of(name))
        line = next(line for line in self.plan.lines if line.name == name)
        if len(slots) == 1 and slots[0][2].sign == 1 and not rest(line.expression):
            return slots[0][:2]
        return None

    def stored(self, name: str) -> bool:
        """Whether a line is stored for all steps anyway."""
        return name in self.plan.equations.states or name == "h" or name in self.plan.operands

    def again(self, needed: Iterator[Name | Previous], level: int) -> dict[str, None] | None:
        """The lines that a stage of a level must compute again, or None if it cannot."""
        found: dict[str, None] = {}
        lines = {line.name: line for line in self.plan.lines}
        pending = [leaf.name for leaf in needed if isinstance(leaf, Name)]
        while pending:
            name = pending.pop()
            if name in found or name not in lines or self.stored(name):
                continue
            if self.slot(name, level) is not None:
                continue
            for group, position, _ in self.plan.slots_of(name):
                if (group, position) in self.kept or self.plan.groups[group].level > level:
                    return None
            found[name] = None
            pending += [q.name for q in reads(lines[name].expression) if isinstance(q, Name)]
        return found


@lru_cache(maxsize=256)
def keep(equations: Equations) -> Values:
    """Chooses what the slots of a cell keep for its backward pass.

    Args:
        equations: The cell as read.

    Returns:
        The choice.

    Example:
        >>> from lstmkit.engine.equations import read
        >>> keep(read("h = tanh(W @ x + U @ h[-1] + b)")).kept
        {}
    """
    plan = schedule(equations)
    kept: dict[Place, str] = {}
    best, candidates = _cost(Values(plan, kept)), _candidates(plan)
    improved = True
    while improved:
        improved = False
        for place, line in candidates:
            changed = {p: q for p, q in kept.items() if q != line} | {place: line}
            price = _cost(Values(plan, changed))
            if price < best:
                best, kept, improved = price, changed, True
    return Values(plan, kept)


def _cost(values: Values) -> float:
    total = 0
    lines: dict[str, Line] = {line.name: line for line in values.plan.lines}
    for back in adjoints(values.plan.normal.source).stages:
        needed = (leaf for t in back.targets for _, term in t.terms for leaf in reads(term))
        again = values.again(needed, back.stage.level)
        if again is None:
            return float("inf")
        total += sum(1 + cost(lines[name].expression) for name in again)
    return total


def _candidates(plan: Schedule) -> tuple[tuple[Place, str], ...]:
    found = []
    for number, group in enumerate(plan.groups):
        for position in range(len(group.slots)):
            last = _last_read(plan, number, position)
            found += [
                ((number, position), line.name)
                for line in plan.lines
                if plan.widths[line.name] == group.width
                and plan.levels[line.name] >= max(last, group.level)
                and not Values(plan, {}).stored(line.name)
            ]
    return tuple(found)


def _last_read(plan: Schedule, group: int, position: int) -> int:
    """The lowest level at which a slot's sum may give way to another value."""
    name = plan.groups[group].slots[position].line
    last = plan.levels[name]
    if Values(plan, {}).alone(name) is None:
        return last
    for line in plan.lines:
        if any(isinstance(leaf, Name) and leaf.name == name for leaf in reads(line.expression)):
            last = max(last, plan.levels[line.name])
    return last
