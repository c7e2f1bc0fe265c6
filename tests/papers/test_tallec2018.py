"""The copy task: the blind baseline, the blocks' biases, and what is scored."""

import json
import math
import sys

import pytest
import torch

from lstmkit.nn import Init
from papers.tallec2018 import __main__ as program
from papers.tallec2018.task import BLANK, COPIED, SIGNAL, SYMBOLS, batch, blind, train


def test_symbols_are_asked_for_again_after_the_gap():
    x, target = batch(6, 50, torch.Generator().manual_seed(0))
    assert x.shape == (50, 6 + 2 * COPIED, SYMBOLS + 2)
    read = x.argmax(2)
    assert torch.equal(target[:, -COPIED:], read[:, :COPIED])
    assert (target[:, :-COPIED] == BLANK).all()
    assert (read[:, COPIED + 5] == SIGNAL).all()
    assert (read == SIGNAL).sum() == 50
    assert (read[:, :COPIED] < SYMBOLS).all()
    assert (read[:, COPIED : COPIED + 5] == BLANK).all()


def test_a_blind_net_knows_when_and_guesses_what():
    gap = 30
    _, target = batch(gap, 50, torch.Generator().manual_seed(0))
    logits = torch.full((*target.shape, SYMBOLS + 1), -1e4)
    logits[:, :-COPIED, BLANK] = 0
    logits[:, -COPIED:, :SYMBOLS] = 0
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten())
    assert float(loss) == pytest.approx(blind(gap))
    assert blind(gap) == pytest.approx(10 * math.log(8) / (gap + 20))


def test_training_is_repeatable_and_learns_when_to_be_silent():
    *_, found = train(5, Init(), 0, 100, 50)
    *_, again = train(5, Init(), 0, 100, 50)
    assert found["losses"] == again["losses"]
    assert len(found["losses"]) == 2
    assert found["losses"][1] < found["losses"][0]


def test_chrono_reaches_over_the_gap():
    assert program.inits(100)["chrono"] == Init(chrono_steps=150)


@pytest.mark.slow
def test_in_the_quick_form_nets_learn_when_to_be_silent(tmp_path, monkeypatch):
    rows = tmp_path / "rows.json"
    words = ["--quick", "--folder", str(tmp_path), "--json", str(rows), "--pictures", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["tallec2018", *words])
    program.main()
    found = json.loads(rows.read_text())
    assert ["chrono" in row["task"] for row in found] == [True, False]
    # at the start the loss is ln 9, and no net is below the blind one so soon
    for row in found:
        assert blind(20) < float(row["measured"].split()[0]) < 1.2 * blind(20)
    assert list(tmp_path.glob("*.svg"))
