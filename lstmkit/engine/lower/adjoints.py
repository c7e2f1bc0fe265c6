"""The backward pass of a schedule: which stage computes which term of which adjoint.

A term is computed where the adjoint in it lives, and handed down to the stage of its target: when
a lower stage runs, the slots of the higher ones have already given way to adjoints. Means over a
row are taken between stages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from lstmkit.engine.equations import Equations
from lstmkit.engine.lower.schedule import Schedule, Stage, schedule, terms
from lstmkit.engine.tree import Adjoint, Call, Line, Next, Node, Transposed, walk

Term = tuple[int, Node]


@dataclass(frozen=True, slots=True)
class Target:
    """What a stage adds up: an adjoint, a part of one, a carry or a gradient.

    Attributes:
        kind: `adjoint` of a line of this stage; `partial` of an adjoint or a carry of a lower
            stage; `carry` to the step before; `vector` for a learned vector's gradient; `summand`
            of a mean over the row.
        name: Line, state or vector.
        terms: Signed terms.
        parts: Levels of higher stages that hand down a part.
        arrives: Whether products, or the loss, hand over a part.
        carried: Whether the step after hands over a part, unit by unit.
    """

    kind: str
    name: str
    terms: tuple[Term, ...]
    parts: tuple[int, ...] = ()
    arrives: bool = False
    carried: bool = False


@dataclass(frozen=True)
class BackwardStage:
    """The backward pass of one stage."""

    stage: Stage
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Adjoints:
    """The backward pass of one step.

    Attributes:
        stages: In the order in which they run, the last stage of the forward pass first.
        carried: States whose adjoint passes from step to step unit by unit.
        arriving: Quantities that get a part of their adjoint from products or the loss, or as a
            final state alone.
        handed: Adjoints that a lower stage reads whole.
        means: Expressions whose mean over a row a lower stage reads, and the level after which
            it can be taken.
    """

    stages: tuple[BackwardStage, ...]
    carried: tuple[str, ...]
    arriving: tuple[str, ...]
    handed: tuple[str, ...]
    means: tuple[tuple[Node, int], ...]


@lru_cache(maxsize=256)
def adjoints(equations: Equations) -> Adjoints:
    """Distributes the derived backward pass of a cell over its stages.

    Args:
        equations: The cell as read.

    Returns:
        The backward stages.

    Example:
        >>> from lstmkit.engine.equations import read
        >>> adjoints(read("h = tanh(W @ x + U @ h[-1] + b)")).carried
        ()
    """
    return _Distribution(schedule(equations)).run()


class _Distribution:
    def __init__(self, plan: Schedule) -> None:
        self.plan = plan
        self.levels, self.widths = plan.levels, plan.widths
        backward = plan.backward
        self.lines = {line.name: line for line in backward.lines}
        self.carries = {
            line.name: kept for line in backward.carries if (kept := list(_arithmetic(line)))
        }
        self.vectors = {
            line.name: list(terms(line.expression))
            for line in backward.gradients
            if line.name in plan.equations.vectors
        }
        alone = (name for name in plan.equations.states if name not in self.carries)
        self.arriving = tuple(dict.fromkeys((*plan.operands, *plan.recurrent, "h", *alone)))
        everything = [line.expression for line in backward.lines]
        self.means = tuple(
            dict.fromkeys(
                part.arguments[0]
                for expression in everything
                for part in walk(expression)
                if isinstance(part, Call) and part.function == "mean"
            )
        )

    def run(self) -> Adjoints:
        stages = tuple(
            BackwardStage(stage, tuple(self.targets(stage))) for stage in reversed(self.plan.stages)
        )
        return Adjoints(
            stages=stages,
            carried=tuple(self.carries),
            arriving=self.arriving,
            handed=tuple(self.handed()),
            means=tuple((node, self.level(node)) for node in self.means),
        )

    def level(self, term: Node) -> int:
        """The level of the adjoints in a term."""
        return max(self.levels[part.name] for part in walk(term) if isinstance(part, Adjoint))

    def home(self, target: str, term: Node) -> int:
        """The stage that computes a term of the adjoint of a line."""
        crosses = any(isinstance(part, Call) and part.function == "mean" for part in walk(term))
        return self.levels[target] if crosses else self.level(term)

    def handed(self) -> Iterator[str]:
        found: dict[str, None] = {}
        for line in self.lines.values():
            for _, term in _arithmetic(line):
                for part in walk(term):
                    if isinstance(part, Adjoint):
                        here = self.home(line.name, term)
                        if here < self.levels[part.name]:
                            found[part.name] = None
        yield from found

    def targets(self, stage: Stage) -> Iterator[Target]:
        level, width = stage.level, stage.width
        for line in reversed(stage.lines):
            own = [(s, t) for s, t in _arithmetic(self.lines[line.name])]
            homes = [self.home(line.name, term) for _, term in own]
            yield Target(
                "adjoint",
                line.name,
                tuple(term for term, home in zip(own, homes, strict=True) if home == level),
                tuple(sorted({home for home in homes if home > level})),
                line.name in self.arriving,
                line.name in self.carries,
            )
        for name in self.lines:
            if self.widths[name] == width and self.levels[name] < level:
                found = self.at(level, self.lines[name])
                if found:
                    yield Target("partial", name, found)
        for name, parts in self.carries.items():
            if self.plan.equations.sizes[name] == width:
                homes = sorted({self.level(term) for _, term in parts})
                here = tuple(part for part in parts if self.level(part[1]) == level)
                if homes[0] == level:
                    yield Target("carry", name, here, tuple(homes[1:]))
                elif here:
                    yield Target("partial carry", name, here)
        for name, parts in self.vectors.items():
            here = tuple(part for part in parts if self.level(part[1]) == level)
            if here and self.plan.equations.vectors[name] == width:
                yield Target("vector", name, here)
        for number, node in enumerate(self.means):
            if self.level(node) == level and self.width_of(node) == width:
                yield Target("summand", str(number), ((1, node),))

    def width_of(self, node: Node) -> str:
        return next(self.widths[part.name] for part in walk(node) if isinstance(part, Adjoint))

    def at(self, level: int, line: Line) -> tuple[Term, ...]:
        return tuple(
            (sign, term) for sign, term in _arithmetic(line) if self.home(line.name, term) == level
        )


def _arithmetic(line: Line) -> Iterator[Term]:
    """The terms of an adjoint that no product and no other step hands over."""
    for sign, term in terms(line.expression):
        parts = list(walk(term))
        if any(isinstance(part, Adjoint) for part in parts) and not any(
            isinstance(part, Transposed | Next) for part in parts
        ):
            yield sign, term
