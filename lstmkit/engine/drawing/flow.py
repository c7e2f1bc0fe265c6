"""From equations to a graph of signals: what feeds what, and what happens on the way.

A squashed quantity is a box. What is learned stands on wires: maps, peepholes, gains. Arithmetic
between signals is a circle. Constants and biases that are only added are left to the equations.
"""

from dataclasses import dataclass, field
from typing import Literal

from lstmkit.engine.drawing.formula import factors_of, squash_of, terms_of, written
from lstmkit.engine.equations import Equations
from lstmkit.engine.latex import symbol
from lstmkit.engine.tree import Binary, Call, Line, Name, Negative, Node, Number, Previous, Product
from lstmkit.engine.tree import walk as parts_of

Shape = Literal["input", "output", "box", "circle"]

WITHOUT_SIGN = {"repeat", "block_sum"}
MOST_AT_CIRCLE = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One symbol of the drawing.

    Attributes:
        shape: What it looks like.
        text: The function or operator, as mathematics.
        quantity: The quantity that leaves it, if it has a name.
        line: The equation that it belongs to.
    """

    shape: Shape
    text: str
    quantity: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """A signal on its way from one part to another, and what is done to it there."""

    source: str
    target: str
    label: str = ""


@dataclass
class Flow:
    """Parts by key, wires between them, and the states that only arithmetic touches.

    `rails` maps such a state to the parts on its straight way from the step before to this one.
    """

    parts: dict[str, Part] = field(default_factory=dict)
    wires: list[Wire] = field(default_factory=list)
    rails: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Signal:
    source: str
    label: str = ""

    def then(self, before: str, after: str = "") -> "_Signal":
        return _Signal(self.source, r"\,".join(filter(None, [before, self.label, after])))


def flow_of(equations: Equations) -> Flow:
    """Builds the graph of a cell.

    Args:
        equations: The cell.

    Returns:
        Inputs and states of the step before, then the parts in the order of the text, then the
        states of this step and the output.
    """
    builder = _Builder(equations)
    for line in equations.lines:
        builder.add(line)
    flow = builder.flow
    outputs = dict.fromkeys(("h", *equations.states))
    for name in outputs:
        key = f"{name}[t]"
        flow.parts[key] = Part("output", symbol(name, "t"), line=name)
        flow.wires.append(Wire(name, key))
    for name in equations.states:
        way = _way(flow, f"{name}[-1]", name)
        if way:
            flow.rails[name] = (f"{name}[-1]", *way, f"{name}[t]")
    return flow


class _Builder:
    def __init__(self, equations: Equations) -> None:
        self.flow = Flow()
        self.line = ""
        self.flow.parts["x"] = Part("input", "x_{t}")
        for name in equations.states:
            self.flow.parts[f"{name}[-1]"] = Part("input", symbol(name, "t-1"), line=name)
        self.quantities = set(equations.quantities)

    def add(self, line: Line) -> None:
        self.line = line.name
        squash = squash_of(line.expression)
        if squash:
            self.box(squash[0], squash[1], line.name)
        elif self.is_learned_sum(line.expression):
            self.box("", line.expression, line.name)
        else:
            self.operator(line.expression, line.name)

    def part(self, shape: Shape, text: str, quantity: str) -> str:
        count = sum(part.line == self.line for part in self.flow.parts.values())
        key = quantity or f"{self.line}#{count}"
        self.flow.parts[key] = Part(shape, text, quantity, self.line)
        return key

    def connect(self, signals: list[_Signal], key: str) -> str:
        self.flow.wires += [Wire(one.source, key, one.label) for one in signals]
        return key

    def box(self, text: str, argument: Node, quantity: str = "") -> str:
        signals = self.terms(argument)
        return self.connect(signals, self.part("box", text, quantity))

    def varies(self, node: Node) -> bool:
        known = self.quantities | {"x"}
        return any(
            isinstance(part, Previous) or (isinstance(part, Name) and part.name in known)
            for part in parts_of(node)
        )

    def is_learned_sum(self, node: Node) -> bool:
        """Whether every signal passes something learned before it meets the others."""
        if isinstance(node, Name | Previous):
            return True
        terms = [term for _, term in terms_of(node) if self.varies(term)]
        return all(self.is_plain(one) and not isinstance(one, Name | Previous) for one in terms)

    def is_plain(self, node: Node) -> bool:
        """Whether a term is one signal that reaches its place without meeting another."""
        match node:
            case Name() | Previous():
                return True
            case Product(_, operand) | Negative(operand) | Call("layer_norm", (operand,)):
                return self.is_plain(operand)
            case Call(function, (operand,)) if function in WITHOUT_SIGN:
                return self.is_plain(operand)
            case Binary("*", left, right) if self.varies(left) != self.varies(right):
                return self.is_plain(left if self.varies(left) else right)
        return False

    def terms(self, node: Node) -> list[_Signal]:
        found, shifts = [], ""
        for sign, term in terms_of(node):
            if self.varies(term):
                signal = self.signal(term)
                found.append(signal.then("-") if sign == "-" else signal)
            elif isinstance(term, Number):
                shifts += f"{sign} {written(term)}"
        if shifts and found:
            found[0] = found[0].then("", shifts)
        return found

    def signal(self, node: Node) -> _Signal:
        """Follows an expression to the part it comes from, noting what is done on the way."""
        match node:
            case Name(name):
                return _Signal(name)
            case Previous(name):
                return _Signal(f"{name}[-1]")
            case Product(name, operand):
                return self.signal(operand).then(symbol(name))
            case Call("layer_norm", (operand,)):
                return self.signal(operand).then(r"\mathrm{norm}")
            case Call(function, (operand,)) if function in WITHOUT_SIGN:
                return self.signal(operand)
            case Negative(operand):
                return self.signal(operand).then("-")
            case Binary("*", left, right) if not self.varies(left):
                return self.signal(right).then(written(left))
            case Binary("*" | "/" as operator, left, right) if not self.varies(right):
                sign = "" if operator == "*" else "/"
                return self.signal(left).then(sign + written(right))
            case Binary("+" | "-" as operator, left, right) if not self.varies(
                right
            ) and self.is_plain(left):
                return self.signal(left).then("", f"{operator} {written(right)}")
        return _Signal(self.operator(node))

    def operator(self, node: Node, quantity: str = "") -> str:
        """Adds the part that computes an expression and returns its key."""
        squash = squash_of(node)
        if squash:
            return self.box(squash[0], squash[1], quantity)
        if isinstance(node, Binary) and node.operator in "*/":
            signals = self.factors(node)
            return self.connect(signals, self.part(_shape(signals), r"\times", quantity))
        if isinstance(node, Call) and len(node.arguments) > 1:
            signals = [self.signal(argument) for argument in node.arguments]
            return self.connect(signals, self.part("circle", rf"\{node.function}", quantity))
        constants = [(s, term) for s, term in terms_of(node) if not self.varies(term)]
        if len(constants) == 1 and sum(self.varies(term) for _, term in terms_of(node)) == 1:
            return self.shifted(node, constants[0], quantity)
        signals = self.terms(node)
        if len(signals) == 1:
            return self.connect(signals, self.part("box", "", quantity))
        return self.connect(signals, self.part(_shape(signals), "+", quantity))

    def shifted(self, node: Node, constant: tuple[str, Node], quantity: str) -> str:
        """One signal and a constant: `1 - z` is a circle that says so."""
        ((sign, term),) = [(s, term) for s, term in terms_of(node) if self.varies(term)]
        amount = written(constant[1])
        text = f"{amount}-" if sign == "-" else f"{constant[0]}{amount}"
        return self.connect([self.signal(term)], self.part("circle", text, quantity))

    def factors(self, node: Node) -> list[_Signal]:
        found: list[_Signal] = []
        constants = []
        for sign, factor in factors_of(node):
            if not self.varies(factor):
                constants.append(("/" if sign == "/" else "") + written(factor))
            else:
                signal = self.signal(factor)
                found.append(signal.then("1/") if sign == "/" else signal)
        for constant in constants:
            found[0] = found[0].then(constant)
        return found


def _shape(signals: list[_Signal]) -> Shape:
    return "circle" if len(signals) <= MOST_AT_CIRCLE else "box"


def _way(flow: Flow, start: str, name: str) -> tuple[str, ...]:
    """The parts from a state of the step before to the same state now, by arithmetic alone."""
    for wire in flow.wires:
        target = flow.parts[wire.target]
        if wire.source != start or wire.label or target.line != name or target.shape == "output":
            continue
        if wire.target == name:
            return (name,)
        rest = _way(flow, wire.target, name)
        if rest:
            return (wire.target, *rest)
    return ()
