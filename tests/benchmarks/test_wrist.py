"""The program for activities at the wrist, on recordings made up: reader, folds, scores."""

import io
import tarfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import wrist
from benchmarks.wrist import Recordings, recordings, run, shortened, statistics_of, table
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


def test_nobody_is_judged_by_a_model_that_knows_them(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wrist, "Classifier", partial(Classifier, epochs=6, hidden_size=4))
    seen: list[tuple[set[str], set[str]]] = []
    plain = wrist.CONTENDERS["random forest on statistics"]

    def watched(learnt: Recordings, judged: Recordings, seed: int) -> np.ndarray:
        seen.append((set(learnt.volunteer), set(judged.volunteer)))
        return plain(learnt, judged, seed)

    monkeypatch.setitem(wrist.CONTENDERS, "random forest on statistics", watched)
    data, out = recordings(archive), archive.with_suffix(".jsonl")
    results = run(data, out, [0])
    assert all(not learnt & judged for learnt, judged in seen)
    assert sorted(place for one in results[::3] for place in one["held"]) == list(range(24))
    # what is there is not measured again
    assert run(data, out, [0]) == results
    rows = table(results, data.activity).splitlines()
    assert [row.split(" | ")[0] for row in rows[2:]] == [
        "| lstmkit",
        "| support vector machine on statistics",
        "| random forest on statistics",
        "| the most frequent activity",
    ]
    assert "| random forest on statistics | 1.000 ± 0.000 | 1.000" in rows[4]
