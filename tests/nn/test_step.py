"""Steps equal the whole sequence, by the short way to the engine and by the general one."""

import pickle
from contextlib import nullcontext

import pytest
import torch

from lstmkit import LSTM, use_path
from lstmkit.cells import CATALOGUE
from lstmkit.nn import short
from lstmkit.nn.drop import Drop
from lstmkit.nn.tolerance import TOLERANCE, error


def by_steps(layer, x):
    state, outputs = None, []
    for t in range(x.shape[1]):
        y, state = layer.step(x[:, t], state)
        outputs.append(y)
    return torch.stack(outputs, 1), state


@pytest.fixture
def counted(monkeypatch):
    """How many steps went the short way."""
    taken = []
    way = short.short_way

    def counting(*given):
        found = way(*given)
        taken.append(found is not None)
        return found

    monkeypatch.setattr("lstmkit.nn.lstm.short_way", counting)
    return taken


@pytest.mark.parametrize("cell", CATALOGUE)
@pytest.mark.parametrize("batch", [1, 3])
def test_steps_equal_the_sequence(cell, batch, counted):
    torch.manual_seed(0)
    narrow = {"projection_size": 5} if cell == "projected" else {}
    layer = LSTM(7, 21, cell=cell, num_layers=2, **narrow)
    x = torch.randn(batch, 6, 7)
    with torch.no_grad():
        whole, last = layer(x)
        found, state = by_steps(layer, x)
    assert error(found, whole) < TOLERANCE["engine"]
    for one, other in zip(sum(state, ()), sum(last, ()), strict=True):
        assert error(one, other) < TOLERANCE["engine"]
    assert counted == [True] * 7


def test_residual_stacks_and_changed_weights(counted):
    layer, x = LSTM(16, 16, num_layers=3, residual=True), torch.randn(2, 5, 16)
    for change in (lambda w: None, lambda w: w.mul_(0.5), lambda w: w.data.mul_(0.5)):
        with torch.no_grad():
            change(layer.layers[1].U)
            assert error(by_steps(layer, x)[0], layer(x)[0]) < TOLERANCE["engine"]
    assert all(counted)


def test_another_batch_another_type_another_path(counted):
    layer, x = LSTM(4, 5), torch.randn(3, 4, 4)
    with torch.no_grad():
        for rows in (3, 1, 2):
            assert error(by_steps(layer, x[:rows])[0], layer(x[:rows])[0]) < TOLERANCE["engine"]
        assert all(counted)
        expected = layer(x)[0]
        counted.clear()
        strided = x.transpose(1, 2).contiguous().transpose(1, 2)
        assert error(by_steps(layer, strided)[0], expected) < TOLERANCE["engine"]
        with use_path("reference"):
            by_steps(layer, x)
        layer.double()
        assert error(by_steps(layer, x.double())[0], expected.double()) < TOLERANCE["engine"]
    assert not any(counted)


@pytest.mark.parametrize(
    "options",
    [{"drop": Drop(zoneout=0.1)}, {"clip_state": 0.2}, {"learned_state": True}],
    ids=["zoneout", "clip", "learned state"],
)
def test_what_the_short_way_lacks_goes_the_general_one(options, counted):
    layer, x = LSTM(4, 5, **options).eval(), torch.randn(2, 4, 4)
    with torch.no_grad():
        assert error(by_steps(layer, x)[0], layer(x)[0]) < TOLERANCE["engine"]
    assert not any(counted)


def test_steps_are_differentiated_through(counted):
    layer, x = LSTM(4, 5), torch.randn(2, 4, 4)
    by_steps(layer, x)[0].sum().backward()
    steps = layer.layers[0].U.grad.clone()
    layer.zero_grad()
    layer(x)[0].sum().backward()
    assert error(steps, layer.layers[0].U.grad) < TOLERANCE["engine"]
    assert all(counted)


