"""How a cell differs from another one, line by line."""

from lstmkit.engine import Equations
from lstmkit.engine.tree import ordered


def differences(here: Equations, there: Equations) -> dict[str, tuple[str, ...]]:
    r"""Compares two cells by the names of their quantities and parameters.

    The order of lines, of terms and of factors does not count.

    Args:
        here: The cell in question.
        there: The cell it is compared with.

    Returns:
        Names of quantities under "same", "changed", "new" and "missing".

    Example:
        >>> from lstmkit.engine import read
        >>> here = read("f = sigmoid(W @ x)\nh = f * h[-1]")
        >>> differences(here, read("f = sigmoid(W @ x)\nh = h[-1] * (1 - f)"))["changed"]
        ('h',)
    """
    ours = {line.name: ordered(line.expression) for line in here.lines}
    theirs = {line.name: ordered(line.expression) for line in there.lines}
    shared = [name for name in ours if name in theirs]
    return {
        "same": tuple(name for name in shared if ours[name] == theirs[name]),
        "changed": tuple(name for name in shared if ours[name] != theirs[name]),
        "new": tuple(name for name in ours if name not in theirs),
        "missing": tuple(name for name in theirs if name not in ours),
    }
