"""Spoken digits, one after another: what each frame sounds like, and which digit it belongs to.

The Free Spoken Digit Dataset (Jackson 2016, CC BY-SA 4.0): six speakers, fifty recordings of each
digit and speaker at 8 kHz.
"""

import io
import os
import tarfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor

from lstmkit.data.datasets import FOLDER_VARIABLE
from lstmkit.errors import DataError

FILE = "fsdd/recordings.tar.gz"
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
DIGITS, TOGETHER, TESTED = 10, 5, 5
# as in the paper: every 10 ms a window of 25 ms, 26 filters, 12 coefficients and the energy
RATE, HOP, WINDOW, TRANSFORM, FILTERS, CEPSTRA = 8000, 80, 200, 256, 26, 12
FEATURES = 2 * (CEPSTRA + 1)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Some digits in a row, spoken by one speaker.

    Attributes:
        x: Features of every frame.
        digit: Which digit each frame belongs to.
        since: Frames since that digit began.
    """

    x: Float[Tensor, "time features"]
    digit: Int[Tensor, " time"]
    since: Int[Tensor, " time"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """A recording of one digit.

    Attributes:
        digit: Which.
        index: From 0 to 49; those below 5 are the data set's own test.
        samples: Sound between -1 and 1.
    """

    digit: int
    index: int
    samples: Float[ndarray, " samples"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What is learned from and what is judged.

    Attributes:
        train: Four speakers.
        known: Recordings of these that are not learned from.
        valid: A speaker of whom nothing is learned.
        strange: Another one.
    """

    train: list[Spoken]
    known: list[Spoken]
    valid: list[Spoken]
    strange: list[Spoken]


Recordings = dict[str, list[Recording]]


def recordings(folder: str | Path | None = None) -> Recordings:
    """Reads all recordings.

    Args:
        folder: Where fsdd/recordings.tar.gz or recordings.tar.gz lies; LSTMKIT_DATA where None.

    Raises:
        DataError: The file is absent.
    """
    how = f"Name its folder by --data or {FOLDER_VARIABLE}."
    given = folder or os.environ.get(FOLDER_VARIABLE)
    if given is None:
        raise DataError(f"speech: expected a folder of data sets, got none. {how}")
    places = Path(given) / FILE, Path(given) / Path(FILE).name
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise DataError(f"speech: expected {FILE} in {given}, got no such file. {how}")
    named: dict[str, Float[ndarray, " samples"]] = {}
    with tarfile.open(path) as archive:
        # in the order of the archive, which is compressed as a whole
        for member in archive:
            stream = archive.extractfile(member) if member.name.endswith(".wav") else None
            if stream:
                with wave.open(io.BytesIO(stream.read())) as sound:
                    samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
                named[Path(member.name).stem] = samples / 2**15
    found: Recordings = {speaker: [] for speaker in SPEAKERS}
    for name, samples in sorted(named.items()):
        digit, speaker, index = name.split("_")
        found[speaker].append(Recording(digit=int(digit), index=int(index), samples=samples))
    return found


def parts(found: Recordings, rotation: int) -> Parts:
    """Splits by speaker: one for the test, the next one for validation, the others to learn from.

    Args:
        found: All recordings.
        rotation: Number of the speaker of the test; also the seed of which digits stand together.

    Returns:
        The parts, each recording in one row of five; features have mean 0 and variance 1 over all
        frames of a speaker.
    """
    speakers = [*SPEAKERS[rotation:], *SPEAKERS[:rotation]]
    random = np.random.default_rng((2005, rotation))
    strange, valid, *heard = (_rows(found[speaker], random) for speaker in speakers)
    return Parts(
        train=[row for kept, _ in heard for row in kept],
        known=[row for _, tested in heard for row in tested],
        valid=[*valid[0], *valid[1]],
        strange=[*strange[0], *strange[1]],
    )


def _rows(
    spoken: Sequence[Recording], random: np.random.Generator
) -> tuple[list[Spoken], list[Spoken]]:
    """The rows of one speaker: those of the later recordings, and those of the first five."""
    tested = np.array([one.index < TESTED for one in spoken])
    places = [random.permutation(np.flatnonzero(part)) for part in (~tested, tested)]
    rows = [
        [_joined([spoken[place] for place in five]) for five in part.reshape(-1, TOGETHER)]
        for part in places
    ]
    # a voice and its microphone are told from what is said by what is the same in all of it
    frames = torch.cat([row.x for part in rows for row in part])
    mean, deviation = frames.mean(0), frames.std(0)
    later, first = ([replace(row, x=(row.x - mean) / deviation) for row in part] for part in rows)
    return later, first


def _joined(spoken: Sequence[Recording]) -> Spoken:
    x = features(np.concatenate([one.samples for one in spoken]))
    begins = np.cumsum([0, *(len(one.samples) for one in spoken)])
    # a frame belongs to the digit in which its window has its middle
    middles = np.arange(len(x)) * HOP + WINDOW // 2
    which = np.searchsorted(begins, middles, side="right") - 1
    digits = np.array([one.digit for one in spoken])[which]
    since = np.arange(len(x)) - np.searchsorted(which, which)
    return Spoken(torch.from_numpy(x).float(), torch.from_numpy(digits), torch.from_numpy(since))


def features(samples: Float[ndarray, " samples"]) -> Float[ndarray, "time 26"]:
    """Mel cepstra, the logarithm of the energy, and how both change from frame to frame.

    Args:
        samples: Sound between -1 and 1, at 8 kHz.

    Returns:
        Twelve cepstra, the energy, and their slopes over five frames.
    """
    from scipy.fft import dct

    heard = windows(samples)
    bands = mel_bands(heard)
    cepstra = dct(bands, norm="ortho")[:, 1 : CEPSTRA + 1]
    energy = np.log((heard**2).sum(1) + 1e-6)
    now = np.column_stack([cepstra, energy])
    at = np.pad(now, ((2, 2), (0, 0)), mode="edge")
    slopes = (2 * (at[4:] - at[:-4]) + at[3:-1] - at[1:-3]) / 10
    return np.column_stack([now, slopes])


def windows(samples: Float[ndarray, " samples"]) -> Float[ndarray, "time window"]:
    """Cuts sound at 8 kHz into windows of 25 ms, one every 10 ms."""
    return np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]


def mel_bands(heard: Float[ndarray, "time window"]) -> Float[ndarray, "time 26"]:
    """Logarithms of the energies of windows in 26 bands that are equally wide on the mel scale."""
    power = np.abs(np.fft.rfft(heard * np.hamming(WINDOW), TRANSFORM)) ** 2
    return np.log(power @ _filters().T + 1e-6)


@cache
def _filters() -> Float[ndarray, "filters frequencies"]:
    """Triangles that overlap by half, of equal width on the mel scale."""
    highest = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, highest, FILTERS + 2) / 2595) - 1)
    at = np.fft.rfftfreq(TRANSFORM, 1 / RATE)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.clip(np.minimum((at - low) / (middle - low), (high - at) / (high - middle)), 0, None)
