"""The drop-in does what torch.nn.LSTM does: numbers, gradients, shapes, errors."""

import copy
import pickle
import warnings

import pytest
import torch
from compat.listening import LISTENERS, WARNINGS, heard
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


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 5), st.integers(2, 40), st.integers(1, 3), st.integers(1, 6)),
    bias=st.booleans(),
    batch_first=st.booleans(),
    bidirectional=st.booleans(),
    projected=st.booleans(),
    state=st.sampled_from([tuple, list, None]),
    quiet=st.sampled_from([torch.no_grad, torch.inference_mode]),
    strided=st.booleans(),
    batch=st.integers(0, 4),
    seed=st.integers(0, 100),
)
def test_numbers_without_gradient_are_torchs(
    sizes, bias, batch_first, bidirectional, projected, state, quiet, strided, batch, seed
):
    torch.manual_seed(seed)
    features, hidden, layers, steps = sizes
    options = {"bias": bias, "batch_first": batch_first, "bidirectional": bidirectional}
    options["proj_size"] = hidden // 2 if projected else 0
    theirs, ours = pair(features, hidden, layers, **options)
    rows = (batch,) if batch else ()
    shape = (*rows, steps) if batch_first else (steps, *rows)
    x = torch.randn(*shape, features)
    if strided:
        x = torch.randn(features, *shape).movedim(0, -1)
    widths = (options["proj_size"] or hidden, hidden)
    many = layers * (2 if bidirectional else 1)
    hx = None if state is None else state(torch.randn(many, *rows, width) for width in widths)
    with quiet():
        assert why_not(ours, x, hx) is None
        for _ in range(2):
            (y, found), (expected_y, expected) = ours(x, hx), theirs(x, hx)
            for one, other in zip([y, *found], [expected_y, *expected], strict=True):
                assert one.shape == other.shape
                assert one.is_contiguous() or not other.is_contiguous()
                assert error(one, other) < TOLERANCE["engine"]


@torch.no_grad()
def test_every_change_of_a_parameter_is_seen():
    theirs, ours = pair(3, 4, 2, bidirectional=True)
    x = torch.randn(5, 2, 3)
    for change in CHANGES_OF_PARAMETERS.values():
        for name, _ in list(ours.named_parameters()):
            for layer in (ours, theirs):
                change(layer, name)
        assert error(ours(x)[0], theirs(x)[0]) < TOLERANCE["engine"]


def replace(layer, name):
    setattr(layer, name, nn.Parameter(torch.full_like(getattr(layer, name), 0.3)))


CHANGES_OF_PARAMETERS = {
    "in place": lambda layer, name: getattr(layer, name).add_(0.1),
    "through data": lambda layer, name: getattr(layer, name).data.mul_(0.5),
    "new data": lambda layer, name: setattr(
        getattr(layer, name), "data", getattr(layer, name).data - 0.1
    ),
    "another parameter": replace,
}


def test_computed_and_borrowed_parameters_are_used():
    theirs, ours = pair(3, 4)
    x = torch.randn(5, 2, 3)
    other = {name: torch.randn_like(p) for name, p in ours.named_parameters()}
    found = [torch.func.functional_call(layer, other, (x,))[0] for layer in (ours, theirs)]
    assert error(*found) < TOLERANCE["engine"]
    assert error(ours(x)[0], theirs(x)[0]) < TOLERANCE["engine"]
    for layer in (ours, theirs):
        torch.nn.utils.parametrizations.weight_norm(layer, "weight_hh_l0")
    with torch.no_grad():
        assert error(ours(x)[0], theirs(x)[0]) < TOLERANCE["engine"]
    slopes = [
        torch.autograd.grad(layer(x)[0].sin().sum(), list(layer.parameters()))
        for layer in (ours, theirs)
    ]
    for one, expected in zip(*slopes, strict=True):
        assert error(one, expected) < TOLERANCE["engine"]


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


def state(*shapes):
    return tuple(torch.zeros(shape) for shape in shapes)


X = torch.zeros(5, 2, 3)
PACKED = pack_padded_sequence(X, torch.tensor([5, 2]))
WRONG = {
    "too few axes": (torch.zeros(3), None),
    "too many axes": (torch.zeros(1, 2, 3, 3), None),
    "too many features": (torch.zeros(5, 2, 4), None),
    "a state of another batch": (X, state((1, 3, 4), (1, 3, 4))),
    "a state of another batch, packed": (PACKED, state((1, 3, 4), (1, 3, 4))),
    "a state of another width": (X, state((1, 2, 5), (1, 2, 5))),
    "another c than h": (X, state((1, 2, 4), (1, 2, 5))),
    "a state of two layers": (X, state((2, 2, 4), (2, 2, 4))),
    "a state without batch": (X, state((1, 4), (1, 4))),
    "a state with batch": (torch.zeros(5, 3), state((1, 1, 4), (1, 1, 4))),
    "half a state": (X, state((1, 2, 4))),
    "a state that is one tensor": (X, torch.zeros(1, 2, 4)),
    "a state of another type": (X, (torch.zeros(1, 2, 4).double(),) * 2),
    "another type": (X.long(), None),
    "no tensor": ([[[0.0]]], None),
    "no steps": (torch.zeros(0, 2, 3), None),
}


