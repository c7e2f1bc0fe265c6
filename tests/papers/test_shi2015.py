"""Moving digits: the sequences, the networks' sizes, and that results can be kept."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from lstmkit.errors import DataError
from papers.shi2015 import __main__ as program
from papers.shi2015.digits import SIDE, bundled, mnist, moving
from papers.shi2015.nets import NETS, QUICK, Net, Patched
from papers.shi2015.pictures import frames
from papers.shi2015.train import entropy, held_out, mean_frame, train

FULLY_CONNECTED = NETS[0]


@pytest.mark.parametrize("net", NETS[1:], ids=lambda net: net.name)
def test_convolutional_nets_have_less_than_a_tenth_of_the_weights(net: Net):
    assert 10 * net.weights < FULLY_CONNECTED.weights


def test_a_patch_as_large_as_the_frame_makes_it_fully_connected():
    net = Patched(32, (3,))
    assert net.model.encoder.layers[0].W.shape == (4 * 3, 32 * 32, 1, 1)


def test_what_is_read_patch_by_patch_is_written_patch_by_patch():
    net, x = Patched(4, (2,), 3, 3), torch.rand(2, 3, 1, 32, 32)
    assert net(x, 4).shape == (2, 4, 1, 32, 32)
    # one pixel of one patch
    with torch.no_grad():
        net.model.kernel.zero_()
        net.model.bias.zero_()[5] = 1.0
    assert net(x, 1)[0, 0, 0].nonzero()[:2].tolist() == [[1, 1], [1, 5]]


def test_digits_move_on_straight_lines_and_bounce():
    dot = torch.zeros(1, SIDE, SIDE)
    dot[0, 0, 0] = 1.0
    found = moving(dot, np.random.default_rng(0), 50, steps=40, together=1)
    places = found[:, :, 0].flatten(2).argmax(-1)
    rows, columns = places // 32, places % 32
    room = 32 - SIDE
    assert int(rows.max()) == int(columns.max()) == room
    assert int(rows.min()) == int(columns.min()) == 0
    steps = torch.stack([rows, columns]).diff(dim=-1).float()
    assert float(steps.norm(dim=0).max()) <= 2.5 + 2**0.5
    # away from the edges the direction stays
    free = ((rows > 3) & (rows < room - 3) & (columns > 3) & (columns < room - 3))[:, 1:-1]
    turned = (steps[:, :, 1:] * steps[:, :, :-1] < 0).any(0)
    assert not bool((free & turned).any())


def test_where_digits_overlap_the_brighter_shows():
    digits = torch.stack([torch.full((SIDE, SIDE), 0.5), torch.ones(SIDE, SIDE)])
    found = moving(digits, np.random.default_rng(1), 20)
    assert found.shape == (20, 10, 1, 32, 32)
    assert set(found.unique().tolist()) == {0.0, 0.5, 1.0}


def test_digits_are_read_from_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    images = np.full((600, 28, 28), 255, dtype=np.uint8)
    (tmp_path / "digits").mkdir()
    np.savez(tmp_path / "digits" / "digits.npz", images=images, labels=np.zeros(600))
    assert mnist(tmp_path).shape == (500, SIDE, SIDE)
    monkeypatch.setenv("LSTMKIT_DATA", str(tmp_path / "digits"))
    torch.testing.assert_close(mnist(), torch.ones(500, SIDE, SIDE))
    np.savez(tmp_path / "digits" / "digits.npz", images=images[:, :8])
    with pytest.raises(DataError, match=r"got uint8 \(600, 8, 28\)"):
        mnist()
    with pytest.raises(DataError, match="no such file"):
        mnist(tmp_path / "elsewhere")
    monkeypatch.delenv("LSTMKIT_DATA")
    with pytest.raises(DataError, match="--data or LSTMKIT_DATA"):
        mnist()


def test_the_bundled_digits_are_of_the_same_kind():
    digits = bundled()
    assert digits.shape == (500, SIDE, SIDE)
    assert 0 <= float(digits.min()) < float(digits.max()) <= 1


def test_a_sure_and_wrong_forecast_costs_more_than_the_mean_frame():
    digits = bundled()[:20]
    blind = mean_frame(digits)
    sequences = held_out(digits)[:4]
    net = Patched(4, (1,))
    with torch.no_grad():
        net.model.kernel.zero_()
        net.model.bias.fill_(3.0)
    assert 0.1 < blind < float(entropy(net, sequences).mean().detach())


@pytest.mark.slow
def test_training_is_repeatable_and_learns():
    short, longer = (train(QUICK[1], bundled(), 0, updates) for updates in (1, 40))
    again = train(QUICK[1], bundled(), 0, 1)
    assert again | {"seconds": 0} == short | {"seconds": 0}
    assert longer["entropy"] < short["entropy"]
    assert longer["weights"] == QUICK[1].weights
    assert len(longer["by_frame"]) == 5
    assert len(longer["curve"]) == 2


def rows_of(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[dict]:
    rows = folder / "rows.json"
    options = ["shi2015", *words, "--folder", str(folder / "nets"), "--json", str(rows)]
    monkeypatch.setattr(sys, "argv", options)
    program.main()
    return json.loads(rows.read_text())


@pytest.mark.slow
def test_what_was_kept_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    words = ("--quick", "--updates", "20", "--net", "Conv", "--pictures", str(tmp_path / "drawn"))
    blind, row = rows_of(tmp_path, monkeypatch, *words)
    assert row.keys() == {"paper", "task", "published", "measured", "nets", "seconds"}
    assert blind["task"] == "5 frames to 5: the mean frame"
    assert row["published"] == "0.0949 (5x5-256, 13.5M weights)"
    written = {path.name for path in (tmp_path / "drawn").iterdir()}
    assert written == {"shi2015-frames.png", "shi2015-learning.svg"}
    monkeypatch.setattr(program, "train", None)
    assert rows_of(tmp_path, monkeypatch, *words)[1] == row


def test_a_picture_has_a_row_for_the_truth_and_one_for_each_net():
    drawn = frames(np.zeros((10, 32, 32)), {"one net": np.zeros((5, 32, 32))})
    assert len(drawn.axes) == 20
    assert [len(axes.images) for axes in drawn.axes[10:]] == [0] * 5 + [1] * 5


@pytest.mark.slow
def test_a_convolution_beats_full_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    rows = rows_of(tmp_path, monkeypatch, "--quick")
    full, convolved = (float(row["measured"].split()[0]) for row in rows[1:])
    assert convolved < full
    assert 10 * QUICK[1].weights < QUICK[0].weights
    assert sum(row["seconds"] for row in rows) < 60
