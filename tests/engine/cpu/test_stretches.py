"""Long scans are handed to the engine in stretches, between which Ctrl-C is heard."""

import itertools
import os
import signal

import pytest
import torch

from lstmkit import LSTM
from lstmkit.engine.cpu import call, direct, program, team


def outputs(layer, x, **options):
    with torch.no_grad():
        return layer(x, **options)[0]


@pytest.fixture
def stretches(monkeypatch):
    """Short stretches, each noted down; the third is interrupted as by Ctrl-C."""
    monkeypatch.setattr(team, "STRETCH", 1e6)
    noted, hand_over = [], team.hand_over

    def noting(engine, *given):
        def note(handle, numbers, first, last):
            noted.append((first, last))
            if len(noted) == 3:
                os.kill(os.getpid(), signal.SIGINT)
            engine(handle, numbers, first, last)

        hand_over(note, *given)

    for user in (call, direct, team):
        monkeypatch.setattr(user, "hand_over", noting)
    # the tests' own runner may have another handler
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield noted
    signal.signal(signal.SIGINT, before)


INTERRUPTED = {
    "inference": outputs,
    "inference of a ragged batch": lambda layer, x: outputs(layer, x, lengths=torch.tensor([500])),
    "training": lambda layer, x: layer(x),
}


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("work", INTERRUPTED.values(), ids=INTERRUPTED)
def test_an_interrupt_ends_a_long_scan(work, stretches):
    layer, x = LSTM(64, 64), torch.randn(1, 500, 64)
    with pytest.raises(KeyboardInterrupt):
        work(layer, x)
    assert [first for first, _ in stretches] == [0, 15, 30]


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_an_interrupt_ends_a_long_backward_pass(stretches, monkeypatch):
    layer, x = LSTM(64, 64), torch.randn(1, 500, 64)
    with monkeypatch.context() as whole:
        whole.setattr(team, "STRETCH", 1e12)
        y, _ = layer(x)
    stretches.clear()
    with pytest.raises(KeyboardInterrupt):
        y.sum().backward()
    assert [first for first, _ in stretches] == [500, 485, 470]


def test_no_stretch_of_a_backward_pass_is_long(monkeypatch):
    """Neither steps nor, after them, the rows that give the gradients of the maps."""
    layer = LSTM(64, 64).layers[0]
    of = program.program(layer.layout, layer.sizes, under_rules=False)
    noted = []
    batch, steps, threads = 32, 10_000, 2

    def note(_handle, _numbers, first, last):
        noted.append((first, last))

    monkeypatch.setattr(of.library, "lstmkit_backward", note)
    team.hand_over_backward(of, b"", batch, steps, threads)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(noted))
    assert noted[0][0] == steps
    assert noted[-1][1] == -batch * steps // team.LOT
    for first, last in noted:
        rows = (first - last) * (batch if first > 0 else team.LOT)
        assert of.work * rows / threads <= team.STRETCH


def test_stretches_change_nothing(monkeypatch):
    layer, x = LSTM(6, 20, cell="peephole"), torch.randn(3, 150, 6, requires_grad=True)
    found = []
    for stretch in (team.STRETCH, 1e5):
        monkeypatch.setattr(team, "STRETCH", stretch)
        y, _ = layer(x)
        found.append([y, *torch.autograd.grad(y.sum(), [x, *layer.parameters()])])
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)
