"""Random bits by counting: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers").

A bit depends on the seed and on where it is used, and on nothing else: not on the number of
threads, not on the order of the work. `native/draw.h` computes the same bits.
"""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

WORD = 0xFFFFFFFF
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
LANES, WORDS = 16, 4


def philox(counter: tuple[Tensor, ...], key: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Computes four random words from four words of counter and two of key.

    Args:
        counter: Four tensors of whole numbers below 2**32, which broadcast.
        key: Two such tensors.

    Returns:
        Four tensors of random whole numbers below 2**32.

    Example:
        >>> zero = torch.zeros((), dtype=torch.int64)
        >>> [hex(int(word)) for word in philox((zero,) * 4, (zero,) * 2)]
        ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    a, b, c, d = counter
    k, m = key
    for _ in range(ROUNDS):
        # the product of two words may leave the range of signed numbers; its bits are right
        left, right = a * MULTIPLIERS[0], c * MULTIPLIERS[1]
        a, b, c, d = (
            ((right >> 32) & WORD) ^ b ^ k,
            right & WORD,
            ((left >> 32) & WORD) ^ d ^ m,
            left & WORD,
        )
        k, m = (k + WEYL[0]) & WORD, (m + WEYL[1]) & WORD
    return a, b, c, d


def threshold(probability: float) -> int:
    """Returns the number below which a random word lies with a probability."""
    return round(probability * 2**32)


def drawn(
    seed: Int[Tensor, ""], stream: int, probability: float, shape: tuple[int, int, int], first: int
) -> Bool[Tensor, "time batch units"]:
    """Draws true with a probability, for every step, row and unit.

    Args:
        seed: Whole number, at least 0.
        stream: Tells apart what is drawn with one seed.
        probability: That of true.
        shape: Steps, rows and units.
        first: Number of the first step.

    Returns:
        The draws.
    """
    steps, rows, units = shape
    blocks = -(-units // (LANES * WORDS))
    counter = (
        torch.arange(blocks * LANES, device=seed.device),
        torch.arange(rows, device=seed.device)[:, None],
        torch.arange(first, first + steps, device=seed.device)[:, None, None],
        torch.full_like(seed, stream),
    )
    words = torch.stack(philox(counter, (seed & WORD, seed >> 32)), -1)
    # a word serves sixteen neighbours, so that a vector of units needs one word of each lane
    words = words.view(steps, rows, blocks, LANES, WORDS).transpose(-1, -2)
    return words.reshape(steps, rows, -1)[:, :, :units] < threshold(probability)
