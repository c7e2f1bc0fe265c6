"""The languages a^n b^n and a^n b^n c^n, as what comes in and what may come next."""

import numpy as np
from jaxtyping import Bool, Int


def at(
    letters: int, n: Int[np.ndarray, " strings"], step: Int[np.ndarray, " strings"]
) -> tuple[Int[np.ndarray, " strings"], Bool[np.ndarray, "strings units"]]:
    """Returns what comes at a step of strings of two or three letters, each n times.

    Args:
        letters: 2 for a^n b^n, 3 for a^n b^n c^n.
        n: How often each letter stands in each string; at least 1.
        step: Where in each string, from 0, the start, to letters * n.

    Returns:
        What comes in, 0 for the start and from 1 on the letters, and what may come next, one unit
        for each letter and the last for the end. While letters a come, another one or a b may
        follow.

    Example:
        >>> seen, may_follow = at(2, np.full(5, 2), np.arange(5))
        >>> seen.tolist()
        [0, 1, 1, 2, 2]
        >>> may_follow.astype(int).tolist()
        [[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]]
    """
    seen = 1 + (step - 1) // n
    may_follow = np.eye(letters + 1, dtype=bool)[step // n]
    may_follow[seen == 1, :2] = True
    may_follow[step == 0] = np.arange(letters + 1) == 0
    return seen, may_follow
