"""One step at a time gives the gradient of the whole scan."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lstmkit.cells import CATALOGUE
from lstmkit.errors import CellError, SettingsError
from lstmkit.nn import LSTM, ConvLSTM
from lstmkit.nn.drop import Drop
from lstmkit.train.rules import OnlineGradient, RealTimeRecurrentLearning

BATCH, TIME, INPUT, HIDDEN = 2, 6, 3, 4
MIXING = {"layer_norm", "multiplicative"}
Rule = OnlineGradient | RealTimeRecurrentLearning
RULES = [OnlineGradient, RealTimeRecurrentLearning]


def truncated(**options: Any) -> LSTM:
    return LSTM(INPUT, HIDDEN, **{"gradient": "truncated"} | options)


def random_layer(**options: object) -> LSTM:
    torch.manual_seed(2)
    layer = LSTM(INPUT, HIDDEN, dtype=torch.float64, **options)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(0, 0.7)
    return layer


def by_scan(layer: LSTM, x: Tensor, reset: Tensor) -> list[Tensor]:
    y, _ = layer(x, reset=reset)
    return list(torch.autograd.grad((y * y.detach().cos()).sum(), list(layer.parameters())))


def by_steps(rule: Rule, layer: LSTM, x: Tensor, reset: Tensor) -> list[Tensor]:
    layer.zero_grad()
    for t in range(TIME):
        h = rule.step(x[:, t], reset[:, t])
        (h * h.detach().cos()).sum().backward()
        rule.collect()
    return [parameter.grad for parameter in layer.parameters() if parameter.grad is not None]


def some_input() -> tuple[Tensor, Tensor]:
    reset = torch.zeros(BATCH, TIME, dtype=torch.bool)
    reset[0, 3] = reset[1, 5] = True
    return torch.randn(BATCH, TIME, INPUT, dtype=torch.float64), reset


@pytest.mark.parametrize("name", sorted(CATALOGUE.keys() - MIXING))
def test_the_online_form_equals_the_truncated_scan(name: str) -> None:
    projected = {"projection_size": 3} if name == "projected" else {}
    layer = random_layer(cell=name, gradient="truncated", **projected)
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(OnlineGradient(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["lstm1997", "lstm", "peephole"])
def test_blocks_of_units_that_share_their_gates(name: str) -> None:
    layer = random_layer(cell=name, gradient="truncated", block_size=2)
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(OnlineGradient(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CATALOGUE)
def test_real_time_recurrent_learning_equals_back_propagation_through_time(name: str) -> None:
    layer = random_layer(cell=name)
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(RealTimeRecurrentLearning(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", sorted(MIXING))
def test_real_time_recurrent_learning_of_a_truncated_layer_is_truncated(name: str) -> None:
    layer = random_layer(cell=name, gradient="truncated")
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(RealTimeRecurrentLearning(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


def test_real_time_recurrent_learning_of_a_stack() -> None:
    layer = random_layer(num_layers=2, residual=False)
    x, reset = some_input()
    expected = by_scan(layer, x, reset)
    found = by_steps(RealTimeRecurrentLearning(layer, BATCH), layer, x, reset)
    for one, wanted in zip(found, expected, strict=True):
        assert torch.allclose(one, wanted, rtol=1e-10, atol=1e-12)


def test_memory_does_not_grow() -> None:
    layer = random_layer(gradient="truncated")
    rule = OnlineGradient(layer, BATCH)
    sizes = []
    for _ in range(4):
        rule.step(torch.randn(BATCH, INPUT, dtype=torch.float64))
        sizes.append(sum(e.numel() for each in rule.traces.values() for e in each.values()))
    assert sizes[0] == sizes[-1] == BATCH * 4 * HIDDEN * (INPUT + HIDDEN + 1)


@pytest.mark.parametrize("name", sorted(MIXING))
def test_cells_whose_units_see_one_another_are_refused(name: str) -> None:
    with pytest.raises(CellError, match="RealTimeRecurrentLearning"):
        OnlineGradient(LSTM(INPUT, HIDDEN, cell=name, gradient="truncated"), BATCH)


@pytest.mark.parametrize("kind", RULES)
def test_there_is_no_gradient_before_a_step(kind: type[Rule]) -> None:
    rule = kind(truncated(), BATCH)
    with pytest.raises(SettingsError, match="backward"):
        rule.collect()
    with pytest.raises(SettingsError, match="gradients: expected at least one step, got none"):
        rule.gradients(torch.zeros(BATCH, HIDDEN))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_layers": 2}, "got num_layers=2. Build"),
        ({"bidirectional": True}, "got bidirectional=True. Build"),
        ({"gradient": "full"}, "got gradient='full'. Build"),
        ({"drop": Drop(recurrent=0.1)}, "got dropout. Build"),
        ({"learned_state": True}, "got learned_state=True. Build"),
        ({"gradient": "full", "num_layers": 3}, "got num_layers=3; gradient='full'. Build"),
    ],
)
def test_what_is_in_the_way_of_the_online_form_is_named(options: dict, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        OnlineGradient(truncated(**options), BATCH)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bidirectional": True}, "got bidirectional=True, which needs the future"),
        ({"drop": Drop(zoneout=0.1)}, r"got dropout, which layer.eval\(\) switches off"),
        ({"checkpoint_every": 2}, "got checkpoint_every=2. Build"),
    ],
)
def test_what_is_in_the_way_of_real_time_recurrent_learning_is_named(
    options: dict, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        RealTimeRecurrentLearning(LSTM(INPUT, HIDDEN, **options), BATCH)


def test_real_time_recurrent_learning_takes_dropout_that_is_off() -> None:
    layer = LSTM(INPUT, HIDDEN, drop=Drop(recurrent=0.1)).eval()
    RealTimeRecurrentLearning(layer, BATCH).step(torch.zeros(BATCH, INPUT))
    with pytest.raises(SettingsError, match=r"all frozen.*requires_grad_\(\)"):
        RealTimeRecurrentLearning(layer.requires_grad_(False), BATCH)


@pytest.mark.compile  # the shape-type hook would refuse them first
@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize(
    ("layer", "came"),
    [
        (torch.nn.LSTM(INPUT, HIDDEN), "torch.nn.modules.rnn.LSTM"),
        (ConvLSTM(INPUT, HIDDEN), "lstmkit.nn.conv.conv_lstm.ConvLSTM"),
        ("lstm", "str"),
        (LSTM, "type"),
    ],
)
def test_another_layer_is_refused(kind: type[Rule], layer: Any, came: str) -> None:
    with pytest.raises(SettingsError, match=f"^{kind.__name__}: .*nn.LSTM, got {came}. Build one"):
        kind(layer, BATCH)


@pytest.mark.compile
@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("batch", [0, -1, 1.5, "2", None])
def test_rows_are_counted(kind: type[Rule], batch: Any) -> None:
    with pytest.raises(SettingsError, match=f"^{kind.__name__}: .*at least 1, got {batch!r}"):
        kind(truncated(), batch)


STEPS: list[tuple[dict[str, Any], str]] = [
    ({"x": torch.zeros(1, INPUT)}, r"= \(2, 3\), got torch.float32 \(1, 3\)"),
    ({"x": torch.zeros(BATCH, 4)}, r"= \(2, 3\), got torch.float32 \(2, 4\)"),
    ({"x": torch.zeros(INPUT)}, r"= \(2, 3\), got torch.float32 \(3,\)"),
    ({"x": torch.zeros(BATCH, 1, INPUT)}, r"= \(2, 3\), got torch.float32 \(2, 1, 3\)"),
    ({"x": torch.zeros(BATCH, INPUT).double()}, r"got torch.float64 on cpu. .*\.to\('cpu', torch"),
    ({"x": torch.zeros(BATCH, INPUT, device="meta")}, "of torch.float32 on cpu .* on meta"),
    ({"x": np.zeros((BATCH, INPUT))}, "got numpy.ndarray"),
    ({"reset": torch.tensor([0, 1])}, r"bool tensor \(2,\).*got torch.int64 \(2,\)"),
    ({"reset": torch.tensor([True])}, r"bool tensor \(2,\).*got torch.bool \(1,\)"),
    ({"reset": torch.ones(BATCH, 1).bool()}, r"bool tensor \(2,\).*got torch.bool \(2, 1\)"),
    ({"reset": [True, False]}, r"bool tensor \(2,\).*got list"),
]


@pytest.mark.compile
@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize(("given", "message"), STEPS, ids=[m for _, m in STEPS])
def test_a_step_that_does_not_fit_is_refused_and_changes_nothing(
    kind: type[Rule], given: dict[str, Any], message: str
) -> None:
    rule, x = kind(truncated(), BATCH), torch.ones(BATCH, INPUT)
    untouched = copy.deepcopy(rule)
    with pytest.raises(SettingsError, match=f"^{kind.__name__}.step: expected .*{message}"):
        rule.step(**{"x": x} | given)
    assert torch.equal(rule.step(x), untouched.step(x))


@pytest.mark.compile
@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize(
    ("d_h", "message"),
    [
        (torch.zeros(1, HIDDEN), r"= \(2, 4\), got torch.float32 \(1, 4\)"),
        (torch.zeros(HIDDEN), r"= \(2, 4\), got torch.float32 \(4,\)"),
        (torch.zeros(BATCH, HIDDEN).double(), "of torch.float32 .*got torch.float64"),
    ],
)
def test_derivatives_that_do_not_fit_are_refused(
    kind: type[Rule], d_h: Tensor, message: str
) -> None:
    rule = kind(truncated(), BATCH)
    rule.step(torch.ones(BATCH, INPUT))
    with pytest.raises(SettingsError, match=f"^{kind.__name__}.gradients: expected d_h.*{message}"):
        rule.gradients(d_h)
