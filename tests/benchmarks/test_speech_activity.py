"""Speech activity: what is called speech, how loud the noise is, who is a stranger, the floor."""

import numpy as np
import pytest

import lstmkit
from benchmarks import speech_activity as program
from benchmarks.frame_energy import Floor, above_floor, energy, webrtc
from benchmarks.noisy_speech import mixed, said, spoken, varied
from papers.graves2005.speech import HOP, RATE, mel_bands, windows


def tone(hertz: float, seconds: float, loud: float = 0.3) -> np.ndarray:
    return loud * np.sin(2 * np.pi * hertz * np.arange(round(RATE * seconds)) / RATE)


def hiss(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(RATE * seconds))


def test_speech_is_what_is_loud_and_short_stops_within_it() -> None:
    sound = np.concatenate(
        [
            tone(400, 0.1, 0.001),
            tone(400, 0.1),
            np.zeros(4 * HOP),
            tone(400, 0.05),
            np.zeros(8 * HOP),
            tone(400, 0.05),
        ]
    )
    expected = np.repeat([False, True, False, True], [10, 10 + 4 + 5, 8, 5])
    assert spoken(sound).tolist() == expected.tolist()


def test_noise_is_as_loud_as_was_asked_for_and_labels_lie_in_the_middle() -> None:
    digit, noise = tone(400, 0.5), hiss(20)
    sound, speech = mixed([digit], noise, 200, np.random.default_rng(0))
    clean = (windows(sound)[:, HOP : HOP + HOP // 2] ** 2).mean(1) > 1e-9
    # without noise to speak of, a frame is speech where its middle is not silent
    assert (clean == speech).mean() > 0.97
    assert speech.sum() == pytest.approx(50, abs=1)
    for level in (0, 10):
        sound, speech = mixed([digit], noise, level, np.random.default_rng(0))
        middle = (windows(sound)[:, HOP : 2 * HOP] ** 2).mean(1)
        ratio = middle[speech].mean() / middle[~speech].mean() - 1
        assert 10 * np.log10(ratio) == pytest.approx(level, abs=1)


def test_a_noise_is_varied_into_others_of_no_silence() -> None:
    noises = {"hiss": hiss(40), "hum": tone(100, 40)}
    one, other = (varied(noises, "hum", np.random.default_rng(seed)) for seed in (0, 1))
    assert len(one) == 20 * RATE
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.9
    assert np.isfinite(one).all()
    assert one.std() > 0


def test_every_recording_is_said_once_and_noises_take_turns() -> None:
    voices = {"one": [tone(300 + n, 0.3) for n in range(12)], "other": [tone(500, 0.3)] * 6}
    heard = said(voices, {"a": hiss(20), "b": hiss(20, 1)}, 5, np.random.default_rng(0))
    assert [one.noise for one in heard] == ["a", "b", "a"]
    assert all(len(one.speech) == len(windows(one.sound)) for one in heard)


def test_a_floor_goes_on_from_frame_to_frame_and_rises_slowly() -> None:
    bands = np.concatenate([np.zeros((5, 2)), np.full((3, 2), 10.0), np.zeros((5, 2))])
    whole, one = Floor().above(bands), Floor()
    assert np.allclose(whole, np.concatenate([one.above(row[None]) for row in bands]))
    assert whole[5, 0] == pytest.approx(9.9)
    loud = energy(np.concatenate([np.full((99, 4), 0.01), np.full((1, 4), 0.1)]))
    assert above_floor(loud)[-1] == pytest.approx(20)
    assert above_floor(loud)[0] == 0


def test_webrtcvad_is_asked_of_every_frame() -> None:
    pytest.importorskip("webrtcvad", reason="webrtcvad is not installed")
    told = webrtc(np.concatenate([np.zeros(RATE), hiss(1)]), 180)
    assert len(told) == 180
    assert set(told) <= {0, 1, 2, 3, 4}
    assert told[:80].sum() == 0


def test_strangers_are_judged_and_the_stream_answers_as_the_whole(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(program, "LEVELS", (10, 5))
    monkeypatch.setattr(program, "SEEDS", 2)
    voices = {name: [tone(300 + 50 * n, 0.3)] * 6 for n, name in enumerate("abcdef")}
    noises = {
        name: hiss(35, n) for n, name in enumerate(one for pair in program.NOISES for one in pair)
    }
    settings = {"online": True, "epochs": 8, "hidden_size": 8, "device": "cpu"}
    facts = program.rotated(voices, noises, 1, settings, tmp_path)
    model = lstmkit.load(program.kept_tagger(tmp_path, 1, 0))
    assert set(facts["valid"]) == set(program.WAYS)
    assert facts["way"] == max(facts["valid"], key=lambda one: facts["valid"][one])
    one, other = facts["auc"][program.OURS]["10"]
    assert set(one) == set(other) == {"all", *program.NOISES[1]}
    # tones in hiss are easy
    assert facts["auc"]["energy above its floor"]["10"][0]["all"] > 0.9
    assert facts["auc"][program.MEAN]["10"][0]["all"] >= min(one["all"], other["all"])
    assert "| energy |" in program.table([facts])
    sound = said({"a": voices["a"]}, {"n": hiss(35)}, 5, np.random.default_rng(0))[0].sound
    stream, floor = model.stream(), Floor()
    bands = [mel_bands(one[None]) for one in windows(sound)[:20]]
    read = [floor.above(one) for one in bands]
    told = np.concatenate([stream.feed_proba(one) for one in read])
    assert np.allclose(told, model.predict_proba([np.concatenate(read)])[0], atol=1e-5)
    assert program.latency(model, facts["way"], sound, 5)["median"] > 0
