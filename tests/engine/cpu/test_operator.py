"""The compiled engine as a torch operator: graphs, layouts, threads, processes."""

import copy
import itertools
import multiprocessing
import os
import threading

import pytest
import torch
from comparing import input_of, options_of

from lstmkit import LSTM, use_path
from lstmkit.engine.cpu import learned, team
from lstmkit.nn.tolerance import TOLERANCE, error


def outputs(layer, x, **options):
    with torch.no_grad():
        return layer(x, **options)[0]


def test_a_second_backward_pass_gives_the_same():
    layer, x = LSTM(5, 7), torch.randn(3, 6, 5, requires_grad=True)
    y, _ = layer(x)
    first = torch.autograd.grad(y.sum(), [x, *layer.parameters()], retain_graph=True)
    second = torch.autograd.grad(y.sum(), [x, *layer.parameters()])
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one, other)


def test_second_derivatives_come_from_the_reference():
    layer, x = LSTM(4, 5), torch.randn(2, 4, 4, requires_grad=True)
    found = []
    for path in ("cpu", "reference"):
        with use_path(path):
            y, _ = layer(x)
            (slope,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
            found.append(torch.autograd.grad(slope.square().sum(), [x, *layer.parameters()]))
    for one, other in zip(*found, strict=True):
        assert error(one, other) < TOLERANCE["engine"]


def test_only_what_is_wanted_is_differentiated():
    layer = LSTM(4, 5)
    layer.layers[0].W.requires_grad_(False)
    x = torch.randn(2, 4, 4)
    _, state = layer(x)
    state.c[0].sum().backward()
    assert layer.layers[0].W.grad is None
    assert layer.layers[0].U.grad is not None


def test_a_layer_in_evaluation_mode_is_differentiated_too():
    layer, x = LSTM(4, 5).eval(), torch.randn(2, 4, 4, requires_grad=True)
    layer(x)[0].sum().backward()
    assert x.grad is not None


@pytest.mark.parametrize("hidden", [16, 5])
def test_any_layout_of_the_input_gives_the_same(hidden):
    layer = LSTM(6, hidden)
    x = torch.randn(3, 8, 6)
    views = (
        x.transpose(0, 1).contiguous().transpose(0, 1),
        x.transpose(1, 2).contiguous().transpose(1, 2),
        torch.cat([x, x], -1)[..., :6],
        x.repeat_interleave(2, 1)[:, ::2],
    )
    expected = outputs(layer, x)
    for view in views:
        assert torch.equal(outputs(layer, view), expected)


def test_dense_features_are_read_where_they_lie(monkeypatch):
    layer, x = LSTM(6, 16), torch.randn(3, 8, 12, requires_grad=True)
    views = (x[..., :6], x[:, ::2, 6:], x.transpose(0, 1)[..., 3:9], x[:1, :, :6].expand(5, -1, -1))

    outputs(layer, views[0])  # biases become dense once

    def refused(*_, **__):
        raise AssertionError("a copy")

    for name in ("contiguous", "clone", "copy_", "to"):
        monkeypatch.setattr(torch.Tensor, name, refused)
    for view in views:
        outputs(layer, view)
        layer(view)[0].sum().backward()


def test_cotangents_of_any_layout_give_the_same():
    layer, x = LSTM(4, 5), torch.randn(2, 6, 4)
    found = []
    for expanded in (True, False):
        y, _ = layer(x)
        d = torch.ones(()).expand_as(y) if expanded else torch.ones_like(y)
        found.append(torch.autograd.grad(y, list(layer.parameters()), d))
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


def test_defaults_of_torch_do_not_reach_the_engine():
    layer, x = LSTM(4, 5, dtype=torch.float32), torch.randn(2, 3, 4)
    expected = outputs(layer, x)
    torch.set_default_dtype(torch.float64)
    try:
        with use_path("cpu"):
            found = outputs(layer, x)
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.equal(found, expected)


def test_weights_that_change_are_packed_again():
    layer, x = LSTM(4, 5), torch.randn(2, 3, 4)
    seen = [outputs(layer, x)]
    with torch.no_grad():
        layer.layers[0].U.mul_(0.5)
    seen.append(outputs(layer, x))
    layer.layers[0].U.data.mul_(0.5)  # leaves the version as it was
    seen.append(outputs(layer, x))
    layer.layers[0].U.data = layer.layers[0].U.data * 0.5
    seen.append(outputs(layer, x))
    for before, after in itertools.pairwise(seen):
        assert not torch.equal(before, after)
    with use_path("reference"):
        assert error(seen[-1], outputs(layer, x)) < TOLERANCE["engine"]


def test_training_leaves_the_packed_weights_of_inference_alone(monkeypatch):
    layer, x = LSTM(4, 5), torch.randn(2, 3, 4)
    lengths = torch.tensor([3, 2])
    ready = []
    packing = learned.Learned.packing

    def noting(self, *given):
        found = packing(self, *given)
        ready.append(found[1])
        return found

    monkeypatch.setattr(learned.Learned, "packing", noting)
    outputs(layer, x)
    layer(x, lengths=lengths)
    ready.clear()
    outputs(layer, x)
    outputs(layer, x, lengths=lengths)
    assert ready == [True, True]


def test_parameters_made_in_inference_mode_work():
    with torch.inference_mode():
        layer, x = LSTM(4, 5), torch.randn(2, 3, 4)
        first = outputs(layer, x)
        layer.layers[0].W.mul_(2.0)
        assert not torch.equal(outputs(layer, x), first)


def test_the_number_of_threads_changes_no_row(threads):
    layer, x = LSTM(9, 40, cell="layer_norm"), torch.randn(24, 5, 9)
    options = options_of(24, 5, lengths=True, resets=True)
    found = []
    for count in (1, 2, 3):
        threads(count)
        found.append(outputs(layer, x, **options))
        assert torch.get_num_threads() == count
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("near", [0, team.NEAR], ids=["units", "rows"])
@pytest.mark.parametrize("cell", ["lstm", "layer_norm"])
def test_the_same_threads_give_the_same_bits(cell, near, count, threads, monkeypatch):
    monkeypatch.setattr(team, "NEAR", near)
    threads(count)
    layer, x = LSTM(9, 70, cell=cell), torch.randn(13, 11, 9, requires_grad=True)
    options = options_of(13, 11, lengths=True, resets=True)

    def bits():
        y, _ = layer(x, **options)
        return [y, *torch.autograd.grad(y.square().sum(), [x, *layer.parameters()])]

    expected = bits()
    for _ in range(3):
        for one, other in zip(bits(), expected, strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize(("name", "every"), [("lengths", None), ("reset", None), ("reset", 2)])
def test_what_the_backward_pass_reads_again_must_not_change(name, every):
    layer, x = LSTM(4, 5, checkpoint_every=every), torch.randn(2, 6, 4)
    options = options_of(2, 6, lengths=True, resets=True)
    y, _ = layer(x, **options)
    options[name].zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_two_threads_may_use_two_models_at_once():
    layers = [LSTM(6, 20), LSTM(6, 33, cell="gru")]
    inputs = [torch.randn(4, 30, 6) for _ in layers]
    wrong = []

    def results(number):
        layer, x = layers[number], inputs[number]
        slopes = torch.autograd.grad(layer(x)[0].sum(), list(layer.parameters()))
        return [outputs(layer, x), *slopes]

    expected = [results(number) for number in range(2)]

    def work(number):
        for _ in range(30):
            pairs = zip(results(number), expected[number], strict=True)
            if not all(torch.equal(*pair) for pair in pairs):
                wrong.append(number)

    workers = [threading.Thread(target=work, args=(k % 2,)) for k in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert not wrong


def test_threads_that_meet_weights_not_packed_yet_wait_for_nobody():
    layer, x, wrong = LSTM(64, 160), torch.randn(1, 3, 64), []

    def work(expected):
        if not torch.equal(outputs(layer, x), expected):
            wrong.append(1)

    for _ in range(20):
        with torch.no_grad():
            layer.layers[0].U.mul_(0.99)
        # a layer of its own with equal weights has packed weights of its own
        expected = outputs(copy.deepcopy(layer), x)
        workers = [threading.Thread(target=work, args=(expected,)) for _ in range(3)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()
    assert not wrong


def in_training(layer, x):
    layer.zero_grad()
    layer(x)[0].sum().backward()
    return [parameter.grad.clone() for parameter in layer.parameters()]


def _in_child(layer, x, answers):
    answers.put([part.numpy() for part in (outputs(layer, x), *in_training(layer, x))])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_computes_the_same(threads):
    threads(2)
    layer, x = LSTM(6, 40), torch.randn(20, 8, 6)
    expected = [outputs(layer, x), *in_training(layer, x)]
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_in_child, args=(layer, x, answers))
    child.start()
    found = answers.get(timeout=60)
    child.join(timeout=60)
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(torch.from_numpy(one), other)


def test_padding_and_neighbours_cannot_be_seen():
    layer = LSTM(5, 20, cell="full_gate_recurrence")
    options = options_of(6, 7, lengths=True, resets=False)
    x = input_of(6, 7, 5, options)
    y = outputs(layer, x, **options)
    for row, length in enumerate(options["lengths"]):
        alone = outputs(layer, x[row : row + 1, :length]) if length else x.new_zeros(1, 0, 20)
        assert torch.equal(y[row, :length], alone[0])
        assert not y[row, length:].any()
