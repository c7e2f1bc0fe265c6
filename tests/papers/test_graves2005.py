"""Frames of speech: what they hold, who is heard in which part, and what direction does."""

import dataclasses
import io
import json
import os
import sys
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest
import torch

from lstmkit.errors import DataError
from papers.graves2005 import __main__ as program
from papers.graves2005.nets import NETS, Net
from papers.graves2005.speech import (
    CEPSTRA,
    FEATURES,
    HOP,
    RATE,
    SPEAKERS,
    WINDOW,
    Recording,
    features,
    parts,
    recordings,
)
from papers.graves2005.train import batches, right, train

DATA = Path(os.environ.get("LSTMKIT_DATA", Path(__file__).parents[2] / "shared" / "data"))


def chirp(digit, speaker, random):
    """A sound that rises from a tone which all digits share to one of its own."""
    at = np.linspace(0, 1, 1200 + int(random.integers(400)))
    tone = 400 + 20 * speaker + (at > 0.5) * 200 * digit
    return 0.3 * np.sin(2 * np.pi * np.cumsum(tone) / RATE) + 0.01 * random.normal(size=len(at))


@pytest.fixture(scope="module")
def spoken():
    random = np.random.default_rng(0)
    return {
        name: [
            Recording(digit=digit, index=index, samples=chirp(digit, number, random))
            for digit in range(10)
            for index in (0, 7)
        ]
        for number, name in enumerate(SPEAKERS)
    }


@pytest.fixture(scope="module")
def split(spoken):
    return parts(spoken, 0)


def test_a_tone_is_told_from_another_and_energy_is_energy():
    at = np.arange(1600) / RATE
    low, high = (features(np.sin(2 * np.pi * tone * at)) for tone in (300, 1200))
    assert low.shape == (1 + (1600 - WINDOW) // HOP, FEATURES)
    # a tone that lasts does not change
    assert np.abs(low[2:-2, CEPSTRA + 1 :]).max() < 0.1
    assert np.abs(low - high)[:, :CEPSTRA].max() > 1
    louder = features(2 * np.sin(2 * np.pi * 300 * at))
    np.testing.assert_allclose(louder[:, CEPSTRA] - low[:, CEPSTRA], np.log(4), atol=1e-6)
    np.testing.assert_allclose(louder[:, :CEPSTRA], low[:, :CEPSTRA], atol=1e-2)


def test_every_recording_is_in_one_part_and_frames_know_their_digit(spoken, split):
    rows_of = (split.train, split.known, split.valid, split.strange)
    assert [len(rows) for rows in rows_of] == [8, 8, 4, 4]
    for row in (row for rows in rows_of for row in rows):
        assert len(row.x) == len(row.digit) == len(row.since)
        begins = (row.since == 0).nonzero()[:, 0].tolist()
        assert len(begins) == 5
        assert begins[0] == 0
        # nothing changes but where a digit begins
        changes = (row.digit.diff() != 0).nonzero()[:, 0] + 1
        assert set(changes.tolist()) <= set(begins)
    seconds = {
        (name, one.index < 5): sum(
            len(each.samples) for each in spoken[name] if each.index == one.index
        )
        / RATE
        for name in SPEAKERS
        for one in spoken[name]
    }
    expected = [
        sum(seconds[name, False] for name in SPEAKERS[2:]),
        sum(seconds[name, True] for name in SPEAKERS[2:]),
        *(seconds[name, False] + seconds[name, True] for name in (SPEAKERS[1], SPEAKERS[0])),
    ]
    for rows, length in zip(rows_of, expected, strict=True):
        assert sum(len(row.x) for row in rows) * HOP / RATE == pytest.approx(length, rel=0.03)


def test_features_are_scaled_by_what_the_same_speaker_says(spoken, split):
    for rows in (split.valid, split.strange):
        frames = torch.cat([row.x for row in rows])
        torch.testing.assert_close(frames.mean(0), torch.zeros(FEATURES), atol=1e-4, rtol=0)
        torch.testing.assert_close(frames.std(0), torch.ones(FEATURES), atol=1e-4, rtol=0)
    first = SPEAKERS[0]
    quiet = [dataclasses.replace(one, samples=0.1 * one.samples) for one in spoken[first]]
    again = parts(spoken | {first: quiet}, 0)
    for one, other in zip(split.train, again.train, strict=True):
        torch.testing.assert_close(one.x, other.x)


def test_nets_have_about_as_many_weights():
    weights = [net.make().weights for net in NETS]
    assert max(weights) < 1.2 * min(weights)


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.name)
def test_padding_changes_no_answer_and_only_two_directions_see_what_is_far_ahead(net, split):
    model, rows = net.make(units=6), split.strange[:2]
    alone = [right(model, [row])[0] for row in rows]
    for one, together in zip(alone, right(model, rows), strict=True):
        assert torch.equal(one, together)
    x = rows[0].x[None].clone()
    lengths = torch.tensor([x.shape[1]])
    before = model(x, lengths)
    x[:, 20] += 5
    changed = (model(x, lengths) != before).any(2)[0]
    assert bool(changed[:10].any()) == net.both
    assert bool(changed[20 - net.delay])
    assert net.both or not bool(changed[: 20 - net.delay].any())


