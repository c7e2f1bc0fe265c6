"""Segments that run again equal the whole scan, and need less memory."""

import pytest
import torch

from lstmkit import LSTM, use_path
from lstmkit.engine.cpu import workspace
from lstmkit.nn.drop import Drop
from lstmkit.nn.tolerance import TOLERANCE, error


def results(layer, x, **options):
    x = x.clone().requires_grad_()
    torch.manual_seed(3)
    y, state = layer(x, **options)
    total = (y * torch.linspace(-1, 1, y.shape[1])[:, None]).sum() + state.c[-1].square().sum()
    return [y, state.c[-1], *torch.autograd.grad(total, [x, *layer.parameters()])]


@pytest.mark.parametrize("path", ["cpu", "reference"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_segments_equal_the_whole(path, bidirectional):
    torch.manual_seed(0)
    layer = LSTM(
        4, 9, bidirectional=bidirectional, num_layers=2, learned_state=True, drop=Drop(zoneout=0.2)
    )
    x, reset = torch.randn(5, 23, 4), torch.rand(5, 23) < 0.15
    lengths = torch.tensor([23, 0, 7, 14, 20])
    with use_path(path):
        whole = results(layer, x, lengths=lengths, reset=reset)
        for every in (1, 7, 23, 50):
            for part in layer.directions():
                part.checkpoint_every = every
            for one, other in zip(
                results(layer, x, lengths=lengths, reset=reset), whole, strict=True
            ):
                assert error(one, other) < TOLERANCE["engine"]


def test_segments_can_be_differentiated_twice():
    layer, x = LSTM(2, 3, dtype=torch.float64, checkpoint_every=2), torch.randn(1, 5, 2)
    x = x.double().requires_grad_()
    assert torch.autograd.gradgradcheck(lambda x: layer(x)[0], x)


def test_a_long_scan_keeps_one_segment():
    layer, x = LSTM(4, 16, checkpoint_every=100), torch.randn(1, 5000, 4)
    workspace.clear()
    layer(x)[0].sum().backward()
    # what the cell computes inside, for each step: four gates and c
    inside = 4 * 5 * 16
    kept = sum(4 * floats * len(buffers) for floats, buffers in workspace._free.items())
    workspace.clear()
    assert kept < 1000 * inside < 5000 * inside


def test_a_wrong_segment_is_refused():
    with pytest.raises(Exception, match="at least 1, got -3"):
        LSTM(4, 5, checkpoint_every=-3)
