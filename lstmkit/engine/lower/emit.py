"""A cell's arithmetic as C++: for each stage a function forward, two that keep, one backward.

Every name in the generated text is a letter and a number, so that nothing of a cell's own text
but its arithmetic reaches a compiler. A function works on some rows and some units of one step,
while they lie in the cache; `lstmkit/engine/native/cell.h` says what it is given.
"""

from dataclasses import dataclass
from functools import lru_cache

from lstmkit.engine.equations import Equations
from lstmkit.engine.lower.adjoints import BackwardStage, Target, Term, adjoints
from lstmkit.engine.lower.keep import keep
from lstmkit.engine.lower.schedule import Schedule, Stage, rest, schedule
from lstmkit.engine.lower.statements import Statements
from lstmkit.engine.tree import (
    Adjoint,
    Binary,
    Call,
    Line,
    Name,
    Negative,
    Node,
    Number,
    Previous,
)

FUNCTIONS = {
    "sigmoid": "sigmoid",
    "tanh": "hyperbolic_tangent",
    "exp": "exponential",
    "log": "logarithm",
    "logsigmoid": "logsigmoid",
    "softplus": "softplus",
    "relu": "relu",
    "sqrt": "square_root",
    "abs": "absolute",
    "max": "maximum",
    "min": "minimum",
    "at_least": "at_least",
    "step": "step",
    "sign": "sign",
}


@dataclass(frozen=True)
class Generated:
    """The C++ of one cell.

    Attributes:
        text: The source.
        functions: Names of its functions: forward, keeping, tracing and backward for each stage
            in turn.
    """

    text: str
    functions: tuple[str, ...]


@lru_cache(maxsize=256)
def emit(equations: Equations) -> Generated:
    """Generates the C++ of a cell.

    Args:
        equations: The cell as read.

    Returns:
        The source and the names of its functions.

    Example:
        >>> from lstmkit.engine.equations import read
        >>> generated = emit(read("h = tanh(W @ x + U @ h[-1] + b)"))
        >>> generated.functions
        ('forward_0', 'keeping_0', 'tracing_0', 'backward_0')
    """
    plan = schedule(equations)
    back = {(b.stage.level, b.stage.width): b for b in adjoints(equations).stages}
    bodies: list[str] = []
    names: list[str] = []
    for number, stage in enumerate(plan.stages):
        written = {
            f"forward_{number}": _forward(plan, stage),
            f"keeping_{number}": _forward(plan, stage, keeping=True),
            f"tracing_{number}": _forward(plan, stage, tracing=True),
            f"backward_{number}": _backward(plan, back[stage.level, stage.width]),
        }
        bodies += [body.function(name) for name, body in written.items()]
        names += written
    return Generated("\n".join(bodies), tuple(names))


def _forward(
    plan: Schedule, stage: Stage, *, keeping: bool = False, tracing: bool = False
) -> "_Body":
    body = _Body(plan, stage, backward=False)
    for line in stage.lines:
        value = body.value(line.name)
        if body.has("state", line.name):
            body.store("state", line.name, value)
        if body.has("value", line.name):
            body.store("value", line.name, value)
        if tracing and body.has("trace", line.name):
            body.store("trace", line.name, value)
    if keeping:
        for (group, position), name in keep(plan.normal.source).kept.items():
            if (plan.levels[name], plan.widths[name]) == (stage.level, stage.width):
                body.store_slot(group, position, body.value(name))
    return body


def _backward(plan: Schedule, back: BackwardStage) -> "_Body":
    body = _Body(plan, back.stage, backward=True)
    for target in back.targets:
        body.target(target)
    return body


