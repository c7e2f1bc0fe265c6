"""One trial of the random search: hyper-parameters, and a net trained with them."""

import copy
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lstmkit.nn import LSTM
from papers.music import KEYS, NextKeys, batches
from papers.records import Record

# as the paper names them, and as the catalogue does
VARIANTS = {
    "V": "peephole",
    "NIG": "no_input_gate",
    "NFG": "no_forget_gate",
    "NOG": "no_output_gate",
    "NIAF": "no_input_activation",
    "NOAF": "no_output_activation",
    "NP": "no_peepholes",
    "CIFG": "coupled",
    "FGR": "full_gate_recurrence",
}
BATCH, PATIENCE, EPOCHS, BLOCK = 8, 15, 60, 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Hyper-parameters of a trial.

    Attributes:
        rate: Learning rate, log-uniform between 1e-6 and 1e-2.
        hidden: Units, log-uniform between 20 and 200.
        momentum: 1 minus a number that is log-uniform between 0.01 and 1.
        noise: Standard deviation of the noise on the inputs, uniform between 0 and 1.
    """

    rate: float
    hidden: int
    momentum: float
    noise: float


# the same two settings for all variants
SETTINGS = tuple(Choice(rate=rate, hidden=100, momentum=0.5, noise=0.1) for rate in (2e-3, 5e-3))


def choices(variant: str, count: int) -> list[Choice]:
    """Draws the trials of a variant, the same at every call.

    Each block of 20 is a Latin hypercube: of each hyper-parameter every twentieth of its range
    holds one trial, so that no variant has better luck than another.

    Args:
        variant: The paper's abbreviation.
        count: Trials.
    """
    random = np.random.default_rng((2015, list(VARIANTS).index(variant)))
    blocks = [
        (random.permuted(np.tile(np.arange(BLOCK), (4, 1)), axis=1) + random.random((4, BLOCK)))
        / BLOCK
        for _ in range(-(-count // BLOCK))
    ]
    return [
        Choice(
            rate=float(10 ** (4 * a - 6)),
            hidden=round(20 * 10**b),
            momentum=float(1 - 10 ** (-2 * c)),
            noise=float(d),
        )
        for a, b, c, d in np.concatenate(blocks, axis=1).T[:count]
    ]


def train(
    variant: str,
    choice: Choice,
    parts: tuple[list[Tensor], ...],
    seed: int,
    epochs: int = EPOCHS,
) -> Record:
    """Trains one net until the validation part has not improved for 15 epochs.

    Gradient descent with Nesterov's momentum, on the loss summed over the steps of eight pieces;
    the learning rate is multiplied by 1 minus the momentum. All weights start normal with a
    standard deviation of 0.1.

    Args:
        variant: The paper's abbreviation.
        choice: Hyper-parameters.
        parts: Pieces for training, validation and test.
        seed: Of weights, noise and order.
        epochs: At most so many.

    Returns:
        The hyper-parameters, `valid` and `test` in nats a step at the best epoch, `best`, that
        epoch, `epochs`, and seconds of the processor.
    """
    torch.manual_seed(seed)
    began = time.process_time()
    model = NextKeys(LSTM(KEYS, choice.hidden, cell=VARIANTS[variant]))
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.1)
    optimiser = torch.optim.SGD(
        model.parameters(),
        choice.rate * (1 - choice.momentum),
        momentum=choice.momentum,
        nesterov=choice.momentum > 0,
    )
    data, (valid, test) = batches(parts[0], BATCH), (batches(part, 80) for part in parts[1:])
    best, kept, lowest = 0, copy.deepcopy(model.state_dict()), model.judge(valid)
    for epoch in range(1, epochs + 1):
        for number in torch.randperm(len(data)):
            loss = model(data[number], choice.noise).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        found = model.judge(valid)
        if found < lowest:
            best, kept, lowest = epoch, copy.deepcopy(model.state_dict()), found
        # a net that has burst does not come back
        if epoch - best >= PATIENCE or not np.isfinite(found):
            break
    model.load_state_dict(kept)
    return asdict(choice) | {
        "valid": lowest,
        "test": model.judge(test),
        "best": best,
        "epochs": epoch,
        "seconds": time.process_time() - began,
    }
