"""Speech or not, every 10 ms: real speech in real noise, followed as it arrives.

    LSTMKIT_DATA=<folder with fsdd/ and noise/> python -m benchmarks.speech_activity

Digits of one speaker (Free Spoken Digit Dataset, Jackson 2016) with pauses of silence between them,
in the background noises of Speech Commands (Warden 2018), both at 8 kHz. There are three rotations:
two of the six speakers and two of the six noises are kept from the tagger and judged, at 10, 5, 0
and -5 dB, so that every voice and every noise is a stranger once. Nobody labelled these frames:
what is speech is told by the energy of the clean recording (`spoken`). The tagger takes its
defaults but for reading in one direction and 20 epochs. What it reads is chosen in each rotation
anew, from `WAYS`, by training on half of the known voices and noises and judging by the other half.
Three taggers of each rotation are judged one by one and by the mean of what they say. Beside them
the energy of the frame, and webrtcvad where that is installed. `--latency` times frames as they
arrive. Results are kept in runs/speech_activity.
"""

import argparse
import importlib.util
import json
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from sklearn.metrics import roc_auc_score

import lstmkit
from benchmarks.frame_energy import Floor, above_floor, energy, webrtc
from benchmarks.noisy_speech import Heard, Sound, noise, said
from lstmkit import Tagger
from lstmkit.data.datasets import FOLDER_VARIABLE
from papers.graves2005.speech import HOP, SPEAKERS, WINDOW, mel_bands, recordings, windows

LEVELS, LEARNT_DB = (10, 5, 0, -5), (-5, 15)
# one that is steady and one that is not in each pair of strangers, but for the last
NOISES = (
    ("doing_the_dishes", "pink_noise"),
    ("dude_miaowing", "white_noise"),
    ("exercise_bike", "running_tap"),
)
Voices = Mapping[str, Sequence[Sound]]
Noises = Mapping[str, Sound]
# whether bands are read above their floor, and whether noises are varied
WAYS = {
    "bands": (False, False),
    "bands above their floor": (True, False),
    "bands above their floor, noises varied": (True, True),
}
SEEDS = 3
OURS, MEAN = "lstmkit Tagger, online", f"mean of {SEEDS} of them"
SETTINGS: dict[str, Any] = {"online": True, "epochs": 20, "device": "cpu"}


def steps(heard: Heard, way: str) -> Float[ndarray, "frames 26"]:
    """What the tagger reads."""
    bands = mel_bands(windows(heard.sound))
    return Floor().above(bands) if WAYS[way][0] else bands


def trained(
    voices: Voices, noises: Noises, way: str, turns: int, seed: int, settings: Mapping[str, Any]
) -> Tagger:
    """Trains a tagger; each recording is heard in so many turns, in another noise each time."""
    random = np.random.default_rng((8000, seed))
    learnt = [
        one
        for _ in range(turns)
        for one in said(voices, noises, LEARNT_DB, random, vary=WAYS[way][1])
    ]
    labels = [np.where(one.speech, "speech", "other") for one in learnt]
    return Tagger(**settings, seed=seed).fit([steps(one, way) for one in learnt], labels)


def contenders(
    models: Sequence[Tagger], way: str, heard: Sequence[Heard]
) -> dict[str, list[list[np.ndarray]]]:
    """A score for every frame, the higher the more like speech; of our taggers one by each."""
    each = [probabilities(model, way, heard) for model in models]
    found = {
        OURS: each,
        MEAN: [[np.mean(ones, 0) for ones in zip(*each, strict=True)]],
        "energy": [[energy(windows(one.sound)) for one in heard]],
        "energy above its floor": [[above_floor(energy(windows(one.sound))) for one in heard]],
    }
    if importlib.util.find_spec("webrtcvad"):
        found["webrtcvad"] = [[webrtc(one.sound, len(one.speech)) for one in heard]]
    return found


def probabilities(model: Tagger, way: str, heard: Sequence[Heard]) -> list[np.ndarray]:
    """What the tagger says of every frame."""
    place = model.classes_.tolist().index("speech")
    return [one[:, place] for one in model.predict_proba([steps(one, way) for one in heard])]


def by_noise(heard: Sequence[Heard], scores: Sequence[np.ndarray]) -> dict[str, float]:
    """AUC over the frames of each noise, and over all."""
    found = {}
    for name in ("all", *dict.fromkeys(one.noise for one in heard)):
        chosen = [place for place, one in enumerate(heard) if name in {"all", one.noise}]
        truth = np.concatenate([heard[place].speech for place in chosen])
        told = np.concatenate([scores[place] for place in chosen])
        found[name] = float(roc_auc_score(truth, told))
    return found


def choice(
    voices: Voices, noises: Noises, rotation: int, settings: Mapping[str, Any]
) -> dict[str, float]:
    """AUC at 5 dB by way, learnt from half of the voices and noises, judged by the other half."""
    first, second = ({name: all_[name] for name in list(all_)[:2]} for all_ in (voices, noises))
    third, fourth = ({name: all_[name] for name in list(all_)[2:]} for all_ in (voices, noises))
    heard = said(third, fourth, 5, np.random.default_rng((8001, rotation)))
    found = {}
    for way in WAYS:
        model = trained(first, second, way, 1, rotation, settings)
        found[way] = by_noise(heard, probabilities(model, way, heard))["all"]
    return found


