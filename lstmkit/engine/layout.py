"""How a cell's learned numbers are stored: maps of one operand side by side in one matrix."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from torch import Tensor

from lstmkit.engine.equations import Equations
from lstmkit.engine.sizing import Size
from lstmkit.engine.tree import Node


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of one layer, in units.

    Attributes:
        input: Features of the input, I.
        hidden: Units of the state, H.
        projection: Units of the output; H where the cell has no projection.
        block_size: Units that share the gates of one memory block; it divides H.
    """

    input: int
    hidden: int
    projection: int
    block_size: int = 1

    def of(self, size: Size) -> int:
        """Returns the number of units of a size class."""
        if size == "block":
            return self.hidden // self.block_size
        return {"input": self.input, "hidden": self.hidden, "projection": self.projection}[size]


@dataclass(frozen=True, slots=True)
class Group:
    """Maps of one operand, stored below one another in one matrix of the name `stem`."""

    stem: str
    operand: Node
    maps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """All parameters of a cell: groups of maps, then vectors, in the order of the text.

    Attributes:
        equations: The cell.
        groups: Its maps, those of one operand together.
    """

    equations: Equations
    groups: tuple[Group, ...]

    def shapes(self, sizes: Sizes) -> dict[str, tuple[int, ...]]:
        """Returns the shape of every stored parameter by its name, for a layer of `sizes`."""
        found: dict[str, tuple[int, ...]] = {}
        for group in self.groups:
            rows = sum(self.rows(group, sizes))
            columns = sizes.of(self.equations.maps[group.maps[0]].columns)
            found[group.stem] = (rows, columns)
        for name, size in self.equations.vectors.items():
            found[name] = (sizes.of(size),)
        return found

    def rows(self, group: Group, sizes: Sizes) -> list[int]:
        """Returns the number of rows of each map of a `group`, for a layer of `sizes`."""
        return [sizes.of(self.equations.maps[name].rows) for name in group.maps]

    def named(self, stored: Mapping[str, Tensor], sizes: Sizes) -> dict[str, Tensor]:
        """Returns every map and vector by the name it has in the text.

        Args:
            stored: The parameters as `shapes` names them.
            sizes: The sizes of the layer they belong to.

        Returns:
            Views of the storage: maps (rows, columns) and vectors (size,).
        """
        found: dict[str, Tensor] = {}
        for group in self.groups:
            parts = stored[group.stem].split(self.rows(group, sizes))
            found.update(zip(group.maps, parts, strict=True))
        found.update({name: stored[name] for name in self.equations.vectors})
        return found


def _common_beginning(names: list[str]) -> str:
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in alike)


@lru_cache(maxsize=256)
def layout(equations: Equations) -> Layout:
    r"""Groups a cell's maps by operand.

    The name of a group is what its maps' names have in common: W_i, W_f, W_o and W_g are stored
    as `W`. Where that is nothing, or is taken, the names are joined.

    Args:
        equations: The cell.

    Returns:
        The layout.

    Example:
        >>> from lstmkit.engine import read
        >>> cell = read("z = sigmoid(W_z @ x + U @ h[-1])\nh = z * tanh(W_h @ x)")
        >>> [(group.stem, group.maps) for group in layout(cell).groups]
        [('W', ('W_z', 'W_h')), ('U', ('U',))]
    """
    by_operand: dict[Node, list[str]] = {}
    for name, learned in equations.maps.items():
        by_operand.setdefault(learned.operand, []).append(name)
    taken = set(equations.maps) | set(equations.vectors)
    groups = []
    for operand, maps in by_operand.items():
        stem = maps[0] if len(maps) == 1 else _common_beginning(maps).rstrip("_")
        if len(maps) > 1 and (not stem or stem in taken):
            stem = "_and_".join(maps)
        taken.add(stem)
        groups.append(Group(stem, operand, tuple(maps)))
    return Layout(equations, tuple(groups))
