"""The roles in a cell's text: quantities, states, learned maps and vectors, and their sizes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from lstmkit.engine.reader import read_lines
from lstmkit.engine.reading import Reading
from lstmkit.engine.sizing import Size, fit_sizes
from lstmkit.engine.source import Place
from lstmkit.engine.tree import Line, Name, Node, Previous, ordered, walk
from lstmkit.errors import CellError, nearest


@dataclass(frozen=True, slots=True)
class Map:
    """A learned matrix.

    Attributes:
        operand: What it is applied to.
        rows: Which size its result has.
        columns: Which size its operand has.
        stopped: Whether its operand is a constant for every gradient, the map itself is not.
    """

    operand: Node
    rows: Size
    columns: Size
    stopped: bool = False


@dataclass(frozen=True)
class Equations:
    """A cell's text, read: everything the library derives starts here.

    Attributes:
        text: The equations as written.
        lines: One expression tree per equation, in the order of the text.
        sizes: For each quantity which size it has; `hidden` for all but a projected output and
            the gates that a memory block shares.
        states: Names read with `[-1]`, the output `h` first, then in the order of the text.
        maps: Learned matrices by name, in the order of the text.
        vectors: Learned vectors by name with their size, in the order of the text.
        reads_x_by_unit: Whether `x` stands outside a product, so that the input must be as wide
            as the state.
        given: Numbers by row and unit that a scan brings along, with their size; no text has any.
    """

    text: str
    lines: tuple[Line, ...]
    sizes: Mapping[str, Size]
    states: tuple[str, ...]
    maps: Mapping[str, Map]
    vectors: Mapping[str, Size]
    reads_x_by_unit: bool
    given: Mapping[str, Size] = field(default_factory=dict)

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names that a line defines, in the order of the text."""
        return tuple(line.name for line in self.lines)

    @cached_property
    def signature(self) -> frozenset[tuple[str, Node]]:
        """The equations without comments, spacing and the order of lines, terms and factors."""
        return frozenset((line.name, ordered(line.expression)) for line in self.lines)

    def __hash__(self) -> int:
        """Hashes by the equations."""
        return hash(self.signature)


@lru_cache(maxsize=256)
def read(text: str, name: str = "cell", shared: tuple[str, ...] = ()) -> Equations:
    """Reads a cell's equations from its text. Nothing in the text is evaluated.

    One quantity a line. `x` is the input and `h` the output; `M @ e` applies a learned map,
    `q[-1]` reads a quantity of the step before, which makes it a state; a name that no line
    defines is a learned vector. Functions: see `FUNCTIONS`.

    Args:
        text: The equations; `#` begins a comment.
        name: What errors call the text, for instance a file's name.
        shared: Quantities that all units of a memory block have in common. They are `block`
            sized: repeated where a unit reads them, and what units add to them is summed over
            the block (Hochreiter and Schmidhuber 1997).

    Returns:
        The equations with every role and size.

    Raises:
        CellError: With the line, a caret and the remedy.

    Example:
        >>> cell = read("h = tanh(W @ x + U @ h[-1] + b)")
        >>> cell.states, tuple(cell.maps), tuple(cell.vectors)
        (('h',), ('W', 'U'), ('b',))
    """
    reading = read_lines(text, name)
    _check_whole(reading)
    unknown = [quantity for quantity in shared if quantity not in reading.defined]
    if unknown or "h" in shared:
        wrong = unknown[0] if unknown else "h"
        raise CellError(
            f"{name}: shared={shared} names {wrong!r}, which is not a gate of this cell. "
            f"Quantities are {', '.join(reading.defined)}.{nearest(wrong, reading.defined)}"
        )
    states = tuple(sorted(_in_order(reading), key=lambda state: state != "h"))
    fitted = fit_sizes(reading, frozenset(shared))
    return Equations(
        text=text,
        lines=fitted.lines,
        sizes=fitted.sizes,
        states=states,
        maps={key: Map(*value) for key, value in fitted.maps.items()},
        vectors=fitted.vectors,
        reads_x_by_unit=fitted.reads_x_by_unit,
    )


def _in_order(reading: Reading) -> list[str]:
    return [name for name in reading.defined if name in reading.states]


def _check_whole(reading: Reading) -> None:
    source = reading.source
    if "h" not in reading.defined:
        raise CellError(
            f"{source.name}: no line defines h, the output. "
            f"Defined are {', '.join(reading.defined)}; end with a line such as: h = o * tanh(c)"
        )
    if "x" not in reading.used:
        raise CellError(f"{source.name}: the input x is never read. Use it, as in: W_i @ x")
    if not reading.states:
        raise CellError(
            f"{source.name}: nothing is read with [-1], so nothing passes from step to step. "
            "A recurrent cell reads its state, as in: U @ h[-1]"
        )
    reached = _reaching_output(reading.lines)
    for line in reading.lines:
        if line.name not in reached:
            raise source.error(
                Place(line.number, 0, len(line.name)),
                f"{line.name} is defined but never reaches h.",
                "Use it in an equation that leads to h, or delete the line.",
            )


def _reaching_output(lines: list[Line]) -> set[str]:
    reads = {line.name: set(_leaves(line.expression)) for line in lines}
    reached, frontier = {"h"}, ["h"]
    while frontier:
        for name in reads[frontier.pop()]:
            if name in reads and name not in reached:
                reached.add(name)
                frontier.append(name)
    return reached


def _leaves(node: Node) -> Iterator[str]:
    for part in walk(node):
        if isinstance(part, Name | Previous):
            yield part.name
