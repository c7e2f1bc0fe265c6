"""Piano rolls: how they are read, and the loss of what sounds next."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import savemat
from torch import nn

from lstmkit.errors import DataError
from lstmkit.nn import LSTM
from papers.music import KEYS, PARTS, NextKeys, batches, by_frequency, rolls


def cells(pieces: list[np.ndarray]) -> np.ndarray:
    found = np.empty((1, len(pieces)), dtype=object)
    found[0] = pieces
    return found


def some_pieces(lengths: list[int], seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [(random.random((length, KEYS)) < 0.05).astype(np.uint8) for length in lengths]


def write(folder: Path, name: str, *, without: str = "") -> None:
    lengths = dict(zip(PARTS, ([5, 9, 7], [4, 6], [8]), strict=True))
    kept = {
        part: cells(some_pieces(each, number))
        for number, (part, each) in enumerate(lengths.items())
        if part != without
    }
    folder.mkdir(parents=True, exist_ok=True)
    savemat(folder / f"{name}.mat", kept)


def test_pieces_are_read_from_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path / "music", "JSB_Chorales")
    train, valid, test = rolls("JSB_Chorales", tmp_path)
    assert [len(piece) for piece in train] == [5, 9, 7]
    assert [len(part) for part in (train, valid, test)] == [3, 2, 1]
    assert np.array_equal(train[1].numpy(), some_pieces([5, 9, 7], 0)[1])
    monkeypatch.setenv("LSTMKIT_DATA", str(tmp_path / "music"))
    assert len(rolls("JSB_Chorales")[0]) == 3


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write(tmp_path, "Nottingham", without="validdata")
    with pytest.raises(DataError, match="got no validdata"):
        rolls("Nottingham", tmp_path)
    with pytest.raises(DataError, match=r"music/JSB_Chorales\.mat in .*no such file"):
        rolls("JSB_Chorales", tmp_path)
    monkeypatch.delenv("LSTMKIT_DATA", raising=False)
    with pytest.raises(DataError, match="--data or LSTMKIT_DATA"):
        rolls("JSB_Chorales")


def test_pieces_of_like_length_are_together():
    pieces = [torch.full((length, KEYS), float(length)) for length in (9, 3, 7, 5, 4)]
    found = batches(pieces, 2)
    assert [lengths.tolist() for _, lengths in found] == [[3, 4], [5, 7], [9]]
    assert [tuple(x.shape) for x, _ in found] == [(2, 4, KEYS), (2, 7, KEYS), (1, 9, KEYS)]
    assert float(found[0][0][0, 3:].abs().sum()) == 0


def test_the_loss_is_that_of_each_piece_alone():
    torch.manual_seed(0)
    model = NextKeys(LSTM(KEYS, 6))
    pieces = [torch.from_numpy(piece).float() for piece in some_pieces([5, 9, 7], 3)]
    alone = []
    for piece in pieces:
        chance = torch.sigmoid(model.head(model.layer(piece[None, :-1])[0][0]))
        likely = torch.where(piece[1:] == 1, chance, 1 - chance)
        alone.append(-likely.log().sum(1))
    expected = torch.cat(alone)
    together = torch.cat([model(batch) for batch in batches(pieces, 3)])
    assert together.shape == expected.shape
    assert float(together.sum().detach()) == pytest.approx(float(expected.sum().detach()), rel=1e-5)
    assert model.judge(batches(pieces, 2)) == pytest.approx(
        float(expected.mean().detach()), rel=1e-5
    )


def test_judging_leaves_out_dropout_and_noise():
    torch.manual_seed(0)
    model = NextKeys(LSTM(KEYS, 6))
    model.head = nn.Sequential(nn.Dropout(0.5), model.head)
    (batch,) = batches([torch.from_numpy(piece).float() for piece in some_pieces([5, 9], 3)], 2)
    assert not torch.equal(model(batch), model(batch))
    assert model.judge([batch]) == model.judge([batch])
    assert model.training
    assert not torch.equal(model.eval()(batch), model(batch, 0.3))


def test_frequencies_are_counted_in_one_part_and_judged_in_another():
    heard = torch.zeros(9, KEYS)
    heard[:4, 0] = 1
    # nine steps and one more: chances of 0.45 and, for the silent, 0.05
    assert by_frequency([heard], [torch.zeros(3, KEYS)]) == pytest.approx(
        -np.log(0.55) - (KEYS - 1) * np.log(0.95), rel=1e-5
    )
