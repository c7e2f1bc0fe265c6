"""What turns windows of call records into a few numbers: LSTM, a self-organising map, means."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor, nn

from lstmkit.nn import LSTM
from lstmkit.train.objectives import (
    binary_information_gain,
    expected_outputs,
    likeliest_width,
    parzen_entropy,
)

Windows = Float[ndarray, "windows records features"]
Numbers = Float[ndarray, "windows numbers"]
Embed = Callable[[Windows], Numbers]
ACCOUNTS, PIECES = 32, 8
Outputs = Float[Tensor, "accounts pieces outputs"]
Objective = Callable[[Outputs], Tensor]


class Entropy:
    """NEO: the entropy of all outputs; `between` accounts, less that within an account."""

    def __init__(self, *, between: bool) -> None:
        self.between = between
        self.every: Tensor | None = None
        self.own: Tensor | None = None

    def __call__(self, y: Outputs) -> Tensor:
        """What is maximised; kernels follow the outputs."""
        z = torch.sigmoid(y)
        self.every = likeliest_width(z.detach().flatten(0, 1), self.every, rounds=1)
        found = parzen_entropy(z.flatten(0, 1), self.every)
        if self.between:
            self.own = likeliest_width(z.detach(), self.own, rounds=1)
            found = found - parzen_entropy(z, self.own)
        return found


class Gain:
    """BINGO: what was learnt by looking; `between` accounts, less that of an account known."""

    def __init__(self, *, between: bool) -> None:
        self.between = between

    def __call__(self, y: Outputs) -> Tensor:
        """What is maximised."""
        every = y.flatten(0, 1)
        found = binary_information_gain(every, expected_outputs(every))
        if self.between:
            own = y.mean(1, keepdim=True).expand_as(y)
            found = found - binary_information_gain(every, own.flatten(0, 1))
        return found


class Unsupervised(nn.Module):
    """An LSTM that reads a window, and outputs after its last record."""

    def __init__(self, inputs: int, units: int, outputs: int) -> None:
        super().__init__()
        self.lstm, self.head = LSTM(inputs, units), nn.Linear(units, outputs)

    def forward(self, x: Float[Tensor, "batch records I"]) -> Float[Tensor, "batch outputs"]:
        """Outputs, as logits."""
        y: Tensor = self.head(self.lstm(x)[0][:, -1])
        return y


def learnt(
    accounts: Sequence[Windows],
    objective: Objective,
    *,
    outputs: int,
    updates: int,
    seed: int,
    units: int = 16,
) -> Embed:
    """Trains an LSTM without labels on the windows of some accounts.

    A batch has 8 windows each of up to 32 accounts.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = Unsupervised(accounts[0].shape[2], units, outputs)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    plan = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, updates)
    x = torch.from_numpy(np.concatenate(accounts)).float()
    number = np.array([len(one) for one in accounts])
    first = np.cumsum(number) - number
    for _ in range(updates):
        chosen = random.permutation(len(accounts))[:ACCOUNTS]
        within = random.integers(number[chosen, None], size=(len(chosen), PIECES))
        rows = torch.from_numpy(first[chosen, None] + within)
        told = objective(model(x[rows.flatten()]).unflatten(0, rows.shape))
        optimiser.zero_grad()
        (-told).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        plan.step()

    @torch.no_grad()
    def embed(some: Windows) -> Numbers:
        found: np.ndarray = torch.sigmoid(model(torch.from_numpy(some).float())).double().numpy()
        return found

    return embed


def mapped(
    accounts: Sequence[Windows], *, side: int, means: bool, prototypes: bool, seed: int
) -> Embed:
    """Trains a self-organising map on the windows of all accounts, or on the means of each.

    Its answer is the place of the best matching unit on the grid, or that unit's weights.
    """
    from minisom import MiniSom

    def flat(some: Windows) -> np.ndarray:
        return some.mean(1) if means else some.reshape(len(some), -1)

    seen = flat(np.concatenate(accounts))
    grid = MiniSom(side, side, seen.shape[1], sigma=side / 4, learning_rate=0.5, random_seed=seed)
    grid.train(seen, 10 * min(len(seen), 5000), random_order=True)
    weights = grid.get_weights()

    def embed(some: Windows) -> Numbers:
        places = [grid.winner(one) for one in flat(some)]
        return np.array([weights[one] if prototypes else one for one in places], float)

    return embed


def averaged(some: Windows) -> Numbers:
    """Learns nothing: the mean record of a window."""
    found: np.ndarray = some.mean(1)
    return found