@pytest.mark.compile
@pytest.mark.parametrize("learning", [True, False], ids=["learning", "quiet"])
@pytest.mark.parametrize(("x", "hx"), WRONG.values(), ids=WRONG)
def test_errors_are_torchs_own(x, hx, learning):
    told = []
    for layer in pair(3, 4):
        # whatever torch raises
        with torch.set_grad_enabled(learning), pytest.raises(Exception) as caught:  # noqa: PT011
            layer(x, hx)
        told.append((caught.type, str(caught.value)))
    assert told[0] == told[1]


def test_a_projected_layer_says_what_is_wrong_as_torch_does():
    told = []
    for layer in pair(3, 4, proj_size=2):
        with pytest.raises(RuntimeError, match=r"Expected hidden\[0\] size") as caught:
            layer(X, state((1, 2, 4), (1, 2, 4)))
        told.append(str(caught.value))
    assert told[0] == told[1]


SETTINGS = {
    "no units": {"hidden_size": 0},
    "units that are no number": {"hidden_size": 2.5},
    "no layers": {"num_layers": 0},
    "too much dropout": {"dropout": 2.0},
    "dropout that is no number": {"dropout": "much"},
    "a negative projection": {"proj_size": -1},
    "a projection that widens": {"proj_size": 4},
}


@pytest.mark.compile
@pytest.mark.parametrize("wrong", SETTINGS.values(), ids=SETTINGS)
def test_wrong_settings_are_refused_as_torch_does(wrong):
    told = []
    for kind in (LSTM, nn.LSTM):
        with pytest.raises((TypeError, ValueError)) as caught:
            kind(**{"input_size": 3, "hidden_size": 4} | wrong)
        told.append((caught.type, str(caught.value)))
    assert told[0] == told[1]


def test_dropout_after_the_last_layer_is_warned_of():
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
        LSTM(3, 4, dropout=0.5)


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


@pytest.mark.parametrize("options", [{}, {"proj_size": 2}, {"bias": False}], ids=str)
def test_second_derivatives_work(options):
    theirs, ours = pair(3, 4, **options)
    found = []
    for layer in (ours, theirs):
        x = torch.ones(5, 2, 3, requires_grad=True)
        wanted = [x, *layer.parameters()]
        slopes = torch.autograd.grad(layer(x)[0].square().sum(), wanted, create_graph=True)
        total = sum(slope.square().sum() for slope in slopes)
        found.append(torch.autograd.grad(total, wanted))
    for one, other in zip(*found, strict=True):
        assert error(one, other) < TOLERANCE["engine"]


def test_a_layer_in_eval_mode_learns():
    theirs, ours = pair(3, 4, 2, dropout=0.5)
    found = [
        torch.autograd.grad(layer(X + 1)[0].sin().sum(), list(layer.parameters()))
        for layer in (ours.eval(), theirs.eval())
    ]
    for one, other in zip(*found, strict=True):
        assert error(one, other) < TOLERANCE["engine"]


def test_a_graph_may_be_kept_and_used_again():
    theirs, ours = pair(3, 4)
    for layer in (ours, theirs):
        total = layer(X + 1)[0].sin().sum()
        total.backward(retain_graph=True)
        total.backward()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert error(one.grad, other.grad) < TOLERANCE["engine"]


def test_frozen_parameters_get_no_gradient():
    theirs, ours = pair(3, 4)
    for layer in (ours, theirs):
        layer.weight_hh_l0.requires_grad_(False)
        layer.bias_ih_l0.requires_grad_(False)
        layer(X + 1)[0].sin().sum().backward()
    assert ours.weight_hh_l0.grad is None
    assert ours.bias_ih_l0.grad is None
    assert error(ours.weight_ih_l0.grad, theirs.weight_ih_l0.grad) < TOLERANCE["engine"]
    assert error(ours.bias_hh_l0.grad, theirs.bias_hh_l0.grad) < TOLERANCE["engine"]


def test_the_smallest_scans_stay_here():
    x = torch.zeros(4, 1, 3)
    assert why_not(LSTM(3, 4, bidirectional=True), x) is None
    assert why_not(LSTM(3, 4), pack_padded_sequence(x, [4])) is None


@pytest.mark.compile
@pytest.mark.filterwarnings(*WARNINGS)
@pytest.mark.parametrize("listen", LISTENERS.values(), ids=LISTENERS)
@torch.no_grad()
def test_who_listens_to_torch_hears_torch(listen):
    theirs, ours = pair(3, 4)
    one, other = heard(listen, (ours, theirs), torch.randn(5, 2, 3))
    assert one == other


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
