"""What a cell learns: its maps and vectors with their sizes in letters, and how many numbers."""

from collections import Counter
from dataclasses import dataclass

from lstmkit.engine import Equations
from lstmkit.engine.layout import layout
from lstmkit.engine.sizing import Size
from lstmkit.engine.tree import Node

LETTERS: dict[Size, str] = {"input": "I", "hidden": "H", "projection": "P", "block": "B"}
SIZES = {"I": "input size", "H": "hidden size", "P": "projection size", "B": "number of blocks"}


@dataclass(frozen=True, slots=True)
class Learned:
    """Parameters of one shape that read one thing.

    Attributes:
        names: As in the text.
        shape: Sizes in letters: I inputs, H units, P projected values, B blocks.
        operand: What the maps are applied to; None for vectors.
        stored: Name of the one matrix that holds these maps; empty for vectors.
    """

    names: tuple[str, ...]
    shape: tuple[str, ...]
    operand: Node | None
    stored: str = ""


def parameters(equations: Equations) -> tuple[Learned, ...]:
    """Lists what a cell learns, maps of one operand together, then the vectors.

    Args:
        equations: The cell.

    Returns:
        Groups of parameters, maps in the order of the text.

    Example:
        >>> from lstmkit.engine import read
        >>> found = parameters(read("h = tanh(W @ x + U @ h[-1] + b)"))
        >>> [(group.names, group.shape) for group in found]
        [(('W',), ('H', 'I')), (('U',), ('H', 'H')), (('b',), ('H',))]
    """
    groups: dict[tuple[Node | None, str, tuple[str, ...]], list[str]] = {}
    for group in layout(equations).groups:
        for name in group.maps:
            learned = equations.maps[name]
            shape = LETTERS[learned.rows], LETTERS[learned.columns]
            groups.setdefault((group.operand, group.stem, shape), []).append(name)
    for name, size in equations.vectors.items():
        groups.setdefault((None, "", (LETTERS[size],)), []).append(name)
    return tuple(
        Learned(tuple(names), shape, operand, stored)
        for (operand, stored, shape), names in groups.items()
    )


def count(equations: Equations) -> str:
    """Writes the number of learned numbers as a formula of the sizes.

    Args:
        equations: The cell.

    Returns:
        A sum of products of letters.

    Example:
        >>> from lstmkit.engine import read
        >>> count(read("h = tanh(W @ x + U @ h[-1] + b)"))
        'H I + H² + H'
    """
    terms: Counter[str] = Counter()
    for group in parameters(equations):
        term = " ".join(sorted(group.shape, key="BPHI".index))
        terms[term.replace("H H", "H²").replace("B B", "B²")] += len(group.names)
    return " + ".join(f"{times} {term}" if times > 1 else term for term, times in terms.items())
