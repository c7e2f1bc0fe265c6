"""Real speech in real noise at a given level, and which 10 ms of it are speech."""

import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from papers.graves2005.speech import HOP, RATE, windows

Sound = Float[ndarray, " samples"]
DIGITS, PAUSE = 6, (0.2, 1.2)
# a chunk of 10 ms is speech if it is at most so much quieter than the loudest one
QUIET_DB, GAP = 25.0, 5
GAIN_DB = (-20, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """Speech in noise.

    Attributes:
        sound: Samples at 8 kHz.
        speech: Whether the 10 ms in the middle of each window of 25 ms are speech.
        noise: Name of the noise.
    """

    sound: Sound
    speech: Bool[ndarray, " frames"]
    noise: str


def spoken(samples: Sound) -> Bool[ndarray, " chunks"]:
    """Tells for every 10 ms of a clean recording whether they are speech.

    They are where their energy is at most 25 dB below that of the loudest 10 ms; what lies between
    two such places and is at most 50 ms long, as the stop of a consonant is, belongs to speech.
    """
    loud = (samples[: len(samples) // HOP * HOP].reshape(-1, HOP) ** 2).mean(1)
    found = loud > loud.max() * 10 ** (-QUIET_DB / 10)
    at = np.flatnonzero(found)
    for before, after in pairwise(at):
        found[before + 1 : after] = after - before - 1 <= GAP
    return found


def mixed(
    digits: Sequence[Sound], noise: Sound, level: float, random: np.random.Generator
) -> tuple[Sound, Bool[ndarray, " frames"]]:
    """Says digits with pauses in noise.

    Args:
        digits: Clean recordings.
        noise: Noise from which a piece is cut.
        level: Power of the speech, where it is speech, over that of the noise, in dB.
        random: Source of pauses, of the piece and of how loud all is.

    Returns:
        Sound, and whether the 10 ms in the middle of each window of it are speech.
    """
    sound, speech = [], []
    for samples in digits:
        pause = round(random.uniform(*PAUSE) * RATE / HOP)
        whole = samples[: len(samples) // HOP * HOP]
        sound += [np.zeros(pause * HOP), whole]
        speech += [np.zeros(pause, bool), spoken(whole)]
    clean, told = np.concatenate(sound), np.concatenate(speech)
    place = random.integers(len(noise) - len(clean))
    piece = noise[place : place + len(clean)]
    power = (clean.reshape(-1, HOP)[told] ** 2).mean()
    scale = np.sqrt(power / (piece**2).mean() / 10 ** (level / 10))
    gain = 10 ** (random.uniform(*GAIN_DB) / 20)
    # window k begins with chunk k, and the middle of its 25 ms lies in chunk k + 1
    return gain * (clean + scale * piece), told[1 : 1 + len(windows(clean))]


def said(
    voices: Mapping[str, Sequence[Sound]],
    noises: Mapping[str, Sound],
    level: float | tuple[float, float],
    random: np.random.Generator,
    *,
    vary: bool = False,
) -> list[Heard]:
    """Says every recording of every voice once, six of one voice together, the noises in turn.

    Args:
        voices: Recordings by speaker.
        noises: Noises by name.
        level: Of speech over noise in dB, or the limits between which it is drawn.
        random: Source of everything.
        vary: Whether each noise is made another one (`varied`).
    """
    found: list[Heard] = []
    names = list(noises)
    for digits in voices.values():
        order = random.permutation(len(digits))
        for start in range(0, len(order) - DIGITS + 1, DIGITS):
            name = names[len(found) % len(names)]
            decibel = random.uniform(*level) if isinstance(level, tuple) else level
            chosen = [digits[place] for place in order[start : start + DIGITS]]
            noise = varied(noises, name, random) if vary else noises[name]
            sound, speech = mixed(chosen, noise, decibel, random)
            found.append(Heard(sound=sound, speech=speech, noise=name))
    return found


def varied(noises: Mapping[str, Sound], name: str, random: np.random.Generator) -> Sound:
    """Makes another noise of some, so that a few recordings stand for many.

    Twenty seconds are cut out, played at 0.7 to 1.4 times their speed, by half a chance mixed with
    those of another noise, coloured by a smooth random filter of some 6 dB, and made louder and
    softer by bursts of random lengths, by some 4 dB.
    """

    def piece(one: str) -> Sound:
        place = random.integers(len(noises[one]) - 30 * RATE)
        at = np.arange(20 * RATE) * random.uniform(0.7, 1.4)
        cut = np.interp(at, np.arange(30 * RATE), noises[one][place : place + 30 * RATE])
        return cut / cut.std()

    found = piece(name)
    if random.random() < 0.5:
        found = found + random.uniform(0.2, 1.0) * piece(list(noises)[random.integers(len(noises))])
    spectrum = np.fft.rfft(found)
    knots = random.normal(0, 6, 8)
    colour = np.interp(np.linspace(0, 7, len(spectrum)), np.arange(8), knots)
    found = np.fft.irfft(spectrum * 10 ** (colour / 20), len(found))
    # how loud it is changes at random moments, from every 30 ms to every second
    changes = np.cumsum(random.exponential(10 ** random.uniform(-1.5, 0) * RATE, 1000))
    loud = random.normal(0, random.uniform(0, 8), 1000)
    return found * 10 ** (np.interp(np.arange(len(found)), changes, loud) / 20)


def noise(path: Path) -> Sound:
    """Reads a recording at 16 kHz and halves its rate."""
    from scipy.signal import resample_poly

    with wave.open(str(path)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2") / 2**15
        found: np.ndarray = resample_poly(samples, RATE, sound.getframerate())
    return found
