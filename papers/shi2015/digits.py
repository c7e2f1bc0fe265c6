"""Real digits at half their size, from a folder of data sets or from scikit-learn."""

import os
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor
from torch.nn import functional

from lstmkit.data.datasets import FOLDER_VARIABLE
from lstmkit.errors import DataError

FILE = "digits/digits.npz"
SIDE = 14
# as in the paper, all sequences are made of so many digits
USED = 500


def mnist(folder: str | Path | None = None) -> Float[Tensor, "digits 14 14"]:
    """500 digits of MNIST, evenly from a file of many, between 0 and 1, at half their size.

    Args:
        folder: Where digits/digits.npz or digits.npz lies, with the array `images` (digits, 28,
            28); LSTMKIT_DATA where None.

    Raises:
        DataError: The file is absent or holds something else.
    """
    how = f"Name its folder by --data or {FOLDER_VARIABLE}; it holds images (10000, 28, 28)."
    given = folder or os.environ.get(FOLDER_VARIABLE)
    if given is None:
        raise DataError(f"digits: expected a folder of data sets, got none. {how}")
    places = Path(given) / FILE, Path(given) / Path(FILE).name
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise DataError(f"digits: expected {FILE} in {given}, got no such file. {how}")
    with np.load(path, allow_pickle=False) as arrays:
        images = arrays["images"] if "images" in arrays else np.empty(0)
    if images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise DataError(
            f"{path}: expected images (digits, 28, 28) of bytes, got {images.dtype} "
            f"{images.shape}. {how}"
        )
    # the file may be sorted by digit
    return _resized(images[:: max(1, len(images) // USED)][:USED], 255)


def bundled() -> Float[Tensor, "digits 14 14"]:
    """The first 500 digits that come with scikit-learn, 8 x 8, brought to the same size."""
    from sklearn.datasets import load_digits

    return _resized(load_digits().images[:USED], 16)


def _resized(images: ndarray, white: int) -> Tensor:
    whole = torch.from_numpy(images.astype(np.float32))[:, None] / white
    return functional.interpolate(whole, (SIDE, SIDE), mode="bilinear", antialias=True)[:, 0]


def moving(
    digits: Float[Tensor, "digits 14 14"],
    random: np.random.Generator,
    count: int,
    *,
    steps: int = 10,
    size: int = 32,
    together: int = 2,
) -> Float[Tensor, "count steps 1 size size"]:
    """Draws sequences of digits that move on straight lines and bounce off the edges.

    As in the paper, at half its size: start and direction are uniform, the speed is between 1.5
    and 2.5 pixels a step; where digits overlap the brighter pixel shows.

    Args:
        digits: What moves.
        random: Draws.
        count: Sequences.
        steps: Frames of a sequence.
        size: Pixels of a side of a frame.
        together: Digits in a frame.
    """
    which = random.integers(len(digits), size=(count, together))
    places = _bounced(random, (count, together), steps, size - SIDE)
    frames = torch.zeros(count, steps, 1, size, size)
    for sequence, number in np.ndindex(count, together):
        digit = digits[which[sequence, number]]
        for step, (top, left) in enumerate(places[sequence, number]):
            part = frames[sequence, step, 0, top : top + SIDE, left : left + SIDE]
            torch.maximum(part, digit, out=part)
    return frames


def _bounced(
    random: np.random.Generator, shape: tuple[int, int], steps: int, room: int
) -> Int[ndarray, "count together steps 2"]:
    start = random.uniform(0, room, (*shape, 1, 2))
    angle, speed = random.uniform(0, 2 * np.pi, shape), random.uniform(1.5, 2.5, shape)
    velocity = np.stack([np.sin(angle), np.cos(angle)], -1) * speed[..., None]
    straight = start + velocity[:, :, None] * np.arange(steps)[:, None]
    # a path that bounces is a straight one in a mirrored world, folded
    return np.rint(room - np.abs(straight % (2 * room) - room)).astype(int)
