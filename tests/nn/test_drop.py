"""The dropout family: what it does to the state, in training and out of it."""

import pytest
import torch

from lstmkit.cells import CATALOGUE
from lstmkit.errors import CellError
from lstmkit.nn import LSTM, Drop


def test_zoneout_of_nearly_one_freezes_the_state() -> None:
    torch.manual_seed(0)
    layer = LSTM(3, 4, drop=Drop(zoneout=0.999999))
    _, state = layer(torch.randn(2, 5, 3))
    assert bool(state.h[0].eq(0).all())
    assert bool(state.c[0].eq(0).all())


def test_zoneout_keeps_the_stated_share_and_takes_the_expectation_in_eval() -> None:
    torch.manual_seed(0)
    layer = LSTM(3, 50, drop=Drop(zoneout={"c": 0.3}))
    x = torch.randn(40, 1, 3)
    plain = LSTM(3, 50)
    plain.load_state_dict(layer.state_dict())
    _, fresh = plain(x)
    _, zoned = layer(x)
    assert float(zoned.c[0].eq(0).float().mean()) == pytest.approx(0.3, abs=0.04)
    _, mean = layer.eval()(x)
    assert torch.allclose(mean.c[0], 0.7 * fresh.c[0], atol=1e-6)
    assert torch.allclose(mean.h[0], fresh.h[0], atol=1e-6), "h reads the cell before zoneout"


def test_recurrent_dropout_keeps_one_mask_for_all_steps() -> None:
    torch.manual_seed(0)
    layer = LSTM(1, 6, drop=Drop(recurrent=0.5), cell="h = U @ h[-1] + 0 * tanh(W @ x)")
    with torch.no_grad():
        layer.layers[0].U.copy_(torch.eye(6))
    x = torch.zeros(1, 3, 1)
    _, state = layer(x)
    ones = type(state)((torch.ones(1, 6),))
    y, _ = layer(x, ones)
    kept = y[0, 0].ne(0)
    assert 0 < int(kept.sum()) < 6
    for step in range(3):
        assert torch.equal(y[0, step], kept * 2.0 ** (step + 1))
    assert torch.equal(layer.eval()(x, ones)[0], torch.ones(1, 3, 6))


def test_weight_drop_leaves_recurrent_maps_out_in_training_only() -> None:
    torch.manual_seed(0)
    layer = LSTM(3, 8, drop=Drop(weight=0.5))
    x = torch.randn(2, 6, 3)
    assert not torch.equal(layer(x)[0], layer(x)[0])
    first_steps = layer(x)[0][:, 0], layer(x)[0][:, 0]
    assert torch.equal(*first_steps), "the first step reads a state of zeros"
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])


def test_dropout_between_layers_spares_the_last() -> None:
    torch.manual_seed(0)
    one = LSTM(3, 8, drop=Drop(between=0.5))
    x = torch.randn(2, 6, 3)
    assert torch.equal(one(x)[0], one(x)[0])
    two = LSTM(3, 8, num_layers=2, drop=Drop(between=0.5))
    assert not torch.equal(two(x)[0], two(x)[0])


ALL = Drop(between=0.1, recurrent=0.2, weight=0.2, zoneout=0.1)


@pytest.mark.parametrize("cell", CATALOGUE)
def test_the_whole_family_works_with_every_cell_or_says_why_not(cell: str) -> None:
    torch.manual_seed(0)
    if CATALOGUE[cell].joint:
        with pytest.raises(CellError, match="share one scale"):
            LSTM(3, 4, cell=cell, drop=ALL)
        drop = Drop(between=0.1, recurrent=0.2, weight=0.2, zoneout={"h": 0.1})
    else:
        drop = ALL
    blocks = 2 if CATALOGUE[cell].shared else 1
    layer = LSTM(3, 4, cell=cell, num_layers=2, block_size=blocks, drop=drop)
    y, _ = layer(torch.randn(2, 6, 3), lengths=torch.tensor([6, 3]))
    y.square().sum().backward()
    assert all(bool(p.grad.isfinite().all()) for p in layer.parameters() if p.grad is not None)
    torch.manual_seed(1)
    x = torch.randn(2, 6, 3)
    torch.manual_seed(2)
    first = layer(x)[0]
    torch.manual_seed(2)
    assert torch.equal(layer(x)[0], first)