def test_the_truncated_gradient_is_another_one(split):
    torch.manual_seed(0)
    nets = [
        Net(name="", units=5, both=True, gradient=kind).make() for kind in ("full", "truncated")
    ]
    nets[1].load_state_dict(nets[0].state_dict())
    x, digit, lengths = batches(split.strange, torch.Generator())[0]
    for net in nets:
        logits = net(x, lengths).flatten(0, 1)
        torch.nn.functional.cross_entropy(logits, digit.flatten(), ignore_index=-1).backward()
    full, truncated = (net.layer.layers[0].stored() for net in nets)
    assert torch.equal(nets[0].read.weight.grad, nets[1].read.weight.grad)
    assert not torch.allclose(full["W"].grad, truncated["W"].grad)


def test_a_net_learns_and_can_be_repeated(split, monkeypatch):
    # an epoch is a single update here
    for name, value in {"NOISE": 0.1, "PATIENCE": 40, "RATE": 0.02}.items():
        monkeypatch.setattr(f"papers.graves2005.train.{name}", value)
    net = Net(name="", units=8, both=True)
    record, again = (train(net, split, 0, 30) for _ in range(2))
    for one in (record, again):
        one["seconds"] = one["epoch"] = 0
    assert record == again
    assert record["valid"] == pytest.approx(max(record["curve"]), abs=1e-4)
    assert record["valid"] > 0.3
    assert np.allclose(np.sum(record["shown"]["probabilities"], 1), 1, atol=0.01)


def test_recordings_are_read_from_an_archive(tmp_path):
    with pytest.raises(DataError, match=r"fsdd/recordings\.tar\.gz"):
        recordings(tmp_path)
    (tmp_path / "fsdd").mkdir()
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(np.array([0, 2**14, -(2**15)], dtype="<i2").tobytes())
    with tarfile.open(tmp_path / "fsdd" / "recordings.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("recordings/7_theo_3.wav")
        member.size = len(written.getvalue())
        archive.addfile(member, io.BytesIO(written.getvalue()))
    found = recordings(tmp_path)
    (one,) = found["theo"]
    assert (one.digit, one.index) == (7, 3)
    assert one.samples.tolist() == [0.0, 0.5, -1.0]
    assert sum(map(len, found.values())) == 1


@pytest.mark.slow
def test_in_the_quick_form_two_directions_are_better_than_one(tmp_path, monkeypatch):
    if not (DATA / "fsdd" / "recordings.tar.gz").exists():
        pytest.skip("the spoken digits are not here; set LSTMKIT_DATA to a folder with fsdd/")
    rows = tmp_path / "rows.json"
    words = ["--quick", "--folder", str(tmp_path), "--json", str(rows), "--data", str(DATA)]
    monkeypatch.setattr(sys, "argv", ["graves2005", *words, "--pictures", str(tmp_path)])
    program.main()
    found = json.loads(rows.read_text())
    shares = {row["task"].split(": ")[1].split(",")[0]: row["measured"] for row in found}
    right = {name: float(text.split()[2]) for name, text in shares.items()}
    assert right["BLSTM"] > right["LSTM"] > 20
    assert (tmp_path / "graves2005-frames.svg").exists()
    assert sum(row["seconds"] for row in found) < 60
