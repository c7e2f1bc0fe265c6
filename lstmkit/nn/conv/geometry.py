"""How a cell's parameters lie in space: the kernel of each map, and which vectors are peepholes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral

from lstmkit.engine import Equations, Layout, Sizes
from lstmkit.engine.tree import Binary, Name, Node, Previous, walk
from lstmkit.errors import SettingsError


@dataclass(frozen=True, kw_only=True, slots=True)
class Geometry:
    """The sizes in space of one layer.

    Attributes:
        input_kernel: Sizes of the kernels of maps of the input, one an axis.
        state_kernel: Sizes of the kernels of maps that read the step before.
        grid: Positions along each axis, where every position has peepholes of its own; None
            where all share them, and a layer takes grids of any size.
    """

    input_kernel: tuple[int, ...]
    state_kernel: tuple[int, ...]
    grid: tuple[int, ...] | None

    def kernel(self, operand: Node) -> tuple[int, ...]:
        """Returns the sizes of the kernel of a map.

        Args:
            operand: What the map is applied to. What neither is the input nor reads the step
                before is mixed position by position, so that the state travels by one
                `state_kernel` a step, whatever the cell.
        """
        if isinstance(operand, Name) and operand.name == "x":
            return self.input_kernel
        return self.state_kernel if reads_past(operand) else (1,) * len(self.input_kernel)

    def shapes(self, layout: Layout, sizes: Sizes) -> dict[str, tuple[int, ...]]:
        """Returns the shape of every stored parameter.

        Args:
            layout: The cell's maps and vectors.
            sizes: Channels.

        Returns:
            By name: kernels (rows, columns, ...), vectors (channels,), and peepholes
            (channels, ...) where there is a grid.
        """
        found = dict(layout.shapes(sizes))
        for group in layout.groups:
            found[group.stem] += self.kernel(group.operand)
        for name in peepholes(layout.equations):
            found[name] += self.grid or ()
        return found


def reads_past(operand: Node) -> bool:
    """Returns whether an expression reads the step before."""
    return any(isinstance(part, Previous) for part in walk(operand))


@lru_cache(maxsize=256)
def peepholes(equations: Equations) -> tuple[str, ...]:
    """Returns the learned vectors that multiply a state: by these, gates look into the cell.

    Args:
        equations: The cell.

    Returns:
        Their names, in the order of the text.

    Example:
        >>> from lstmkit.cells import find
        >>> peepholes(find("peephole").equations), peepholes(find("layer_norm").equations)
        (('p_i', 'p_f', 'p_o'), ())
    """
    found: set[str] = set()
    for line in equations.lines:
        for node in walk(line.expression):
            named = {one.name: one for one in _factors(node) if isinstance(one, Name | Previous)}
            if named.keys() & set(equations.states):
                found |= named.keys() & equations.vectors.keys()
    return tuple(name for name in equations.vectors if name in found)


def _factors(node: Node) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "*":
        yield from _factors(node.left)
        yield from _factors(node.right)
    else:
        yield node


def per_axis(name: str, value: int | Sequence[int], dimensions: int) -> tuple[int, ...]:
    """Returns a size for each axis.

    Args:
        name: Of the option, for errors.
        value: One number for all axes, or one for each.
        dimensions: Number of axes.

    Raises:
        SettingsError: Another number of sizes, or a size that is no whole number of at least
            1.
    """
    sizes = tuple(value) if isinstance(value, Iterable) else (value,) * dimensions
    whole = all(isinstance(size, Integral) and size > 0 for size in sizes)
    if len(sizes) != dimensions or not whole:
        raise SettingsError(
            f"ConvLSTM(dimensions={dimensions}): expected {name} as a whole number of at least 1 "
            f"or {dimensions} of them, got {value!r}."
        )
    return sizes
