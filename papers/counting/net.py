"""The net: a memory block a counter, with peepholes, and how far it counts."""

import copy
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lstmkit.engine import Cell
from lstmkit.nn import LSTM
from papers.counting.language import strings

# Gers and Schmidhuber 2001: what leaves a cell is not squashed, or counts would end
COUNTER = Cell(
    name="counter",
    text="""
        i = sigmoid(W_i @ x + U_i @ h[-1] + p_i * c[-1] + b_i)
        f = sigmoid(W_f @ x + U_f @ h[-1] + p_f * c[-1] + b_f)
        g = 4 * sigmoid(W_g @ x + U_g @ h[-1] + b_g) - 2
        c = f * c[-1] + i * g
        o = sigmoid(W_o @ x + U_o @ h[-1] + p_o * c + b_o)
        h = o * c
    """,
    forget_bias="b_f",
    input_bias="b_i",
)
# strings tried at once
BATCH = 25


class Counter(nn.Module):
    """Reads a string of letters and says after each what may come next.

    Args:
        letters: 2 or 3; a letter that is counted has a block.
        seed: Of the weights.
        gradient: `full` or `truncated`.
    """

    def __init__(self, letters: int, seed: int, gradient: Literal["full", "truncated"]) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.letters = letters
        self.hidden = LSTM(letters + 1, letters - 1, cell=COUNTER, gradient=gradient)
        # the outputs see the letter too
        self.read = nn.Linear(2 * letters, letters + 1)

    def forward(
        self, x: Float[Tensor, "n steps in"], lengths: Int[Tensor, " n"]
    ) -> Float[Tensor, "n steps out"]:
        """Returns logits of what may come next."""
        h, _ = self.hidden(x, lengths=lengths)
        return self.read(torch.cat([h, x], -1))


@torch.no_grad()
def reach(net: Counter, limit: int) -> int:
    """Returns the largest n up to which a net accepts every string.

    A string is accepted if after each letter exactly those outputs exceed 0.5 that may come next.

    Args:
        net: The net.
        limit: Where to stop.
    """
    net = copy.deepcopy(net).float()
    for first in range(1, limit + 1, BATCH):
        counts = range(first, min(first + BATCH, limit + 1))
        x, may_follow, lengths = strings(net.letters, counts)
        right = ((net(x, lengths) > 0) == (may_follow > 0.5)).all(-1)
        beyond = torch.arange(x.shape[1]) >= lengths[:, None]
        accepted = (right | beyond).all(1)
        if not accepted.all():
            return first - 1 + int(accepted.int().argmin())
    return limit