class _Body(Statements):
    """The arithmetic of one stage in one direction."""

    def __init__(self, plan: Schedule, stage: Stage, *, backward: bool) -> None:
        super().__init__(plan)
        self.stage, self.is_backward = stage, backward
        self.values = keep(plan.normal.source)
        self.lines: dict[str, Line] = {line.name: line for line in plan.lines}

    def value(self, name: str) -> str:
        """A quantity of this step."""
        if name in self.plan.equations.vectors:
            return self.vector(name)
        if name in self.plan.equations.given:
            return self.load("given", name)
        key = ("value", name)
        if key in self.named:
            return self.named[key]
        found = self.found(name)
        self.named[key] = found if found is not None else self.compute(self.lines[name])
        return self.named[key]

    def found(self, name: str) -> str | None:
        level = self.stage.level
        own = self.plan.levels[name] == level
        if self.is_backward:
            place = self.values.slot(name, level)
            if place is not None:
                return self.load_slot(*place)
            own = False
        elif not own:
            place = self.values.alone(name)
            if place is not None and not self.has("value", name):
                return self.load_slot(*place)
        if own:
            return None
        for kind in ("state", "value"):
            if self.has(kind, name) and (not self.is_backward or self.values.stored(name)):
                return self.load(kind, name)
        return None

    def compute(self, line: Line) -> str:
        slots = list(self.plan.slots_of(line.name))
        if not slots:
            return self.new(self.expression(line.expression), ("line", line.name))
        parts = [(slot.sign, self.load_slot(g, p)) for g, p, slot in slots]
        parts += [(sign, self.expression(term)) for sign, term in rest(line.expression)]
        return self.new(_sum(parts), ("line", line.name))

    def target(self, target: Target) -> None:
        """Adds up an adjoint, a part of one, a carry or a gradient, and puts it in its place."""
        name, parts = target.name, self.terms(target.terms)
        if target.kind in {"adjoint", "carry"}:
            part = "partial" if target.kind == "adjoint" else "partial carry"
            parts += [(1, self.load(part, name, level)) for level in target.parts]
        if target.arrives:
            parts.append((1, self.load("arriving", name)))
        if target.carried:
            parts.append((1, self.load("carry", name)))
        value = self.new(_sum(parts), (target.kind, name))
        match target.kind:
            case "adjoint":
                for group, position, slot in self.plan.slots_of(name):
                    self.store_slot(group, position, value if slot.sign > 0 else f"-{value}")
                if self.has("adjoint", name):
                    self.store("adjoint", name, value)
            case "carry" | "summand":
                self.store(target.kind, name, value)
            case "vector":
                self.add_to_vector(name, value)
            case _:
                self.store(target.kind, name, value, self.stage.level)

    def terms(self, terms: tuple[Term, ...]) -> list[tuple[int, str]]:
        return [(sign, self.expression(term)) for sign, term in terms]

    def expression(self, node: Node) -> str:
        if node in self.named:
            return self.named[node]
        match node:
            case Number(value):
                return f"splat({_number(value)})"
            case Name(name):
                return self.value(name)
            case Previous(name):
                return self.load("previous", name)
            case Adjoint(name):
                return self.named.get(("adjoint", name)) or self.load("adjoint", name)
            case Negative(inner):
                return f"(-{self.expression(inner)})"
            case Binary("/", left, right):
                below = self.expression(right)
                inverse = self.new(f"reciprocal({below})", ("reciprocal", right))
                above = self.expression(left)
                return inverse if left == Number(1.0) else f"({above} * {inverse})"
            case Binary(operator, left, right):
                return f"({self.expression(left)} {operator} {self.expression(right)})"
            case Call("stop", (inner,)):
                return self.expression(inner)
            case Call("layer_norm", (Name(name),)):
                mean, deviation = (self.scalar("moments", name, k, 2) for k in (0, 1))
                return f"(({self.value(name)} - {mean}) * {deviation})"
            case Call("rstd", (Name(name),)):
                return self.scalar("moments", name, 1, 2)
            case Call("mean", (inner,)):
                means = [mean for mean, _ in adjoints(self.plan.normal.source).means]
                return self.scalar("mean", str(means.index(inner)), 0, 1)
            case Call(function, arguments):
                given = ", ".join(self.expression(argument) for argument in arguments)
                return self.new(f"{FUNCTIONS[function]}({given})", node)
        raise AssertionError(node)


def _sum(parts: list[tuple[int, str]]) -> str:
    if not parts:
        return "splat(0.0f)"
    ordered = sorted(parts, key=lambda part: -part[0])
    sign, text = ordered[0]
    total = text if sign > 0 else f"-{text}"
    for sign, part in ordered[1:]:
        total += f" {'+' if sign > 0 else '-'} {part}"
    return total


def _number(value: float) -> str:
    # a hexadecimal constant says exactly which number is meant
    return f"float({float(value).hex()})"
