"""The drop-in does what torch.nn.LSTM does: numbers, gradients, shapes, errors."""

import copy
import pickle
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from lstmkit import accelerate
from lstmkit.compat.torch import LSTM, why_not
from lstmkit.nn.tolerance import TOLERANCE, error

# torch falls back for projections and says so
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections:UserWarning")


def pair(*arguments, **options):
    theirs = nn.LSTM(*arguments, **options)
    ours = LSTM(*arguments, **options)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def everything(layer, x, hx):
    """Outputs, final states and all gradients."""
    leaves = [x.data if isinstance(x, PackedSequence) else x, *(hx or ())]
    y, state = layer(x, hx)
    data = y.data if isinstance(y, PackedSequence) else y
    total = data.sin().sum() + sum((part * part).sum() for part in state)
    wanted = [leaf for leaf in leaves if leaf.requires_grad] + list(layer.parameters())
    return [data, *state, *torch.autograd.grad(total, wanted)]


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 5), st.integers(2, 20), st.integers(1, 3), st.integers(1, 6)),
    bias=st.booleans(),
    batch_first=st.booleans(),
    bidirectional=st.booleans(),
    projected=st.booleans(),
    with_state=st.booleans(),
    form=st.sampled_from(["batched", "unbatched", "packed", "packed unsorted"]),
    batch=st.integers(1, 4),
    seed=st.integers(0, 100),
)
def test_numbers_and_gradients_are_torchs(
    sizes, bias, batch_first, bidirectional, projected, with_state, form, batch, seed
):
    torch.manual_seed(seed)
    features, hidden, layers, steps = sizes
    options = {"bias": bias, "batch_first": batch_first, "bidirectional": bidirectional}
    options["proj_size"] = hidden // 2 if projected else 0
    theirs, ours = pair(features, hidden, layers, **options)
    rows = () if form == "unbatched" else (batch,)
    shape = (*rows, steps) if batch_first and rows else (steps, *rows)
    x = torch.randn(*shape, features, requires_grad=True)
    many = layers * (2 if bidirectional else 1)
    widths = (options["proj_size"] or hidden, hidden)
    hx = tuple(torch.randn(many, *rows, width, requires_grad=True) for width in widths)
    if form.startswith("packed"):
        lengths = torch.randint(1, steps + 1, (batch,))
        if form == "packed":
            lengths = lengths.sort(descending=True).values
        x = pack_padded_sequence(
            x.detach(), lengths, batch_first=batch_first, enforce_sorted=form == "packed"
        )
    state = hx if with_state else None
    assert why_not(ours, x, state) is None
    for one, other in zip(everything(ours, x, state), everything(theirs, x, state), strict=True):
        assert one.shape == other.shape
        assert error(one, other) < TOLERANCE["engine"]


def test_a_packed_sequence_comes_back_as_it_went_in():
    theirs, ours = pair(3, 4)
    x = pack_padded_sequence(torch.randn(5, 3, 3), torch.tensor([2, 5, 3]), enforce_sorted=False)
    (one, _), (other, _) = ours(x), theirs(x)
    assert torch.equal(one.batch_sizes, other.batch_sizes)
    assert torch.equal(one.sorted_indices, other.sorted_indices)
    assert torch.allclose(pad_packed_sequence(one)[0], pad_packed_sequence(other)[0], atol=1e-6)


def test_dropout_between_layers_draws_as_torch_does():
    theirs, ours = pair(3, 8, 2, dropout=0.5)
    x = torch.randn(4, 2, 3)
    found = []
    for layer in (ours, theirs):
        torch.manual_seed(1)
        found.append(layer(x)[0])
    assert error(*found) < TOLERANCE["engine"]
    assert error(ours.eval()(x)[0], theirs.eval()(x)[0]) < TOLERANCE["engine"]


WRONG = {
    "too many axes": (torch.zeros(1, 2, 3, 3), None),
    "too many features": (torch.zeros(5, 2, 4), None),
    "a state of another batch": (
        torch.zeros(5, 2, 3),
        (torch.zeros(1, 3, 4), torch.zeros(1, 3, 4)),
    ),
    "a state without batch": (torch.zeros(5, 2, 3), (torch.zeros(1, 4), torch.zeros(1, 4))),
    "a state of another type": (torch.zeros(5, 2, 3), (torch.zeros(1, 2, 4).double(),) * 2),
    "another type": (torch.zeros(5, 2, 3).long(), None),
    "no steps": (torch.zeros(0, 2, 3), None),
}


@pytest.mark.parametrize(("x", "hx"), WRONG.values(), ids=WRONG)
def test_errors_are_torchs_own(x, hx):
    told = []
    for layer in pair(3, 4):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever torch raises
            layer(x, hx)
        told.append((caught.type, str(caught.value)))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda layer, x: (layer.double(), x.double()),
        lambda layer, x: (layer, x[:, :0]),
    ],
    ids=["double precision", "an empty batch"],
)
def test_what_the_engine_cannot_do_goes_to_torch(change):
    theirs, ours = pair(3, 4)
    x = torch.randn(5, 2, 3)
    assert why_not(*change(ours, x)) is not None
    (theirs, x_theirs), (ours, x_ours) = change(theirs, x), change(ours, x)
    assert torch.equal(ours(x_ours)[0], theirs(x_theirs)[0])


def test_second_derivatives_work():
    theirs, ours = pair(3, 4)
    found = []
    for layer in (ours, theirs):
        x = torch.ones(5, 2, 3, requires_grad=True)
        (slope,) = torch.autograd.grad(layer(x)[0].square().sum(), x, create_graph=True)
        found.append(torch.autograd.grad(slope.square().sum(), list(layer.parameters())))
    for one, other in zip(*found, strict=True):
        assert error(one, other) < TOLERANCE["engine"]


def test_copies_and_pickles_are_drop_ins_too(tmp_path):
    _, ours = pair(3, 4)
    x = torch.randn(5, 2, 3)
    torch.save(ours.state_dict(), tmp_path / "state.pt")
    loaded = nn.LSTM(3, 4)
    loaded.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert type(other) is LSTM
        assert torch.equal(other(x)[0], ours(x)[0])
    assert error(loaded(x)[0], ours(x)[0]) < TOLERANCE["engine"]


class Own(nn.LSTM):
    pass


def test_a_model_is_accelerated_in_place_and_given_back():
    model = nn.ModuleDict({"a": nn.LSTM(3, 4), "b": nn.Sequential(nn.LSTM(4, 5)), "c": Own(3, 4)})
    optimiser = torch.optim.SGD(model.parameters(), 0.1)
    x, heard = torch.randn(5, 2, 3), []
    model["a"].register_forward_hook(lambda *_: heard.append(1))
    expected = model["a"](x)[0]
    assert accelerate(model) is model
    assert [type(m) for m in (model["a"], model["b"][0], model["c"])] == [LSTM, LSTM, Own]
    y = model["a"](x)[0]
    assert error(y, expected) < TOLERANCE["engine"]
    y.sum().backward()
    before = model["a"].weight_ih_l0.clone()
    optimiser.step()
    assert not torch.equal(model["a"].weight_ih_l0, before)
    assert len(heard) == 2
    assert type(accelerate(model, undo=True)["a"]) is nn.LSTM


@pytest.mark.compile
def test_a_compiler_sees_torchs_own_layer():
    theirs, ours = pair(3, 4)
    x = torch.randn(5, 2, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = torch.compile(lambda given: ours(given)[0], backend="eager")(x)
    assert torch.allclose(found, theirs(x)[0], atol=1e-6)
