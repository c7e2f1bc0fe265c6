"""The drop-in does what torch.nn.LSTMCell does: numbers, gradients, shapes, errors."""

import copy
import pickle
import threading

import pytest
import torch
from compat.listening import LISTENERS, WARNINGS, heard
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lstmkit import accelerate, use_path
from lstmkit.compat.torch import LSTMCell, why_not
from lstmkit.nn.tolerance import TOLERANCE, error


def pair(*arguments, **options):
    theirs = nn.LSTMCell(*arguments, **options)
    ours = LSTMCell(*arguments, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def close(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        assert one.is_contiguous() == other.is_contiguous()
        assert error(one, other) < TOLERANCE["engine"]


@settings(max_examples=40, deadline=None)
@given(
    features=st.integers(1, 20),
    hidden=st.integers(1, 40),
    bias=st.booleans(),
    batch=st.integers(0, 5),
    form=st.sampled_from([tuple, list, None]),
    quiet=st.sampled_from([torch.no_grad, torch.inference_mode, torch.enable_grad]),
    strided=st.booleans(),
    seed=st.integers(0, 100),
)
def test_numbers_are_torchs(features, hidden, bias, batch, form, quiet, strided, seed):
    torch.manual_seed(seed)
    theirs, ours = pair(features, hidden, bias=bias)
    rows = (batch,) if batch else ()
    x = torch.randn(*rows, features)
    if strided:
        x = torch.randn(features, *rows).movedim(0, -1)
    hx = None if form is None else form(torch.randn(*rows, hidden) for _ in "hc")
    with quiet():
        differentiated = quiet is torch.enable_grad
        assert (why_not(ours, x, hx) is not None) == differentiated
        for _ in range(2):
            close(ours(x, hx), theirs(x, hx))


def test_gradients_are_torchs():
    theirs, ours = pair(3, 4)
    found = []
    for cell in (ours, theirs):
        x = torch.ones(2, 3, requires_grad=True)
        h, c = cell(x, cell(x))
        total = h.sin().sum() + c.square().sum()
        found.append(torch.autograd.grad(total, [x, *cell.parameters()]))
    close(*found)


@torch.no_grad()
def test_every_change_of_a_parameter_is_seen():
    theirs, ours = pair(3, 4)
    x = torch.randn(2, 3)
    changes = {
        "in place": lambda p: p.add_(1),
        "through data": lambda p: p.data.mul_(2),
        "new data": lambda p: setattr(p, "data", p.data - 1),
        "through numpy": lambda p: p.numpy().__imul__(3),
    }
    for change in changes.values():
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            for cell in (ours, theirs):
                change(getattr(cell, name))
            close(ours(x), theirs(x))
    for cell in (ours, theirs):
        cell.bias_hh = nn.Parameter(torch.ones(16))
    close(ours(x), theirs(x))


@torch.no_grad()
def test_batches_and_threads_may_change():
    theirs, ours = pair(3, 4)
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for batch in (1, 3, 2, 7, 3, 4, 5, 6, 8, 9, 10):
                x = torch.randn(batch, 3)
                close(ours(x), theirs(x))
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def test_two_cells_and_two_threads_at_once():
    pairs = [pair(3, 4), pair(3, 20)]
    x = torch.randn(5, 3)
    expected = [theirs(x) for theirs, _ in pairs]
    for _, ours in pairs:
        ours(x)
    wrong = []

    @torch.no_grad()
    def work(number):
        for _ in range(200):
            found = pairs[number][1](x)
            if error(found[0], expected[number][0]) > TOLERANCE["engine"]:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number % 2,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@torch.no_grad()
def test_another_path_may_be_asked_for():
    theirs, ours = pair(3, 4)
    x = torch.randn(2, 3)
    with use_path("reference"):
        close(ours(x), theirs(x))


WRONG = {
    "too many axes": (torch.zeros(1, 2, 3), None),
    "too many features": (torch.zeros(2, 4), None),
    "a state of three axes": (torch.zeros(2, 3), (torch.zeros(1, 2, 4),) * 2),
    "a state of another batch": (torch.zeros(2, 3), (torch.zeros(3, 4),) * 2),
    "a state of another width": (torch.zeros(2, 3), (torch.zeros(2, 5),) * 2),
    "a state of another type": (torch.zeros(2, 3), (torch.zeros(2, 4).double(),) * 2),
    "half a state": (torch.zeros(2, 3), (torch.zeros(2, 4),)),
    "a state that is one tensor": (torch.zeros(2, 3), torch.zeros(2, 4)),
    "whole numbers": (torch.zeros(2, 3).long(), None),
    "no tensor": ([[0.0, 0.0, 0.0]], None),
}


@pytest.mark.compile
@pytest.mark.parametrize(("x", "hx"), WRONG.values(), ids=WRONG)
@torch.no_grad()
def test_errors_are_torchs_own(x, hx):
    told = []
    for cell in pair(3, 4):
        # whatever torch raises
        with pytest.raises(Exception) as caught:  # noqa: PT011
            cell(x, hx)
        told.append((caught.type, str(caught.value)))
    assert told[0] == told[1]


CHANGES = {
    "double precision": lambda cell, x: (cell.double(), x.double()),
    "bfloat16": lambda cell, x: (cell.bfloat16(), x.bfloat16()),
    "an empty batch": lambda cell, x: (cell, x[:0]),
    "a meta device": lambda cell, x: (cell.to("meta"), x.to("meta")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@torch.no_grad()
def test_what_the_engine_cannot_do_goes_to_torch(change):
    theirs, ours = pair(3, 4)
    x = torch.randn(2, 3)
    assert why_not(*change(ours, x)) is not None
    (theirs, x_theirs), (ours, x_ours) = change(theirs, x), change(ours, x)
    for one, other in zip(ours(x_ours), theirs(x_theirs), strict=True):
        assert one.is_meta or torch.equal(one, other)
        assert one.shape == other.shape


@torch.no_grad()
def test_small_steps_go_to_torch(monkeypatch):
    monkeypatch.undo()
    cell = LSTMCell(3, 64)
    assert "sooner" in why_not(cell, torch.zeros(1, 3))
    assert why_not(cell, torch.zeros(64, 3)) is None


@pytest.mark.compile
@pytest.mark.filterwarnings(*WARNINGS)
@pytest.mark.parametrize("listen", LISTENERS.values(), ids=LISTENERS)
@torch.no_grad()
def test_who_listens_to_torch_hears_torch(listen):
    theirs, ours = pair(3, 4)
    one, other = heard(listen, (ours, theirs), torch.randn(2, 3))
    assert one == other


@torch.no_grad()
def test_copies_and_pickles_are_drop_ins_too():
    _, ours = pair(3, 4)
    x = torch.randn(2, 3)
    expected = ours(x)
    for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert type(other) is LSTMCell
        close(other(x), expected)
        other.weight_hh.zero_()
    close(ours(x), expected)


def test_parameters_that_are_computed_are_computed():
    theirs, ours = pair(3, 4)
    x = torch.randn(2, 3)
    for cell in (theirs, ours):
        torch.nn.utils.parametrizations.weight_norm(cell, "weight_hh")
    with torch.no_grad():
        close(ours(x), theirs(x))


class Own(nn.LSTMCell):
    pass


def test_accelerate_swaps_cells_and_gives_them_back():
    model = nn.ModuleList([nn.LSTMCell(3, 4), nn.LSTM(3, 4), Own(3, 4)])
    accelerate(model)
    assert [type(part).__module__ for part in model[:2]] == [
        "lstmkit.compat.cell",
        "lstmkit.compat.lstm",
    ]
    assert type(model[2]) is Own
    accelerate(model, undo=True)
    assert [type(part) for part in model] == [nn.LSTMCell, nn.LSTM, Own]


@pytest.mark.compile
@torch.no_grad()
def test_a_compiler_sees_torchs_own_cell():
    theirs, ours = pair(3, 4)
    x = torch.randn(2, 3)
    close(torch.compile(ours, backend="eager", fullgraph=True)(x), theirs(x))
