"""The program for activities at the wrist, on recordings made up: reader, folds, scores."""

import io
import tarfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import wrist, wrist_ways
from benchmarks.wrist_recordings import (
    Recordings,
    copies,
    recordings,
    shortened,
    statistics_of,
)
from benchmarks.wrist_ways import LEARN, Chances
from lstmkit import Classifier


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    path = tmp_path / "hmp.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for person in ("f1", "f2", "m1", "m2"):
            for number in range(6):
                kind = ("Walk", "Sit")[number % 2]
                step = np.arange(70 + 10 * number)[:, None]
                swing = 20 * np.sin(step) if kind == "Walk" else 0.0
                samples = np.clip(32 + swing + random.normal(0, 2, (len(step), 3)), 0, 63)
                text = "\n".join(" ".join(map(str, row)) for row in samples.astype(int))
                name = f"hmp/{kind}/Accelerometer-2011-0{number}-{kind.lower()}-{person}.txt"
                member = tarfile.TarInfo(name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
    return path


def test_recordings_are_read_with_activity_and_volunteer(archive: Path) -> None:
    found = recordings(archive)
    assert len(found.values) == 24
    assert found.values[0].shape[1] == 3
    assert max(map(len, found.values)) == 60
    assert np.abs(np.concatenate(found.values)).max() <= 1.5
    assert sorted(set(found.volunteer)) == ["f1", "f2", "m1", "m2"]
    assert sorted(set(found.activity)) == ["Sit", "Walk"]
    assert statistics_of(found.values).shape[0] == 24


def test_a_recording_is_cut_and_averaged_in_pairs() -> None:
    samples = np.repeat(np.arange(1001.0)[:, None], 3, axis=1)
    short = shortened(samples)
    assert len(short) == 256
    assert short[:3, 0].tolist() == [0.5, 2.5, 4.5]


def test_copies_are_turned_and_stretched_and_keep_their_labels(archive: Path) -> None:
    data = recordings(archive)
    found = copies(data, 2, np.random.default_rng(0))
    assert found.activity.tolist() == data.activity.tolist() * 3
    assert found.volunteer.tolist() == data.volunteer.tolist() * 3
    for one, other in zip(data.values, found.values[24:48], strict=True):
        assert 0.79 < len(other) / len(one) < 1.26
        # the first sample is turned, and a turn keeps lengths
        assert np.linalg.norm(other[0]) == pytest.approx(np.linalg.norm(one[0]))
        assert not np.allclose(other[0], one[0])


def test_nobody_is_judged_by_a_model_that_knows_them(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrist_ways, "Classifier", partial(Classifier, hidden_size=4))
    monkeypatch.setattr(wrist_ways, "STEPS", 12)
    seen: list[tuple[set[str], set[str]]] = []
    forest = "random forest on statistics"
    plain = LEARN[forest]

    def watched(learnt: Recordings, judged: Recordings, seed: int) -> Chances:
        seen.append((set(learnt.volunteer), set(judged.volunteer)))
        return plain(learnt, judged, seed)

    monkeypatch.setitem(LEARN, forest, watched)
    ours = ["lstmkit, turned", "lstmkit, turned, statistics beside"]
    data, out = recordings(archive), archive.with_suffix(".jsonl")
    results = wrist.run(data, out, [*ours, forest], [0])
    assert all(not learnt & judged for learnt, judged in seen)
    assert sorted(place for one in results[:3] for place in one["held"]) == list(range(24))
    # what is there is not measured again
    assert wrist.run(data, out, [*ours, forest], [0]) == results
    lines = wrist.table(results, data.activity).splitlines()
    assert [row.split(" | ")[0].strip("| ") for row in lines[2:]] == [
        "lstmkit, turned",
        "mean of these runs",
        "lstmkit, turned, statistics beside",
        "mean of these runs",
        forest,
        "the most frequent activity",
    ]
    # of one run the mean is the run
    assert lines[2].split(" | ")[1][:5] == lines[3].split(" | ")[1]
    assert f"| {forest} | 1.000 ± 0.000 | 1.000" in lines[6]


def test_all_recordings_are_read_by_the_defaults(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrist_ways, "Classifier", partial(Classifier, epochs=6, hidden_size=4))
    results = wrist.run(recordings(archive), archive.with_suffix(".1"), ["lstmkit, defaults"], [0])
    assert all(np.allclose(np.sum(one["chances"], 1), 1, atol=1e-3) for one in results)
