"""Gradients watched while a model trains."""

import math

import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from lstmkit.errors import SettingsError
from lstmkit.inspect import GradientWatch
from lstmkit.inspect.by_lag import by_lag, steepness
from lstmkit.nn import LSTM

STEPS = 60


def trained_once(layer: LSTM, x: torch.Tensor, scale: float = 1.0) -> None:
    layer.zero_grad()
    (scale * torch.sum(layer(x)[1].c[0])).backward()


def test_norm_and_factor_are_those_of_the_gradients(constant_gates) -> None:
    layer = constant_gates(0.8)
    x = torch.ones(2, STEPS, 1, dtype=torch.float64)
    with GradientWatch(layer) as watch:
        trained_once(layer, x)
        assert watch.step() == []
    measured = watch.layers["layer 1"]
    squares = sum(p.grad.square().sum().item() for p in layer.parameters())
    assert measured.norms[-1] == pytest.approx(math.sqrt(squares))
    assert measured.factor == pytest.approx(0.8)
    assert watch.line() == f"gradients: layer 1 {measured.norms[-1]:.3g} (x 0.800 a step back)"


def test_the_gradients_are_the_same_watched_or_not() -> None:
    torch.manual_seed(0)
    layer = LSTM(2, 4, num_layers=2, bidirectional=True, residual=False)
    x = torch.randn(3, 9, 2)
    gradients = []
    for watched in (False, True):
        layer.zero_grad()
        if watched:
            with GradientWatch(layer) as watch:
                layer(x, lengths=torch.tensor([9, 4, 7]))[0].square().sum().backward()
                watch.step()
            assert [m.steps for m in watch.layers.values()] == [9] * 4
        else:
            layer(x, lengths=torch.tensor([9, 4, 7]))[0].square().sum().backward()
        gradients.append([p.grad.clone() for p in layer.parameters()])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(("forget", "told"), [(0.5, "1 % is left after 7"), (0.8, "after 21")])
def test_a_gradient_that_vanishes_along_the_sequence_is_told_once(
    constant_gates, forget: float, told: str
) -> None:
    layer = constant_gates(forget)
    x = torch.ones(2, STEPS, 1, dtype=torch.float64)
    alarms = []
    with GradientWatch(layer) as watch:
        for _ in range(30):
            trained_once(layer, x)
            alarms += watch.step()
    [alarm] = alarms
    assert (alarm.kind, alarm.step, alarm.layer) == ("vanishes", 10, "layer 1")
    assert told in str(alarm)
    assert "open the forget gates" in str(alarm)


@pytest.mark.parametrize("torchs", [False, True])
def test_error_that_enters_late_or_everywhere_is_no_explosion(torchs: bool) -> None:
    """The reverse layers hear of a loss on the last step at the beginning of their run."""
    torch.manual_seed(0)
    if torchs:
        net = torch.nn.LSTM(2, 8, batch_first=True)
    else:
        net = LSTM(2, 8, num_layers=2, bidirectional=True)
    x = torch.randn(4, 150, 2)
    with GradientWatch(net) as watch:
        for place in (slice(-1, None), slice(None)):
            for _ in range(12):
                net.zero_grad()
                net(x)[0][:, place].square().sum().backward()
                assert not [one for one in watch.step() if one.kind == "explodes"]
        factors = [one.factor for one in watch.layers.values()]
    assert all(0.95 < factor < 1.01 for factor in factors)


def test_an_open_gate_raises_no_alarm(constant_gates) -> None:
    layer = constant_gates(1.0)
    with GradientWatch(layer) as watch:
        for _ in range(30):
            trained_once(layer, torch.ones(2, STEPS, 1, dtype=torch.float64))
            assert watch.step() == []
    assert watch.layers["layer 1"].factor == pytest.approx(1)


@pytest.mark.parametrize(
    ("read", "told"), [(slice(-1, None), "by a factor of 1.500 a step"), (slice(None), "a step")]
)
def test_a_gradient_that_explodes_along_the_sequence_is_told(read: slice, told: str) -> None:
    elman = LSTM(2, 4, cell="elman", dtype=torch.float64)
    with torch.no_grad():
        elman.directions()[0].named()["U"].copy_(1.5 * torch.eye(4))
    x = torch.zeros(1, STEPS, 2, dtype=torch.float64)
    alarms = []
    with GradientWatch(elman) as watch:
        for _ in range(15):
            elman.zero_grad()
            torch.sum(elman(x)[0][:, read]).backward()
            alarms += watch.step()
    assert [alarm.kind for alarm in alarms] == ["explodes"]
    assert told in str(alarms[0])
    assert "clip_grad_norm_" in str(alarms[0])


@pytest.mark.parametrize(
    ("scale", "kind", "told"),
    [
        (1000.0, "jump", "1000 times what is usual"),
        (1e-4, "drop", "is usual. The layer hardly learns"),
        (float("inf"), "jump", "the gradient became"),
    ],
)
def test_a_norm_that_leaves_its_median_is_told(
    constant_gates, scale: float, kind: str, told: str
) -> None:
    layer = constant_gates(1.0)
    x = torch.ones(2, 5, 1, dtype=torch.float64)
    with GradientWatch(layer) as watch:
        for _ in range(25):
            trained_once(layer, x)
            assert watch.step() == []
        trained_once(layer, x, scale)
        [alarm] = watch.step()
    assert alarm.kind == kind
    assert told in str(alarm)
    assert str(alarm).startswith("step 26, layer 1: ")


def test_a_model_is_left_as_it_was() -> None:
    layer = LSTM(2, 3)
    with GradientWatch(layer):
        pass
    x = torch.zeros(1, 4, 2)
    layer(x)[0].sum().backward()
    assert not x.requires_grad
    direction = layer.directions()[0]
    assert not direction._forward_pre_hooks
    assert not any(p._post_accumulate_grad_hooks for p in direction.parameters())


def test_a_model_without_layer_is_refused() -> None:
    with pytest.raises(SettingsError, match="got a Linear without one"):
        GradientWatch(torch.nn.Linear(2, 2))


@pytest.mark.parametrize("form", ["batch first", "time first", "alone", "packed"])
def test_layers_of_torch_are_watched_too(form: str) -> None:
    torch.manual_seed(0)
    net = torch.nn.GRU(2, 4, 2, batch_first=form == "batch first", dtype=torch.float64)
    x = torch.randn(9, 3, 2, dtype=torch.float64, requires_grad=True)
    lengths = torch.tensor([4, 9, 6])
    given = {
        "batch first": lambda: x.transpose(0, 1),
        "time first": lambda: x,
        "alone": lambda: x[:, 1],
        "packed": lambda: pack_padded_sequence(x, lengths, enforce_sorted=False),
    }[form]
    with GradientWatch(torch.nn.ModuleDict({"net": net})) as watch:
        _, last = net(given())
        last.square().sum().backward()
        assert watch.step() == []
    # the same slope of the gradient by lag, from what autograd gives the input
    squares = x.grad.square().sum(2).T
    ends = lengths if form == "packed" else torch.full((3,), 9)
    rows = slice(1, 2) if form == "alone" else slice(None)
    assert watch.layers["net"].factor == pytest.approx(steepness(by_lag(squares[rows], ends[rows])))
    norm = sum(p.grad.square().sum().item() for p in net.parameters()) ** 0.5
    assert watch.layers["net"].norms[-1] == pytest.approx(norm)
