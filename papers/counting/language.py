"""The languages a^n b^n and a^n b^n c^n, as what comes in and what may come next."""

from collections.abc import Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor


def string(letters: int, n: int) -> tuple[Float[Tensor, "steps in"], Float[Tensor, "steps out"]]:
    """Returns a string of two or three letters, each n times.

    Args:
        letters: 2 for a^n b^n, 3 for a^n b^n c^n.
        n: How often each letter stands; at least 1.

    Returns:
        Inputs, one unit for the start and for each letter, and what may come next, one unit for
        each letter and for the end. While letters a come, another one or a b may follow.

    Example:
        >>> x, may_follow = string(2, 2)
        >>> may_follow.int().tolist()
        [[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]]
    """
    seen = [0, *(1 + letter for letter in range(letters) for _ in range(n))]
    may_follow = torch.zeros(len(seen), letters + 1)
    may_follow[range(len(seen)), [*(one - 1 for one in seen[1:]), letters]] = 1.0
    may_follow[1 : n + 1, :2] = 1.0
    return torch.eye(letters + 1)[seen], may_follow


def strings(
    letters: int, counts: Iterable[int]
) -> tuple[Float[Tensor, "n steps in"], Float[Tensor, "n steps out"], Int[Tensor, " n"]]:
    """Returns a padded batch of strings, what may follow in each, and their lengths."""
    each = [string(letters, n) for n in counts]
    x, may_follow = (
        torch.nn.utils.rnn.pad_sequence(list(part), batch_first=True)
        for part in zip(*each, strict=True)
    )
    return x, may_follow, torch.tensor([len(one) for one, _ in each])
