"""The additions: that each net has what it is named after, how it is trained, what is told."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from papers.additions import __main__ as program
from papers.additions.train import NETS, PATIENCE, UNITS, train
from papers.music import KEYS

DATA = Path(os.environ.get("LSTMKIT_DATA", Path(__file__).parents[2] / "shared" / "data"))


def melody(count: int, seed: int) -> list[torch.Tensor]:
    """Scales that go up by one or two keys; where and how is by chance."""
    random = np.random.default_rng(seed)
    pieces = [torch.zeros(10, KEYS) for _ in range(count)]
    for piece in pieces:
        keys = 30 + random.integers(5) + random.integers(1, 3) * np.arange(10)
        piece[torch.arange(10), torch.from_numpy(keys)] = 1
    return pieces


MELODY = tuple(melody(count, seed) for seed, count in enumerate((24, 8, 8)))


def test_nets_differ_in_what_they_are_named_after():
    layers = {name: make() for name, make in NETS.items()}
    weights = {
        name: sum(parameter.numel() for parameter in layer.parameters())
        for name, layer in layers.items()
    }
    gates = 4 * UNITS
    assert weights["LSTM"] == weights["zoneout"] == gates * (KEYS + UNITS + 1)
    assert weights["peepholes"] == weights["LSTM"] + 3 * UNITS
    narrow = UNITS // 4
    expected = gates * (KEYS + narrow + 1) + 3 * UNITS + narrow * UNITS
    assert weights["projection"] == expected < 0.7 * weights["peepholes"]
    assert layers["zoneout"].drop.zoneout == {"c": 0.5, "h": 0.05}
    assert layers["layer norm"].cell.name == "layer_norm"
    assert layers["sLSTM"].cell.name == "slstm"


@pytest.mark.parametrize("name", NETS)
def test_every_net_learns_and_can_be_repeated(name: str):
    record, again = (train(name, MELODY, 0, 3) for _ in range(2))
    assert record | {"seconds": 0} == again | {"seconds": 0}
    assert record["curve"][-1] < 0.5 * KEYS * np.log(2)
    assert record["valid"] == pytest.approx(min(record["curve"]), abs=1e-4)


def test_training_stops_when_validation_does():
    noise = [(torch.rand(6, KEYS) < 0.5).float() for _ in range(4)]
    record = train("LSTM", (MELODY[0], noise, noise), 0, 50)
    assert len(record["curve"]) == record["curve"].index(min(record["curve"])) + PATIENCE + 1


def test_epochs_are_counted_to_a_level():
    ones = [{"curve": [3.0, 2.0, 1.0], "valid": 1.0}, {"curve": [3.0, 2.5], "valid": 2.5}]
    assert program.epochs_until(2.2, ones) == [2, 2]
    assert program.epochs_until(5.0, ones) == [1, 1]
    assert program.near(ones) == pytest.approx(1.85)


def test_claims_name_nets_that_there_are():
    for claim in program.CLAIMS:
        assert {claim.net, claim.without} <= set(NETS)


@pytest.mark.slow
def test_the_quick_form_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if not (DATA / "music" / "JSB_Chorales.mat").exists():
        pytest.skip("the chorales are not here; set LSTMKIT_DATA to a folder with music/")
    rows = tmp_path / "rows.json"
    words = ["--quick", "--folder", str(tmp_path), "--json", str(rows), "--data", str(DATA)]
    monkeypatch.setattr(sys, "argv", ["additions", *words, "--pictures", str(tmp_path)])
    program.main()
    found = json.loads(rows.read_text())
    assert [row["paper"][:3] for row in found] == ["Ba ", "Kru", "Sak", "Bec"]
    # five epochs: below the 11.1 of always saying how often each key sounds
    assert all(float(row["measured"].split()[0].rstrip(",")) < 11 for row in found)
    assert (tmp_path / "additions.svg").exists()
    assert sum(row["seconds"] for row in found) < 60
