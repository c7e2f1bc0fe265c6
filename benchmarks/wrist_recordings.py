"""Recordings of a wrist: read, described by statistics, turned and stretched."""

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ARCHIVE = "hmp/hmp_wrist_accelerometer.tar.gz"
# of a recording 16 seconds are read, two samples as their mean
HERTZ, JOINED, SECONDS = 32, 2, 16
# a sample from 0 to 63 stands for -1.5 to 1.5 g
LEVELS, G = 63, 1.5


@dataclass(frozen=True)
class Recordings:
    """Recordings with what they show and who wore the sensor.

    Attributes:
        values: For each its acceleration in g (T, 3).
        activity: What was done (N,).
        volunteer: By whom (N,).
    """

    values: list[np.ndarray]
    activity: np.ndarray
    volunteer: np.ndarray

    def take(self, places: np.ndarray) -> "Recordings":
        """Some of them."""
        values = [self.values[place] for place in places]
        return Recordings(values, self.activity[places], self.volunteer[places])


def recordings(path: Path) -> Recordings:
    """Reads the archive: a folder an activity, the volunteer at the end of a file's name."""
    values, activity, volunteer = [], [], []
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda one: one.name):
            name = Path(member.name)
            file = archive.extractfile(member)
            if file is None or not name.name.startswith("Accelerometer-"):
                continue
            samples = np.loadtxt(io.BytesIO(file.read()), ndmin=2)
            values.append(shortened(samples * 2 * G / LEVELS - G))
            activity.append(name.parent.name)
            volunteer.append(name.stem.rsplit("-", 1)[1])
    return Recordings(values, np.array(activity), np.array(volunteer))


def shortened(samples: np.ndarray) -> np.ndarray:
    """The first SECONDS of a recording, JOINED samples as their mean."""
    samples = samples[: HERTZ * SECONDS]
    whole = samples[: len(samples) - len(samples) % JOINED]
    joined: np.ndarray = whole.reshape(-1, JOINED, samples.shape[1]).mean(1)
    return joined


def statistics_of(values: list[np.ndarray]) -> np.ndarray:
    """What is usually told of such recordings: levels, spread, change, how axes go together."""
    found = []
    for one in values:
        length = np.linalg.norm(one, axis=1, keepdims=True)
        all_of = np.concatenate([one, length], axis=1)
        change = np.diff(all_of, axis=0)
        centred = all_of - all_of.mean(0)
        power = np.abs(np.fft.rfft(centred, n=256, axis=0)) ** 2
        power /= power.sum(0) + 1e-12
        together = np.nan_to_num(np.corrcoef(centred.T + 1e-9 * np.arange(len(centred))))
        halves = [half.mean(0) for half in np.array_split(all_of, 2)]
        found.append(
            np.concatenate(
                [
                    *(all_of.mean(0), all_of.std(0), np.abs(change).mean(0), change.std(0)),
                    np.quantile(all_of, (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0), axis=0).ravel(),
                    *(halves[1] - halves[0], all_of[0], all_of[-1]),
                    # shares of the power below 0.5, 1, 2, 4 Hz, and where it is strongest
                    *(power[:bins].sum(0) for bins in (8, 16, 32, 64)),
                    power.argmax(0),
                    together[np.triu_indices(4, 1)],
                    [np.log(len(one))],
                ]
            )
        )
    return np.stack(found)


def slower(values: list[np.ndarray]) -> list[np.ndarray]:
    """Two samples as their mean, so that a network has half as many steps to read."""
    whole = [one[: len(one) - len(one) % 2] for one in values]
    return [(one[::2] + one[1::2]) / 2 for one in whole]


def with_length(values: list[np.ndarray]) -> list[np.ndarray]:
    """The length of the acceleration as a fourth channel: it knows no direction."""
    return [np.column_stack([one, np.linalg.norm(one, axis=1)]) for one in values]


def copies(data: Recordings, number: int, random: np.random.Generator) -> Recordings:
    """The recordings, and of each some `number` as if worn and done a little otherwise."""
    values = [*data.values]
    for _ in range(number):
        values += [_otherwise(one, random) for one in data.values]
    times = number + 1
    return Recordings(values, np.tile(data.activity, times), np.tile(data.volunteer, times))


def _otherwise(one: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Turned about a random axis by an angle of 15 degrees spread, at 0.8 to 1.25 of the speed."""
    axis = random.normal(size=3)
    x, y, z = axis / np.linalg.norm(axis)
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = random.normal(scale=np.radians(15))
    # Rodrigues' formula
    turn = np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across
    steps = round(len(one) * np.exp(random.uniform(-1, 1) * np.log(1.25)))
    places = np.linspace(0, len(one) - 1, steps)
    stretched = [np.interp(places, np.arange(len(one)), channel) for channel in one.T]
    turned: np.ndarray = np.stack(stretched, axis=1) @ turn.T
    return turned