def test_the_short_way_is_differentiated_twice_and_again(counted):
    layer, x = LSTM(4, 5), torch.randn(2, 6, 4, requires_grad=True)
    wanted = [x, *layer.parameters()]
    y, state = layer(x)
    first = torch.autograd.grad(y.square().sum() + state.c[0].sum(), wanted, retain_graph=True)
    again = torch.autograd.grad(y.square().sum() + state.c[0].sum(), wanted, create_graph=True)
    for one, other in zip(first, again, strict=True):
        assert error(one, other) < TOLERANCE["engine"]
    twice = torch.autograd.grad(sum(part.square().sum() for part in again), wanted)
    with use_path("reference"):
        slow, _ = layer(x)
        once = torch.autograd.grad(slow.square().sum() + _.c[0].sum(), wanted, create_graph=True)
        expected = torch.autograd.grad(sum(part.square().sum() for part in once), wanted)
    for one, other in zip(twice, expected, strict=True):
        assert error(one, other) < TOLERANCE["engine"]
    assert counted[0]


def test_a_layer_that_is_turned_round_is_run_in_reverse(counted):
    layer, x = LSTM(4, 5), torch.randn(2, 6, 4)
    forward, _ = layer(x)
    layer.layers[0].reverse = True
    backward, _ = layer(x.flip(1))
    assert error(backward.flip(1), forward) < TOLERANCE["engine"]
    assert all(counted)


@pytest.mark.parametrize("options", [("lengths",), ("reset",), ("lengths", "reset")], ids=str)
def test_marked_steps_are_differentiated_twice(options, counted):
    layer, x = LSTM(4, 5), torch.randn(3, 6, 4, requires_grad=True)
    given = {"lengths": torch.tensor([6, 0, 4]), "reset": torch.rand(3, 6) < 0.3}
    given = {name: value for name, value in given.items() if name in options}
    found = []
    for path in (nullcontext(), use_path("reference")):
        with path:
            (once,) = torch.autograd.grad(layer(x, **given)[0].square().sum(), x, create_graph=True)
            found.append(torch.autograd.grad(once.square().sum(), list(layer.parameters())))
    for one, other in zip(*found, strict=True):
        assert error(one, other) < TOLERANCE["engine"]
    assert counted[0]


def test_changed_lengths_before_the_backward_pass_are_not_overlooked(counted):
    layer, lengths = LSTM(4, 5), torch.tensor([6, 2])
    y, _ = layer(torch.randn(2, 6, 4), lengths=lengths)
    lengths.sub_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    assert all(counted)


def test_a_change_before_the_backward_pass_is_not_overlooked(counted):
    layer, x = LSTM(4, 5), torch.randn(2, 6, 4)
    y, _ = layer(x)
    with torch.no_grad():
        layer.layers[0].U.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    assert all(counted)


def test_what_wants_no_gradient_gets_none(counted):
    layer, x = LSTM(4, 5), torch.randn(2, 6, 4)
    layer.layers[0].W.requires_grad_(False)
    y, _ = layer(x)
    y.sum().backward()
    assert layer.layers[0].W.grad is None
    assert layer.layers[0].U.grad.abs().sum() > 0
    for parameter in layer.parameters():
        parameter.requires_grad_(False)
    assert not layer(x)[0].requires_grad
    assert all(counted)


def test_a_parameter_that_is_not_dense_follows_its_changes(counted):
    layer, x = LSTM(4, 4), torch.randn(2, 6, 4)
    own = layer.layers[0]
    own.U = torch.nn.Parameter(own.U.detach().T.contiguous().T)
    with torch.no_grad():
        layer(x)
        own.U.mul_(2)
        found = layer(x)[0]
        with use_path("reference"):
            assert error(found, layer(x)[0]) < TOLERANCE["engine"]
    assert not any(counted)


def test_a_layer_that_has_stepped_can_be_copied_and_sent(counted):
    layer, x = LSTM(4, 5), torch.randn(1, 4)
    with torch.no_grad():
        y, _ = layer.step(x)
        other = pickle.loads(pickle.dumps(layer))
        assert torch.equal(other.step(x)[0], y)
    assert all(counted)


@pytest.mark.parametrize("learning", [False, True])
def test_hooks_of_the_layers_inside_are_called(learning):
    layer, x, heard = LSTM(4, 4, num_layers=2), torch.randn(2, 6, 4), []
    with torch.set_grad_enabled(learning):
        layer(x)
        handle = layer.layers[1].register_forward_hook(lambda *given: heard.append(given[0]))
        layer(x)
        handle.remove()
        layer(x)
    assert heard == [layer.layers[1]]
