"""The paper's training: RMSProp on the cross-entropy of the frames that follow."""

import time

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from papers.records import Record
from papers.shi2015.digits import moving
from papers.shi2015.nets import Net, Patched

SEEN, AHEAD, BATCH = 5, 5, 4
DECAY = 0.9
TESTED, SHOWN, LOOKED = 500, 2, 20
# sequences that no training draws
TEST_SEED = 2015


def train(net: Net, digits: Float[Tensor, "digits 14 14"], seed: int, updates: int) -> Record:
    """Trains one net, each update on four sequences that it has not seen.

    Args:
        net: What to build.
        digits: What moves in the frames.
        seed: Of weights and sequences.
        updates: Steps of RMSProp.

    Returns:
        Test cross-entropy in nats a pixel, the same for each frame ahead, the training loss on
        the way, forecasts of the first test sequences as bytes, weights, and seconds of the
        processor.
    """
    torch.manual_seed(seed)
    random, began = np.random.default_rng((TEST_SEED, seed)), time.process_time()
    model = net.make()
    optimiser = torch.optim.RMSprop(model.parameters(), net.rate, alpha=DECAY)
    losses = []
    for _ in range(updates):
        loss = entropy(model, moving(digits, random, BATCH, steps=SEEN + AHEAD)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    by_frame, shown = evaluate(model, digits)
    # a last stretch that is shorter than the others is left out
    curve = np.array(losses[: updates // LOOKED * LOOKED]).reshape(-1, LOOKED).mean(1)
    return {
        "entropy": float(np.mean(by_frame)),
        "by_frame": by_frame,
        "curve": curve.round(5).tolist(),
        "shown": shown.tolist(),
        "weights": sum(parameter.numel() for parameter in model.parameters()),
        "seconds": time.process_time() - began,
    }


def entropy(
    model: Patched, frames: Float[Tensor, "batch time 1 size size"]
) -> Float[Tensor, "batch ahead 1 size size"]:
    """Returns the cross-entropy of every pixel of the frames ahead, in nats."""
    logits = model(frames[:, :SEEN], AHEAD)
    return functional.binary_cross_entropy_with_logits(logits, frames[:, SEEN:], reduction="none")


def held_out(digits: Float[Tensor, "digits 14 14"]) -> Float[Tensor, "count steps 1 size size"]:
    """Returns the test sequences, the same for every net."""
    return moving(digits, np.random.default_rng(TEST_SEED), TESTED, steps=SEEN + AHEAD)


@torch.no_grad()
def evaluate(
    model: Patched, digits: Float[Tensor, "digits 14 14"]
) -> tuple[list[float], np.ndarray]:
    """Returns the cross-entropy of each frame ahead and forecasts of the first sequences."""
    sequences = held_out(digits)
    by_frame = torch.cat([entropy(model, some) for some in sequences.split(50)]).mean((0, 2, 3, 4))
    forecasts = model(sequences[:SHOWN, :SEEN], AHEAD).sigmoid()[:, :, 0]
    return by_frame.tolist(), (forecasts * 255).round().to(torch.uint8).numpy()


def mean_frame(digits: Float[Tensor, "digits 14 14"]) -> float:
    """Returns the cross-entropy of a forecast that knows how bright each pixel is on average."""
    random = np.random.default_rng((TEST_SEED, TEST_SEED))
    mean = moving(digits, random, TESTED, steps=SEEN + AHEAD).mean((0, 1)).clamp(1e-4, 1 - 1e-4)
    ahead = held_out(digits)[:, SEEN:]
    return float(functional.binary_cross_entropy(mean.expand_as(ahead), ahead))
