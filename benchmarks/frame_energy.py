"""How loud frames are over the noise, and what can be told of speech by that and by webrtcvad."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from papers.graves2005.speech import HOP, RATE

# three seconds back, the level that a tenth of the frames are below
PAST, SHARE = 300, 0.1
# a floor goes up by a hundredth and down by a fifth of the way, every 10 ms
UP, DOWN = 0.01, 0.2


def energy(heard: Float[ndarray, "frames window"]) -> Float[ndarray, " frames"]:
    """Power of windows of sound, in dB."""
    decibel: np.ndarray = 10 * np.log10((heard**2).mean(1) + 1e-12)
    return decibel


def above_floor(decibel: Float[ndarray, " frames"]) -> Float[ndarray, " frames"]:
    """How far a frame lies above the noise: above a tenth of the frames of the last 3 seconds."""
    padded = np.append(np.full(PAST - 1, np.nan), decibel)
    past = np.lib.stride_tricks.sliding_window_view(padded, PAST)
    above: np.ndarray = decibel - np.nanquantile(past, SHARE, axis=1)
    return above


class Floor:
    r"""Follows the noise in each band: slowly up, quickly down.

    .. math:: n_t = n_{t-1} + a\,(x_t - n_{t-1}), \qquad a = 0.01 \text{ if } x_t > n_{t-1},
              \text{ else } 0.2

    Attributes:
        floor: The noise so far; None before the first frame.
    """

    def __init__(self) -> None:
        self.floor: np.ndarray | None = None

    def above(self, bands: Float[ndarray, "frames bands"]) -> Float[ndarray, "frames bands"]:
        """How far each band lies above its floor; frames go on from the last call."""
        found = np.empty_like(bands)
        floor = bands[0] if self.floor is None else self.floor
        for frame, now in enumerate(bands):
            floor = floor + np.where(now > floor, UP, DOWN) * (now - floor)
            found[frame] = now - floor
        self.floor = floor
        return found


def webrtc(sound: Float[ndarray, " samples"], frames: int) -> Float[ndarray, " frames"]:
    """In how many of its four modes webrtcvad says that the middle of a frame is speech.

    A mode answers yes or no, so that it alone has no curve; the stricter ones come in between.
    """
    from webrtcvad import Vad

    told = np.round(32767 * np.clip(sound, -1, 1)).astype("<i2")
    found = np.zeros(len(told) // HOP)
    for mode in range(4):
        detector = Vad(mode)
        for place in range(len(found)):
            chunk = told[place * HOP : (place + 1) * HOP].tobytes()
            found[place] += detector.is_speech(chunk, RATE)
    return found[1 : 1 + frames]