def rotated(
    voices: Voices, noises: Noises, rotation: int, settings: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """Chooses and trains on what is no stranger in this rotation, and judges on what is.

    Returns:
        AUC by contender, level and noise, a list of one for each tagger; how the choice was made,
        seconds of the processor for each that was trained here, and the number of sequences. The
        taggers are kept in `folder`.
    """
    strange = {name: voices[name] for name in list(voices)[2 * rotation : 2 * rotation + 2]}
    loud = {name: noises[name] for name in NOISES[rotation]}
    known = {name: one for name, one in voices.items() if name not in strange}
    quiet = {name: one for name, one in noises.items() if name not in loud}
    chosen = choice(known, quiet, rotation, settings)
    way = max(chosen, key=lambda one: chosen[one])
    facts: dict[str, Any] = {"way": way, "valid": chosen, "seconds": [], "auc": {}}
    models = []
    for number in range(SEEDS):
        path = kept_tagger(folder, rotation, number)
        if not path.exists():
            start = time.process_time()
            trained(known, quiet, way, 2, rotation + len(NOISES) * number, settings).save(path)
            facts["seconds"].append(time.process_time() - start)
        models.append(lstmkit.load(path))
    random = np.random.default_rng((8002, rotation))
    for level in LEVELS:
        heard = said(strange, loud, level, random)
        facts["judged"] = len(heard)
        for name, several in contenders(models, way, heard).items():
            told = [by_noise(heard, scores) for scores in several]
            facts["auc"].setdefault(name, {})[str(level)] = told
    return facts


def kept_tagger(folder: Path, rotation: int, number: int) -> Path:
    """Where a tagger is kept."""
    return folder / f"{rotation}-{number}.safetensors"


def latency(model: Tagger, way: str, sound: Sound, frames: int) -> dict[str, float]:
    """Milliseconds from the last sample of a frame to its answer, features included."""
    stream, floor, taken = model.stream(), Floor(), []
    for frame in range(frames):
        heard = sound[frame * HOP : frame * HOP + WINDOW][None]
        start = time.perf_counter()
        bands = mel_bands(heard)
        stream.feed_proba(floor.above(bands) if WAYS[way][0] else bands)
        taken.append(1000 * (time.perf_counter() - start))
    return {"median": statistics.median(taken), "99 %": float(np.quantile(taken, 0.99))}


def table(kept: Sequence[dict[str, Any]]) -> str:
    """The tables of what was measured: mean, and in brackets every rotation; then by noise."""
    lines = [f"| AUC | {' | '.join(f'{level} dB' for level in LEVELS)} |", "|---" * 5 + "|"]
    for name in kept[0]["auc"]:
        cells = []
        for level in LEVELS:
            ones = [[told["all"] for told in one["auc"][name][str(level)]] for one in kept]
            spread = statistics.mean(statistics.pstdev(each) for each in ones)
            each = ", ".join(f"{statistics.mean(one):.3f}" for one in ones)
            about = f" ± {spread:.3f}" if name == OURS else ""
            cells.append(f"{statistics.mean(map(statistics.mean, ones)):.3f}{about} ({each})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    names = list(kept[0]["auc"])
    lines += ["", f"| AUC at 5 dB in | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    for one in kept:
        for heard in list(one["auc"][OURS]["5"][0])[1:]:
            by_name = (one["auc"][name]["5"] for name in names)
            row = [f"{statistics.mean(told[heard] for told in each):.3f}" for each in by_name]
            lines.append(f"| {heard.replace('_', ' ')} | {' | '.join(row)} |")
    return "\n".join(lines)


def main() -> None:
    """Trains what is not there yet and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rotations", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--folder", type=Path, default=Path("runs/speech_activity"))
    parser.add_argument("--latency", action="store_true", help="time the first rotation's tagger")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    data = Path(os.environ[FOLDER_VARIABLE])
    found = recordings(data)
    voices = {name: [one.samples for one in found[name]] for name in SPEAKERS}
    noises = {name: noise(data / "noise" / f"{name}.wav") for pair in NOISES for name in pair}
    kept = []
    for rotation in arguments.rotations:
        path = arguments.folder / f"{rotation}.json"
        if not path.exists():
            facts = rotated(voices, noises, rotation, SETTINGS, arguments.folder)
            path.write_text(json.dumps(facts))
        kept.append(json.loads(path.read_text()))
    print(table(kept))
    print(json.dumps([{key: one[key] for key in one if key != "auc"} for one in kept]))
    if arguments.latency:
        path = kept_tagger(arguments.folder, arguments.rotations[0], 0)
        heard, *_ = said(voices, noises, 5, np.random.default_rng(0))
        print("ms a frame:", latency(lstmkit.load(path), kept[0]["way"], heard.sound, 400))


if __name__ == "__main__":
    main()
